import test from 'ava';
import {chat, type Deployment, startDeployment} from '../support/deployment.ts';
import {waitFor} from '../support/wait.ts';

interface HoldList {
  holds?: {holdId: string; exchangeIds?: string[]}[];
}

const HELD = 'Summarise the financial forecast for TICKET-7.';

async function openHold(weir: Deployment): Promise<string> {
  return waitFor('the hold to be listed', 10_000, async () => {
    const {stdout} = await weir.weir(['approvals', 'list', '--output', 'json'], 'reviewer');
    return (JSON.parse(stdout) as HoldList).holds?.[0]?.holdId;
  });
}

test('a held request is shown masked, needs a reason, and goes on when it is approved', async (t) => {
  const weir = await startDeployment(t);
  const answer = chat(weir.agentUrl, HELD);
  const holdId = await openHold(weir);

  const shown = await weir.weir(['approvals', 'show', holdId], 'reviewer');
  t.true(shown.stdout.includes('financial forecast for [tickets]'), shown.stdout);
  t.false(shown.stdout.includes('TICKET-7'));
  t.is(weir.model.lastRequest(), undefined);
  t.not((await weir.weir(['approvals', 'approve', holdId], 'reviewer')).code, 0);
  t.not((await weir.weir(['approvals', 'approve', holdId, '--reason', 'not a reviewer'], 'stranger')).code, 0);

  const approved = await weir.weir(['approvals', 'approve', holdId, '--reason', 'for the board'], 'reviewer');
  t.is(approved.code, 0, approved.stderr);
  const response = await answer;
  t.is(response.status, 200);
  t.true((await response.text()).includes('I received: Summarise the financial forecast for [tickets].'));
});

test('a hold outlives a restart of both sides, and the retry of the caller joins it', async (t) => {
  t.timeout(90_000);
  const weir = await startDeployment(t);
  const cut = chat(weir.agentUrl, HELD).then(
    (response) => response.status,
    () => 'cut',
  );
  const holdId = await openHold(weir);
  await weir.agent.stop('SIGKILL');
  await weir.controlPlane.stop('SIGKILL');
  t.is(await cut, 'cut');
  await weir.startControlPlane();
  await weir.startAgent();

  const retry = chat(weir.agentUrl, HELD);
  await waitFor('the retry to join the hold', 20_000, async () => {
    const {stdout} = await weir.weir(['approvals', 'list', '--output', 'json'], 'reviewer');
    const [hold, ...others] = (JSON.parse(stdout) as HoldList).holds ?? [];
    t.deepEqual(others, []);
    return hold?.holdId === holdId && hold.exchangeIds?.length === 2 ? hold : undefined;
  });
  const approved = await weir.weir(['approvals', 'approve', holdId, '--reason', 'after the restart'], 'reviewer');
  t.is(approved.code, 0, approved.stderr);
  t.is((await retry).status, 200);

  const again = await chat(weir.agentUrl, HELD);
  t.is(again.status, 200, 'an approval is remembered');
});

test('a denied request is refused for good', async (t) => {
  const weir = await startDeployment(t);
  const answer = chat(weir.agentUrl, HELD);
  const holdId = await openHold(weir);
  const denied = await weir.weir(['approvals', 'deny', holdId, '--reason', 'not before the results'], 'reviewer');
  t.is(denied.code, 0, denied.stderr);

  const response = await answer;
  t.is(response.status, 400);
  t.is(response.headers.get('x-should-retry'), 'false');
  t.like(await response.json(), {error: {code: 'hold_denied'}});
  t.is(weir.model.lastRequest(), undefined);
});
