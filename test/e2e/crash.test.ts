import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {setTimeout as delay} from 'node:timers/promises';
import test from 'ava';
import {type Deployment, startDeployment} from '../support/deployment.ts';
import {startRestlessCallers} from '../support/restless-callers.ts';
import {waitFor} from '../support/wait.ts';

const KILLS = 50;
const CALLERS = 4;
const LONGEST_LIFE_MS = 800;

test('50 times kill -9 of agent or control plane: every answered request has one record, none is doubled', async (t) => {
  t.timeout(240_000);
  const weir = await startDeployment(t, {paceMs: 2});
  const callers = startRestlessCallers(weir.agentUrl, CALLERS);
  const failed = new AbortController();
  const ends = await Promise.allSettled([
    killAgain(failed, async () => {
      await weir.agent.stop('SIGKILL');
      await weir.startAgent();
    }),
    killAgain(failed, async () => {
      await weir.controlPlane.stop('SIGKILL');
      await weir.startControlPlane();
    }),
  ]);
  t.deepEqual(
    ends.filter(({status}) => status === 'rejected'),
    [],
    'both come back after every kill',
  );
  await delay(500);
  await callers.stop();
  t.log(`${callers.sent()} requests sent, ${callers.answered.size} answered`);
  t.true(callers.answered.size > KILLS, 'the load was real');

  const recorded = await waitFor('every answered request to be recorded and ended', 60_000, async () => {
    const all = await weir.exchanges();
    const models = new Set(all.filter(({endedAt}) => endedAt !== undefined).map(({model}) => model));
    return callers.answered.keys().every((model) => models.has(model)) ? all : undefined;
  });
  const byModel = Map.groupBy(recorded, ({model}) => model);
  t.deepEqual(
    [...byModel].filter(([, records]) => records.length > 1),
    [],
    'a request is recorded once',
  );

  await weir.agent.stop();
  await weir.controlPlane.stop();
  t.deepEqual(brokenSequences(weir), [], 'sequence numbers are contiguous and taken once');
});

/**
 * Half of the kills, at random points: agent and control plane die independently, so also at the same time.
 *
 * @param failed stops both where one does not come back.
 */
async function killAgain(failed: AbortController, killAndRestart: () => Promise<void>): Promise<void> {
  try {
    for (let kill = 0; kill < KILLS / 2 && !failed.signal.aborted; kill++) {
      await delay(Math.random() * LONGEST_LIFE_MS);
      await killAndRestart();
    }
  } catch (error) {
    failed.abort();
    throw error;
  }
}

/** Agents and epochs whose records are not 0 or 1 to the last, each once. */
function brokenSequences(weir: Deployment): unknown[] {
  const database = new DatabaseSync(join(weir.dataDirectory, 'weir.sqlite'), {readOnly: true});
  try {
    return database
      .prepare(
        `select agent_uid, epoch, count(*) as taken, count(distinct seq) as numbers, min(seq) as first, max(seq) as last
         from records group by agent_uid, epoch having taken <> numbers or last - first + 1 <> numbers or first > 1`,
      )
      .all();
  } finally {
    database.close();
  }
}
