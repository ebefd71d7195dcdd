import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Recorder} from '../../../agent/record/recorder.ts';
import {startShipping} from '../../../agent/record/shipping.ts';
import {diskFiles, type FileLayer} from '../../../lib/file-layer.ts';
import {createLogger} from '../../../lib/log.ts';
import {Outcome} from '../../../proto/gen/weir/record/v1/record.ts';
import {type IntakeServer, startIntake, testSession} from '../../controlplane/ingest/intake-server.ts';
import {tempDir} from '../../support/temp-dir.ts';
import {waitFor} from '../../support/wait.ts';
import {forgetfulFiles} from './forgetful-files.ts';
import {AGENT_UID, ended, exchangeId, openTestRecorder, recordKeys, started} from './records.ts';

const quiet = createLogger({level: 'error', write: () => undefined});
const LIMITS = {segmentBytes: 8_000, maxBytes: 2 ** 30};

/** An agent's recorder that ships to a server which may come and go. */
function ship(
  t: ExecutionContext,
  recorder: Recorder,
  address: string,
  files: FileLayer = diskFiles,
): () => Promise<void> {
  const session = testSession(address, AGENT_UID);
  const shipping = startShipping({session, spool: recorder.spool, files, log: quiet, random: () => 0.05});
  const stop = async () => {
    await shipping.stop();
    session.connection.close();
  };
  t.teardown(stop);
  return stop;
}

async function exchangeCount({store}: IntakeServer): Promise<number> {
  const {count} = await store.db
    .selectFrom('exchanges')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('ended', 'is not', null)
    .executeTakeFirstOrThrow();
  return count;
}

async function until(t: ExecutionContext, server: IntakeServer, exchanges: number): Promise<void> {
  await waitFor(`${exchanges} exchanges`, 20_000, async () =>
    (await exchangeCount(server)) >= exchanges ? true : undefined,
  );
  t.is(await exchangeCount(server), exchanges);
}

test('records arrive whole and the spool empties', async (t) => {
  const keys = recordKeys();
  const dir = await tempDir(t);
  const server = await startIntake({dataDir: join(dir, 'data'), recordKey: keys.privateKey, log: quiet});
  t.teardown(server.stop);
  const recorder = await openTestRecorder(diskFiles, keys, {dir: join(dir, 'spool'), limits: LIMITS});
  ship(t, recorder, server.address);
  for (let number = 1; number <= 100; number++) {
    await recorder.started(started(number));
    await recorder.ended(ended(number));
  }
  await until(t, server, 100);
  await waitFor('an empty spool', 10_000, () => (recorder.spool.status.records === 0 ? true : undefined));
  t.is((await diskFiles.list(join(dir, 'spool'))).length, 1);
  const [session] = await server.audit.sessions({where: undefined, after: undefined, limit: 10});
  t.like(session, {session_id: 'session-1', exchanges: 100, input_tokens: 1_000, output_tokens: 500});
  await recorder.close();
});

test('a control plane that restarts while records come takes each exactly once', async (t) => {
  const keys = recordKeys();
  const dir = await tempDir(t);
  const options = {dataDir: join(dir, 'data'), recordKey: keys.privateKey, log: quiet};
  let server = await startIntake(options);
  const recorder = await openTestRecorder(diskFiles, keys, {dir: join(dir, 'spool'), limits: LIMITS});
  ship(t, recorder, server.address);
  let number = 0;
  const traffic = async (exchanges: number) => {
    for (let left = exchanges; left > 0; left--) {
      const own = ++number;
      await recorder.started(started(own));
      await recorder.ended(ended(own));
    }
  };
  for (let restart = 0; restart < 4; restart++) {
    const running = traffic(80);
    await waitFor('some records', 10_000, async () =>
      (await exchangeCount(server)) > restart * 40 ? true : undefined,
    );
    await server.stop();
    await running;
    server = await startIntake({...options, port: server.port});
  }
  t.teardown(server.stop);
  await until(t, server, 320);
  const {db} = server.store;
  const {count} = await db
    .selectFrom('records')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  t.is(count, 640);
  t.deepEqual(await db.selectFrom('incidents').selectAll().execute(), []);
  const [session] = await server.audit.sessions({where: undefined, after: undefined, limit: 10});
  t.like(session, {exchanges: 320, input_tokens: 3_200});
  await recorder.close();
});

test('with the control plane away the agent goes on recording, and everything arrives later', async (t) => {
  const keys = recordKeys();
  const dir = await tempDir(t);
  const first = await startIntake({dataDir: join(dir, 'data'), recordKey: keys.privateKey, log: quiet});
  await first.stop();
  const recorder = await openTestRecorder(diskFiles, keys, {dir: join(dir, 'spool'), limits: LIMITS});
  ship(t, recorder, first.address);
  for (let number = 1; number <= 50; number++) {
    await recorder.started(started(number));
    await recorder.ended(ended(number));
  }
  t.is(recorder.spool.status.records, 100);
  const options = {dataDir: join(dir, 'data'), recordKey: keys.privateKey, log: quiet, port: first.port};
  const server = await startIntake(options);
  t.teardown(server.stop);
  await until(t, server, 50);
  await recorder.close();
});

test('exchanges that a killed agent left open arrive as cut', async (t) => {
  const keys = recordKeys();
  const dir = await tempDir(t);
  const server = await startIntake({dataDir: join(dir, 'data'), recordKey: keys.privateKey, log: quiet});
  t.teardown(server.stop);
  const files = forgetfulFiles();
  const killed = await openTestRecorder(files, keys, {limits: LIMITS});
  await killed.started(started(1));
  const after = files.reboot(0);
  const recorder = await openTestRecorder(after, keys, {limits: LIMITS});
  ship(t, recorder, server.address, after);
  await until(t, server, 1);
  const [exchange] = await server.audit.exchanges({where: undefined, after: undefined, limit: 1});
  t.like(exchange, {outcome: Outcome.CUT, caller_subject: 'svc:billing', model: 'gpt-test'});
});

test('a gap is written down, and what stands behind it arrives', async (t) => {
  const keys = recordKeys();
  const dir = await tempDir(t);
  const server = await startIntake({dataDir: join(dir, 'data'), recordKey: keys.privateKey, log: quiet});
  t.teardown(server.stop);
  const files = forgetfulFiles();
  const limits = {segmentBytes: 2_000, maxBytes: 2 ** 30};
  const recorder = await openTestRecorder(files, keys, {limits});
  for (let number = 1; number <= 9; number++) {
    await recorder.started(started(number));
    await recorder.ended(ended(number));
  }
  await files.remove(files.paths()[1] ?? '');
  await files.syncDirectory('/spool');
  const again = await openTestRecorder(files, keys, {limits});
  ship(t, again, server.address, files);
  await waitFor('everything shipped', 10_000, () => (again.spool.status.records === 0 ? true : undefined));
  const gaps = await server.store.db.selectFrom('gaps').selectAll().execute();
  const incidents = await server.store.db.selectFrom('incidents').select('kind').execute();
  t.is(gaps.length, 1);
  t.deepEqual(incidents, [{kind: 'gap'}]);
  const [gap] = gaps;
  const {count} = await server.store.db
    .selectFrom('records')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('epoch', '=', gap?.epoch ?? 0)
    .executeTakeFirstOrThrow();
  t.is(count + (gap === undefined ? 0 : gap.to_seq - gap.from_seq + 1), 18);
});

test('a state restored from a backup costs no record that was acknowledged since, and is noticed', async (t) => {
  const keys = recordKeys();
  const dir = await tempDir(t);
  const server = await startIntake({dataDir: join(dir, 'data'), recordKey: keys.privateKey, log: quiet});
  t.teardown(server.stop);
  const files = forgetfulFiles();
  const recorder = await openTestRecorder(files, keys, {limits: LIMITS});
  await recorder.started(started(1));
  const backup = files.reboot(1);
  await recorder.ended(ended(1));
  const stop = ship(t, recorder, server.address, files);
  await until(t, server, 1);
  await stop();

  const restored = await openTestRecorder(backup, keys, {limits: LIMITS});
  await restored.started(started(2));
  await restored.ended(ended(2));
  ship(t, restored, server.address, backup);
  await restored.started(started(3));
  await restored.ended(ended(3));
  await until(t, server, 3);
  t.is((await server.audit.exchange(exchangeId(1)))?.outcome, Outcome.COMPLETED, 'what was said first stays');
  const incidents = await server.store.db.selectFrom('incidents').select('kind').execute();
  t.deepEqual(incidents, [{kind: 'brokenOff'}]);
  t.false(backup.paths().some((path) => path.includes('/aside/')));
});

test('restarts go on from each other; a spool that was deleted in between is noticed', async (t) => {
  const keys = recordKeys();
  const dir = await tempDir(t);
  const server = await startIntake({dataDir: join(dir, 'data'), recordKey: keys.privateKey, log: quiet});
  t.teardown(server.stop);
  const kinds = async () => server.store.db.selectFrom('incidents').select('kind').execute();
  let files = forgetfulFiles();
  let nowMs = 1_795_000_000_000;
  const live = async (number: number) => {
    // Also where the clock goes back.
    nowMs -= 1_000;
    const recorder = await openTestRecorder(files, keys, {limits: LIMITS, nowMs: () => nowMs});
    const stop = ship(t, recorder, server.address, files);
    // A process that records nothing changes nothing.
    if (number % 3 > 0) {
      await recorder.started(started(number));
      await recorder.ended(ended(number));
    }
    await waitFor('everything shipped', 10_000, () => (recorder.spool.status.records === 0 ? true : undefined));
    await stop();
    await recorder.close();
    t.true(files.paths().length <= 2);
    return recorder.spool.status;
  };
  const epochs: number[] = [];
  for (let number = 1; number <= 8; number++) epochs.push((await live(number)).epoch);
  await until(t, server, 6);
  t.deepEqual(await kinds(), []);
  t.is(new Set(epochs).size, 6, 'only where nothing was recorded an epoch comes again');
  files = forgetfulFiles();
  nowMs += 60_000;
  await live(10);
  t.deepEqual(await kinds(), [{kind: 'brokenOff'}]);
});

test('a spool that is deleted while the agent runs loses what was in it, says so, and nothing after', async (t) => {
  const keys = recordKeys();
  const dir = await tempDir(t);
  const server = await startIntake({dataDir: join(dir, 'data'), recordKey: keys.privateKey, log: quiet});
  t.teardown(server.stop);
  const recorder = await openTestRecorder(diskFiles, keys, {dir: join(dir, 'spool'), limits: LIMITS});
  for (let number = 1; number <= 3; number++) await recorder.started(started(number));
  await rm(join(dir, 'spool'), {recursive: true});
  for (let number = 4; number <= 6; number++) await recorder.started(started(number));
  t.is(
    (await diskFiles.list(join(dir, 'spool'))).length,
    1,
    'what was acknowledged since is in a file that has a name',
  );
  const stop = ship(t, recorder, server.address);
  await recorder.started(started(7));
  await waitFor('what came after', 10_000, async () => {
    const rows = await server.audit.exchanges({where: undefined, after: undefined, limit: 10});
    return rows.length === 4 ? true : undefined;
  });
  const incidents = await server.store.db.selectFrom('incidents').select('kind').execute();
  t.true(incidents.some(({kind}) => kind === 'gap'));
  await stop();
  await recorder.close();
});
