import {rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {simpleGit} from 'simple-git';
import {callUnary} from '../../../lib/grpc/client.ts';
import {PolicyServiceClient, ReconcileState} from '../../../proto/gen/weir/admin/v1/policy.ts';
import {type Delivery, type DeliveryOptions, startDelivery} from '../../support/control-plane.ts';
import {createLogLines} from '../../support/log-lines.ts';
import {guardPolicy, policyFiles, RULES_FILE} from '../../support/policies.ts';
import {createPolicyRepository, type PolicyRepository} from '../../support/policy-repository.ts';
import {tempDir} from '../../support/temp-dir.ts';
import {waitFor} from '../../support/wait.ts';

const FILES = policyFiles('http://127.0.0.1:9');
const BROKEN = guardPolicy('x').replace('mode: enforce', 'mode: enforce\n  colour: blue');
const WAIT_MS = 30_000;

interface Place {
  directory: string;
  repository: PolicyRepository;
  start: (more?: Partial<DeliveryOptions>) => Promise<Delivery>;
}

async function setUp(t: ExecutionContext, files: Record<string, string> = FILES): Promise<Place> {
  const directory = await tempDir(t);
  const repository = await createPolicyRepository(directory, files);
  const start = async (more: Partial<DeliveryOptions> = {}) => {
    const {log} = createLogLines();
    const delivery = await startDelivery({repository: repository.url, dataDir: join(directory, 'data'), log, ...more});
    t.teardown(delivery.stop);
    return delivery;
  };
  return {directory, repository, start};
}

const served = async ({reconciler}: Delivery, commit: string) =>
  waitFor(`commit ${commit} to be served`, WAIT_MS, () => {
    const {active, state} = reconciler.status();
    return active?.commit === commit && state.kind === 'ready' ? active : undefined;
  });

const refused = async ({reconciler}: Delivery, commit: string) =>
  waitFor(`commit ${commit} to be refused`, WAIT_MS, () => {
    const {state} = reconciler.status();
    return state.kind === 'stalled' && state.refusal.commit === commit ? state : undefined;
  });

const firstServed = async ({reconciler}: Delivery) => waitFor('a bundle', WAIT_MS, () => reconciler.feed.active());

const policyStatus = async ({connection}: Delivery) => {
  const client = connection.client(PolicyServiceClient);
  const {signal} = new AbortController();
  return callUnary(client.getPolicyStatus.bind(client), {}, {timeoutMs: 5_000}, signal);
};

/** A clone to do to history what a push of the test repository does not. */
const otherClone = async ({directory, repository}: Place) => {
  const folder = join(directory, 'other');
  await simpleGit().clone(repository.url, folder);
  return simpleGit({baseDir: folder, config: ['user.name=Eve Example', 'user.email=eve@example.com']});
};

test('the tip of the branch is published as generation 1', async (t) => {
  const place = await setUp(t);
  const delivery = await place.start();
  const active = await firstServed(delivery);
  t.is(active.generation, 1n);
  t.is(active.author, 'Ana Example <ana@example.com>');
  t.is(active.subject, 'Add policies');
  t.is(active.documents, 4);
  t.true(active.rules > 0);
  t.is((await delivery.bundles.active())?.digest, active.digest);
});

test('a commit that does not compile changes nothing and shows file, line and column', async (t) => {
  const place = await setUp(t);
  const delivery = await place.start();
  const {digest, commit} = await firstServed(delivery);
  const bad = await place.repository.push({[RULES_FILE]: BROKEN}, 'Break it');
  await refused(delivery, bad);

  const status = await policyStatus(delivery);
  t.is(status.state, ReconcileState.STALLED);
  t.is(status.active?.commit, commit);
  t.is(status.active?.digest, digest);
  t.is(status.observedCommit, bad);
  t.is(status.refused?.commit, bad);
  t.like(status.refused?.problems[0], {file: RULES_FILE, line: 6, column: 3, code: 'unknown_field'});
});

test('a refused commit is compiled once, and its refusal survives a restart', async (t) => {
  const place = await setUp(t, {...FILES, [RULES_FILE]: BROKEN});
  let compiled = 0;
  const problem = {file: 'a.yaml', line: 3, column: 7, code: 'invalid_value', message: 'is wrong'};
  const compile = () => {
    compiled += 1;
    return {ok: false as const, problems: [problem]};
  };
  const delivery = await place.start({compiler: {compile}, pollIntervalMs: 10});
  const fetches = new Set<number | undefined>();
  await waitFor('five looks at the repository', WAIT_MS, () => {
    fetches.add(delivery.reconciler.status().lastFetchAtMs);
    return fetches.size > 5 ? true : undefined;
  });
  t.is(compiled, 1);
  await delivery.stop();

  const gone = join(place.directory, 'gone.git');
  await rename(place.repository.url, gone);
  const again = await place.start();
  t.deepEqual((await policyStatus(again)).refused?.problems, [problem]);
});

test('a good commit after a refused one clears the refusal', async (t) => {
  const place = await setUp(t);
  const delivery = await place.start();
  await firstServed(delivery);
  await refused(delivery, await place.repository.push({[RULES_FILE]: BROKEN}, 'Break it'));
  const good = await place.repository.push({[RULES_FILE]: guardPolicy('SECRET-[0-9]+')}, 'Mend it');
  t.is((await served(delivery, good)).generation, 2n);
  const status = await policyStatus(delivery);
  t.is(status.state, ReconcileState.READY);
  t.is(status.refused, undefined);
});

test('a reverted commit is the next generation', async (t) => {
  const place = await setUp(t);
  const delivery = await place.start();
  const first = await firstServed(delivery);
  const changed = await place.repository.push({[RULES_FILE]: guardPolicy('SECRET-[0-9]+')}, 'Change it');
  t.is((await served(delivery, changed)).generation, 2n);
  const reverted = await place.repository.push({[RULES_FILE]: FILES[RULES_FILE]}, 'Revert it');
  const active = await served(delivery, reverted);
  t.is(active.generation, 3n);
  t.not(active.digest, first.digest);
});

test('a branch that was rewritten is refused until the commit is accepted by name', async (t) => {
  const place = await setUp(t);
  const delivery = await place.start();
  await firstServed(delivery);
  const second = await place.repository.push({[RULES_FILE]: guardPolicy('SECRET-[0-9]+')}, 'Change it');
  await served(delivery, second);

  const git = await otherClone(place);
  await git.raw(['commit', '--amend', '--quiet', '-m', 'Rewritten']);
  await git.raw(['push', '--quiet', '--force', 'origin', 'main']);
  const rewritten = await git.revparse(['HEAD']);
  const {refusal} = await refused(delivery, rewritten);
  t.is(refusal.problems[0]?.code, 'history_rewritten');
  t.regex(refusal.problems[0]?.message ?? '', new RegExp(`--accept-rewrite ${rewritten}`));
  t.is(delivery.reconciler.feed.active()?.commit, second);
  await delivery.stop();

  const accepting = await place.start({acceptRewrite: rewritten});
  t.is((await served(accepting, rewritten)).generation, 3n);
});

test('a commit without policy files is refused', async (t) => {
  const place = await setUp(t);
  const delivery = await place.start();
  const {commit} = await firstServed(delivery);
  const removed = Object.fromEntries(Object.keys(FILES).map((file) => [file, undefined]));
  const empty = await place.repository.push({...removed, 'README.md': 'nothing here'}, 'Remove everything');
  const state = await refused(delivery, empty);
  t.is(state.commit, commit);
  t.is(state.refusal.problems[0]?.code, 'no_policy_files');
});

test('a repository that vanishes leaves the last good bundle served, and is read again when it is back', async (t) => {
  const place = await setUp(t);
  const delivery = await place.start();
  const {digest} = await firstServed(delivery);
  const gone = join(place.directory, 'gone.git');
  await rename(place.repository.url, gone);
  await waitFor('retrying', WAIT_MS, () => delivery.reconciler.status().state.kind === 'retrying' || undefined);
  const status = await policyStatus(delivery);
  t.is(status.state, ReconcileState.RETRYING);
  t.regex(status.lastError, /^git fetch: fatal: .*does not appear to be a git repository/);
  t.truthy(status.retryAt);
  t.is(status.active?.digest, digest);

  await rename(gone, place.repository.url);
  await waitFor('ready', WAIT_MS, () => delivery.reconciler.status().state.kind === 'ready' || undefined);
});

test('a branch that does not exist is retried and named', async (t) => {
  const place = await setUp(t);
  const delivery = await place.start({branch: 'nowhere'});
  await waitFor('retrying', WAIT_MS, () => delivery.reconciler.status().state.kind === 'retrying' || undefined);
  t.regex((await policyStatus(delivery)).lastError, /refs\/heads\/nowhere/);
});

test('a restarted control plane serves the last good bundle before it reaches the repository', async (t) => {
  const place = await setUp(t);
  const first = await place.start();
  const {digest, manifest} = await firstServed(first);
  await first.stop();
  await rename(place.repository.url, join(place.directory, 'gone.git'));
  const second = await place.start();
  const active = second.reconciler.feed.active();
  t.is(active?.digest, digest);
  t.deepEqual(active?.manifest, manifest);
});

test('a control plane that lost its keys says so instead of serving what no agent takes', async (t) => {
  const place = await setUp(t);
  const first = await place.start();
  await firstServed(first);
  await first.stop();
  await rm(join(place.directory, 'data', 'keys'), {recursive: true});
  await t.throwsAsync(place.start(), {code: 'CONFIG_INVALID', message: /signed by another key/});
});

test('two publications of one generation cannot both win', async (t) => {
  const place = await setUp(t);
  const delivery = await place.start();
  const active = await firstServed(delivery);
  const rival = {...active, digest: 'f'.repeat(64), generation: 2n};
  t.true(await delivery.bundles.publish(rival, [], 1n));
  t.false(await delivery.bundles.publish({...rival, digest: 'e'.repeat(64)}, [], 1n));
  t.is((await delivery.bundles.active())?.digest, rival.digest);
});

test('bundles are listed newest first, page by page', async (t) => {
  const place = await setUp(t);
  const delivery = await place.start();
  await firstServed(delivery);
  for (const name of ['A', 'B']) {
    await served(delivery, await place.repository.push({[RULES_FILE]: guardPolicy(`${name}-[0-9]+`)}, name));
  }
  const client = delivery.connection.client(PolicyServiceClient);
  const {signal} = new AbortController();
  const list = async (pageToken: string) =>
    callUnary(client.listBundles.bind(client), {pageSize: 2, pageToken}, {timeoutMs: 5_000}, signal);
  const first = await list('');
  t.deepEqual(
    first.bundles.map(({generation, subject}) => [generation, subject]),
    [
      [3n, 'B'],
      [2n, 'A'],
    ],
  );
  const second = await list(first.nextPageToken);
  t.deepEqual(
    second.bundles.map(({generation}) => generation),
    [1n],
  );
  t.is(second.nextPageToken, '');
  await t.throwsAsync(list('not-a-token!'), {message: /page_token/});
});
