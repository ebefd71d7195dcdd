import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {LoadBundle} from '../../../agent/sync/active-policy.ts';
import {loadBundle} from '../../../engine/load-bundle.ts';
import type {Clock} from '../../../lib/clock.ts';
import {type Delivery, type DeliveryOptions, startDelivery} from '../../support/control-plane.ts';
import {type DeliveredAgent, startDeliveredAgent} from '../../support/delivered-agent.ts';
import {createLogLines, type LogLines} from '../../support/log-lines.ts';
import {guardPolicy, policyFiles, RULES_FILE} from '../../support/policies.ts';
import {createPolicyRepository, type PolicyRepository} from '../../support/policy-repository.ts';
import {tempDir} from '../../support/temp-dir.ts';
import {waitFor} from '../../support/wait.ts';

const FILES = policyFiles('http://127.0.0.1:9');
const WAIT_MS = 30_000;
const MINUTE_MS = 60_000;

interface Place {
  stateDir: string;
  repository: PolicyRepository;
  lines: LogLines;
  startPlane: (more?: Partial<DeliveryOptions>) => Promise<Delivery>;
  startAgent: (
    address: string,
    more?: {clock?: Clock; loadBundle?: LoadBundle; joinToken?: string; stateDir?: string},
  ) => Promise<DeliveredAgent>;
}

async function setUp(t: ExecutionContext): Promise<Place> {
  const directory = await tempDir(t);
  const repository = await createPolicyRepository(directory, FILES);
  const lines = createLogLines();
  const {log} = lines;
  const stateDir = join(directory, 'agent');
  return {
    stateDir,
    repository,
    lines,
    startPlane: async (more = {}) => {
      const dataDir = join(directory, 'data');
      const delivery = await startDelivery({repository: repository.url, dataDir, log, ...more});
      t.teardown(delivery.stop);
      return delivery;
    },
    startAgent: async (address, more = {}) => {
      const agent = await startDeliveredAgent({address, stateDir, log, ...more});
      t.teardown(agent.stop);
      return agent;
    },
  };
}

const active = async ({sync}: DeliveredAgent, commit: string) =>
  waitFor(`the agent to enforce ${commit}`, WAIT_MS, () => {
    const current = sync.current();
    return current?.bundle.commit === commit ? current : undefined;
  });

const anyBundle = async ({sync}: DeliveredAgent) => waitFor('a bundle', WAIT_MS, () => sync.current());

/** The clock of this machine, some time later or earlier. */
const shifted = (ms: number): Clock => ({
  nowMs: () => Date.now() + ms,
  monotonicMs: () => performance.now(),
});

test('an agent gets the bundle, is fresh, and is shown in sync', async (t) => {
  const place = await setUp(t);
  const plane = await place.startPlane();
  const agent = await place.startAgent(plane.address);
  const {bundle, mode} = await anyBundle(agent);
  t.is(mode, 'FRESH');
  t.is(bundle.generation, 1n);
  t.is(plane.reconciler.feed.active()?.digest, bundle.digest);
  t.deepEqual(agent.session.labels(), {env: 'test'});
  await waitFor('in sync', WAIT_MS, () => (plane.fleet.counts().inSync === 1 ? true : undefined));
  t.is((await stat(place.stateDir)).mode & 0o777, 0o700);
});

// Timed tests run alone, before the others.
test.serial('a pushed change is enforced within 5 s where the repository is polled every second', async (t) => {
  const place = await setUp(t);
  const plane = await place.startPlane({pollIntervalMs: 1_000});
  const agent = await place.startAgent(plane.address);
  await anyBundle(agent);
  const commit = await place.repository.push({[RULES_FILE]: guardPolicy('SECRET-[0-9]+')}, 'Change it');
  const pushedAtMs = performance.now();
  await active(agent, commit);
  const elapsedMs = performance.now() - pushedAtMs;
  t.log(`enforced ${Math.round(elapsedMs)} ms after the push`);
  t.true(elapsedMs < 5_000);
});

test.serial('publishing reaches a connected agent without waiting for a heartbeat', async (t) => {
  const place = await setUp(t);
  const plane = await place.startPlane();
  const agent = await place.startAgent(plane.address);
  await anyBundle(agent);
  let publishedAtMs = 0;
  plane.reconciler.feed.onPublish(() => {
    publishedAtMs = performance.now();
  });
  const activeAtMs = Promise.withResolvers<number>();
  agent.sync.onChange(() => {
    activeAtMs.resolve(performance.now());
  });
  await place.repository.push({[RULES_FILE]: guardPolicy('SECRET-[0-9]+')}, 'Change it');
  const elapsedMs = (await activeAtMs.promise) - publishedAtMs;
  t.log(`active ${Math.round(elapsedMs)} ms after publication`);
  t.true(elapsedMs < 5_000);
});

test('an agent starts with the bundle on its disk while the control plane is away', async (t) => {
  const place = await setUp(t);
  const plane = await place.startPlane();
  const agent = await place.startAgent(plane.address);
  const {bundle} = await anyBundle(agent);
  await agent.stop();
  await plane.stop();

  const offline = await place.startAgent(plane.address);
  t.is(offline.sync.current()?.bundle.digest, bundle.digest);
  t.is(offline.sync.current()?.mode, 'FRESH');
  t.false(offline.sync.isConnected());
  t.deepEqual(offline.session.labels(), {env: 'test'});
  t.deepEqual(offline.session.trust()?.recordKey, plane.keys.record.publicRaw);
  t.deepEqual(offline.session.trust()?.maskingKey, plane.keys.maskingKey);
});

for (const [passedMs, mode] of [
  [2 * MINUTE_MS, 'STALE_SOFT'],
  [60 * MINUTE_MS, 'STALE'],
  [25 * 60 * MINUTE_MS, 'EXPIRED'],
  [-10 * MINUTE_MS, 'EXPIRED'],
] as const) {
  test(`started offline ${passedMs / MINUTE_MS} minutes after its lease, an agent is ${mode}`, async (t) => {
    const place = await setUp(t);
    const plane = await place.startPlane();
    const agent = await place.startAgent(plane.address);
    await anyBundle(agent);
    await agent.stop();
    await plane.stop();
    const offline = await place.startAgent(plane.address, {clock: shifted(passedMs)});
    t.is(offline.sync.current()?.mode, mode);
  });
}

test('an agent cut off grows stale on the monotonic clock, and is fresh again after it is back', async (t) => {
  const place = await setUp(t);
  const plane = await place.startPlane();
  let aheadMs = 0;
  const clock = {nowMs: () => Date.now(), monotonicMs: () => performance.now() + aheadMs};
  const agent = await place.startAgent(plane.address, {clock});
  const {bundle} = await anyBundle(agent);
  await plane.stop();
  const modes = [MINUTE_MS, 10 * MINUTE_MS, 25 * 60 * MINUTE_MS].map((ms) => {
    aheadMs = ms;
    return agent.sync.current()?.mode;
  });
  t.deepEqual(modes, ['STALE_SOFT', 'STALE', 'EXPIRED']);
  t.is(agent.sync.current()?.bundle, bundle);

  await place.startPlane({listen: plane.address});
  await waitFor('fresh', WAIT_MS, () => (agent.sync.current()?.mode === 'FRESH' ? true : undefined));
});

test('a bundle the agent cannot load is refused once, never sent again, and the next one is taken', async (t) => {
  const place = await setUp(t);
  const plane = await place.startPlane({heartbeatMs: 1_000});
  let loads = 0;
  const picky: LoadBundle = (source) => {
    if (source.generation !== 2n) return loadBundle(source);
    loads += 1;
    return {ok: false, problems: [{file: 'a.yaml', line: 3, column: 5, code: 'too_new', message: 'is not understood'}]};
  };
  const agent = await place.startAgent(plane.address, {loadBundle: picky});
  const {bundle} = await anyBundle(agent);
  await place.repository.push({[RULES_FILE]: guardPolicy('SECRET-[0-9]+')}, 'Change it');
  const nack = await waitFor('the refusal', WAIT_MS, () => plane.fleet.presence(agent.session.uid)?.lastNack);
  t.like(nack.problems[0], {file: 'a.yaml', line: 3, column: 5});
  const heardAtMs = plane.fleet.presence(agent.session.uid)?.lastSeenAtMs ?? 0;
  await waitFor('three heartbeats', WAIT_MS, () => {
    const lastSeenAtMs = plane.fleet.presence(agent.session.uid)?.lastSeenAtMs ?? 0;
    return lastSeenAtMs - heardAtMs > 3_000 ? true : undefined;
  });
  t.is(loads, 1);
  t.is(agent.sync.current()?.bundle, bundle);
  t.is(plane.fleet.counts().inSync, 0);

  const good = await place.repository.push({[RULES_FILE]: guardPolicy('OTHER-[0-9]+')}, 'Change it again');
  t.is((await active(agent, good)).bundle.generation, 3n);
  await waitFor('in sync', WAIT_MS, () => (plane.fleet.counts().inSync === 1 ? true : undefined));
  t.is(plane.fleet.presence(agent.session.uid)?.lastNack, undefined);
});

test('an agent comes back to a restarted control plane and gets what was published meanwhile', async (t) => {
  const place = await setUp(t);
  const plane = await place.startPlane();
  const agent = await place.startAgent(plane.address);
  await anyBundle(agent);
  await plane.stop();
  const commit = await place.repository.push({[RULES_FILE]: guardPolicy('SECRET-[0-9]+')}, 'Change it');
  await place.startPlane({listen: plane.address});
  t.is((await active(agent, commit)).bundle.generation, 2n);
});

test('an agent with an unknown join token gets nothing and says why', async (t) => {
  const place = await setUp(t);
  const plane = await place.startPlane();
  const agent = await place.startAgent(plane.address, {joinToken: 'wrong-not-a-real-token'});
  await waitFor('the refusal', WAIT_MS, () => agent.session.lastError());
  t.is(agent.sync.current(), undefined);
  const line = place.lines.lines().find(({message}) => message === 'enrolment refused');
  t.is(line?.['code'], 'UNAUTHENTICATED');
  t.false(JSON.stringify(place.lines.lines()).includes('wrong-not-a-real-token'));
});

test('an agent whose join token is removed keeps its bundle and is not let back in', async (t) => {
  const place = await setUp(t);
  const plane = await place.startPlane();
  const agent = await place.startAgent(plane.address);
  const {bundle} = await anyBundle(agent);
  await plane.stop();
  const joinTokens = [{token: 'another-not-a-real-token', labels: {}}];
  const after = await place.startPlane({listen: plane.address, joinTokens});
  await waitFor('the refusal', WAIT_MS, () => {
    const refused = place.lines
      .lines()
      .some(({message, code}) => message === 'enrolment refused' && code === 'UNAUTHENTICATED');
    return refused ? true : undefined;
  });
  t.is(agent.sync.current()?.bundle, bundle);
  t.is(after.fleet.counts().connected, 0);
});
