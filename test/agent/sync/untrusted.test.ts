import {appendFile, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {NackClass} from '../../../proto/gen/weir/agent/v1/policy_sync.ts';
import {type DeliveredAgent, startDeliveredAgent} from '../../support/delivered-agent.ts';
import {createLogLines, type LogLines} from '../../support/log-lines.ts';
import {policyFiles} from '../../support/policies.ts';
import {
  type ScriptedControlPlane,
  signedBundle,
  startScriptedControlPlane,
} from '../../support/scripted-control-plane.ts';
import {tempDir} from '../../support/temp-dir.ts';
import {waitFor} from '../../support/wait.ts';

const FILES = policyFiles('http://127.0.0.1:9');
const WAIT_MS = 30_000;

interface Place {
  stateDir: string;
  plane: ScriptedControlPlane;
  lines: LogLines;
  start: () => Promise<DeliveredAgent>;
}

async function setUp(t: ExecutionContext): Promise<Place> {
  const stateDir = join(await tempDir(t), 'state');
  const plane = await startScriptedControlPlane();
  t.teardown(plane.stop);
  const lines = createLogLines();
  const start = async () => {
    const agent = await startDeliveredAgent({address: plane.address, stateDir, log: lines.log});
    t.teardown(agent.stop);
    return agent;
  };
  return {stateDir, plane, lines, start};
}

/** An agent on which generation 5 is active. */
async function withGeneration5(t: ExecutionContext) {
  const place = await setUp(t);
  const agent = await place.start();
  await place.plane.next('hello');
  const five = signedBundle(FILES, 5n, place.plane.key);
  const answer = await place.plane.offer(five.bundle, five.blobs);
  t.is(answer.$case, 'ack');
  return {...place, agent, five};
}

const nackOf = (message: {$case: string; value: unknown}) => {
  if (message.$case !== 'nack') throw new Error(`the agent answered ${message.$case}`);
  return message.value as {class: NackClass; problems: {code: string}[]; activeGeneration: bigint};
};

test('a manifest altered on its way is refused for good and changes nothing', async (t) => {
  const {plane, agent} = await withGeneration5(t);
  const six = signedBundle(FILES, 6n, plane.key);
  const altered = Buffer.from(six.bundle.manifest);
  altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
  const nack = nackOf(await plane.offer({...six.bundle, manifest: altered}, six.blobs));
  t.is(nack.class, NackClass.PERMANENT);
  t.is(nack.problems[0]?.code, 'bundle_signature');
  t.is(nack.activeGeneration, 5n);
  t.is(agent.sync.current()?.bundle.generation, 5n);
});

test('a blob altered on its way is refused and may be sent again', async (t) => {
  const {plane, agent} = await withGeneration5(t);
  const providers = (FILES['providers.yaml'] ?? '').replace('credential: upstream-key', 'credential: x');
  const six = signedBundle({...FILES, 'providers.yaml': providers}, 6n, plane.key);
  const altered = six.blobs.map(({sha256, bytes}) => ({
    sha256,
    bytes: Buffer.from(bytes.toString().replace('"x"', '"y"')),
  }));
  const nack = nackOf(await plane.offer(six.bundle, altered));
  t.is(nack.class, NackClass.TRANSIENT);
  t.is(nack.problems[0]?.code, 'blob_unexpected');
  t.is(agent.sync.current()?.bundle.generation, 5n);
});

test('an older generation is refused', async (t) => {
  const {plane, agent} = await withGeneration5(t);
  const four = signedBundle(FILES, 4n, plane.key);
  const nack = nackOf(await plane.offer(four.bundle, four.blobs));
  t.is(nack.class, NackClass.PERMANENT);
  t.is(nack.problems[0]?.code, 'generation_rollback');
  t.is(agent.sync.current()?.bundle.generation, 5n);
});

test('an older generation is refused also after a restart', async (t) => {
  const {plane, agent, start} = await withGeneration5(t);
  await agent.stop();
  const again = await start();
  const hello = await plane.next('hello');
  t.is(hello.value.generation, 5n);
  const four = signedBundle(FILES, 4n, plane.key);
  t.is(nackOf(await plane.offer(four.bundle, four.blobs)).problems[0]?.code, 'generation_rollback');
  t.is(again.sync.current()?.bundle.generation, 5n);
});

test('another bundle under the number of the active one is refused', async (t) => {
  const {plane} = await withGeneration5(t);
  const twin = signedBundle({'providers.yaml': FILES['providers.yaml'] ?? ''}, 5n, plane.key);
  t.is(nackOf(await plane.offer(twin.bundle, twin.blobs)).problems[0]?.code, 'generation_reused');
});

test('a lease that the pinned key did not sign renews nothing', async (t) => {
  const {plane, agent, five, lines} = await withGeneration5(t);
  const {generation, digest} = five.bundle;
  const forged = {generation, digest, issuedAt: new Date(), validUntil: new Date(), signature: Buffer.alloc(64)};
  plane.send({$case: 'leaseRenew', value: forged});
  await waitFor('the agent to complain', WAIT_MS, () =>
    lines.has('a lease was not signed by the pinned bundle key and is ignored') ? true : undefined,
  );
  t.is(agent.sync.current()?.mode, 'FRESH');
});

test('a control plane that shows another bundle key is refused loudly, and the bundle stays', async (t) => {
  const {plane, agent, lines, start} = await withGeneration5(t);
  await agent.stop();
  plane.changeKey();
  const again = await start();
  const line = await waitFor('the agent to complain', WAIT_MS, () =>
    lines.lines().find(({message}) => message === 'enrolment refused'),
  );
  t.is(line['level'], 'error');
  t.is(line['code'], 'BUNDLE_UNVERIFIED');
  t.false(again.sync.isConnected());
  t.is(again.sync.current()?.bundle.generation, 5n);
});

test('a bundle altered on disk is never served', async (t) => {
  const {agent, stateDir, lines, plane, start} = await withGeneration5(t);
  await agent.stop();
  await plane.stop();
  const folder = join(stateDir, 'bundles');
  const [name = ''] = (await readdir(folder)).filter((file) => file.endsWith('.bundle'));
  const path = join(folder, name);
  const bytes = await readFile(path);
  const at = bytes.indexOf('TICKET-');
  t.true(at > 0);
  bytes.write('TOCKET-', at);
  await writeFile(path, bytes);
  const again = await start();
  t.is(again.sync.current(), undefined);
  t.true(lines.has('a stored bundle is damaged and is not used'));
});

test('a torn bundle file is passed over for the one before, which counts as expired', async (t) => {
  const {agent, stateDir, plane, start} = await withGeneration5(t);
  await agent.stop();
  await plane.stop();
  const folder = join(stateDir, 'bundles');
  // As if generation 6 had been active: its file torn, its lease the last one.
  await writeFile(join(folder, `${'6'.padStart(20, '0')}-${'0'.repeat(16)}.bundle`), 'torn');
  await appendFile(join(folder, 'lease'), 'x');
  const again = await start();
  t.is(again.sync.current()?.bundle.generation, 5n);
  t.is(again.sync.current()?.mode, 'EXPIRED');
});
