import {join} from 'node:path';
import {Metadata} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {createFleet} from '../../../controlplane/fleet/fleet.ts';
import {createFleetService} from '../../../controlplane/fleet/service.ts';
import {createAgentStore} from '../../../controlplane/store/agent-store.ts';
import {openStore} from '../../../controlplane/store/database.ts';
import {WeirError} from '../../../lib/errors.ts';
import {connectGrpc, listenGrpc} from '../../../lib/grpc/channel.ts';
import {callUnary} from '../../../lib/grpc/client.ts';
import {FleetServiceClient, FleetServiceService} from '../../../proto/gen/weir/admin/v1/fleet.ts';
import {AgentMode, NackClass} from '../../../proto/gen/weir/agent/v1/policy_sync.ts';
import {createLogLines} from '../../support/log-lines.ts';
import {tempDir} from '../../support/temp-dir.ts';
import {waitFor} from '../../support/wait.ts';

const uidOf = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000`;
const WANTED = 'd'.repeat(64);
const WAIT_MS = 30_000;

async function setUp(t: ExecutionContext, uids: string[]) {
  const {log} = createLogLines();
  const store = await openStore({dataDir: join(await tempDir(t), 'data'), log});
  t.teardown(store.close);
  const agents = createAgentStore(store);
  for (const uid of uids) {
    await agents.enroll({uid, publicKey: Buffer.alloc(32, 1), labels: {env: 'prod'}, version: '1', atMs: 1_000});
  }
  const fleet = createFleet({agents, wantedDigest: () => WANTED, now: () => 5_000, log});
  const service = createFleetService({
    agents,
    fleet,
    cursorOf: (uid) => Promise.resolve(uid === uidOf('a') ? {epoch: 2n, nextSeq: 40n} : undefined),
    authorize: (metadata) => {
      if (metadata.get('authorization')[0] !== 'Bearer admin') throw new WeirError('UNAUTHENTICATED', 'who are you');
    },
    onError: () => undefined,
  });
  const server = await listenGrpc('127.0.0.1:0', {kind: 'insecure'}, (grpc) => {
    grpc.addService(FleetServiceService, service);
  });
  const connection = connectGrpc(server.address, {kind: 'insecure'});
  t.teardown(async () => {
    connection.close();
    await server.stop(AbortSignal.abort());
  });
  const client = connection.client(FleetServiceClient);
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer admin');
  const options = {timeoutMs: 5_000, metadata};
  const {signal} = new AbortController();
  return {
    fleet,
    agents,
    get: async (agentUid: string) => callUnary(client.getAgent.bind(client), {agentUid}, options, signal),
    list: async (pageSize: number, pageToken = '') =>
      callUnary(client.listAgents.bind(client), {pageSize, pageToken}, options, signal),
    listUnauthorized: async () =>
      callUnary(client.listAgents.bind(client), {pageSize: 0, pageToken: ''}, {timeoutMs: 5_000}, signal),
  };
}

const hello = (bootId: string, digest: string) => ({bootId, version: '1.2', generation: 3n, digest, clock: undefined});

test('an agent is shown as it reports itself, connected or not', async (t) => {
  const {fleet, get, agents} = await setUp(t, [uidOf('a')]);
  t.like((await get(uidOf('a'))).agent, {connected: false, inSync: false, activeGeneration: 0n, version: '1'});

  const connection = fleet.connect(uidOf('a'));
  connection.hello(hello('boot', WANTED));
  connection.status({
    activeGeneration: 3n,
    activeDigest: WANTED,
    mode: AgentMode.FRESH,
    spoolBytes: 9n,
    spoolRecords: 2n,
    nextSeq: 42n,
    openExchanges: 0n,
  });
  const connected = {
    connected: true,
    inSync: true,
    activeGeneration: 3n,
    activeDigest: WANTED,
    mode: AgentMode.FRESH,
    spoolBytes: 9n,
    spoolRecords: 2n,
    nextSeq: 40n,
    epoch: 2n,
    labels: {env: 'prod'},
  };
  t.like((await get(uidOf('a'))).agent, connected);

  connection.close();
  await waitFor('the report to be stored', WAIT_MS, async () => {
    const [stored] = await agents.withPrefix(uidOf('a'), 1);
    return stored?.spoolBytes === 9n && stored.version === '1.2' ? true : undefined;
  });
  t.like((await get(uidOf('a'))).agent, {...connected, connected: false, inSync: false});
});

test('in sync is what the agent reports, not what it was sent', async (t) => {
  const {fleet, get} = await setUp(t, [uidOf('a')]);
  const connection = fleet.connect(uidOf('a'));
  connection.hello(hello('boot', 'e'.repeat(64)));
  t.false((await get(uidOf('a'))).agent?.inSync);
  const nack = {nonce: '1', generation: 4n, digest: WANTED, activeGeneration: 3n, class: NackClass.PERMANENT};
  connection.nacked({...nack, problems: [{file: 'a.yaml', line: 1, column: 2, code: 'c', message: 'm'}]});
  const {agent} = await get(uidOf('a'));
  t.false(agent?.inSync);
  t.is(agent?.lastNack?.problems[0]?.file, 'a.yaml');
  connection.acked({nonce: '2', generation: 4n, digest: WANTED, compileMs: 1, rules: 1});
  t.like((await get(uidOf('a'))).agent, {inSync: true, lastNack: undefined});
});

test('an agent that connects again takes the place of its older connection', async (t) => {
  const {fleet} = await setUp(t, [uidOf('a')]);
  const first = fleet.connect(uidOf('a'));
  const second = fleet.connect(uidOf('a'));
  t.true(first.replaced.aborted);
  first.close();
  t.is(fleet.counts().connected, 1);
  second.close();
  t.is(fleet.counts().connected, 0);
});

test('what one run of an agent refused is remembered over its streams, and forgotten with the run', async (t) => {
  const {fleet} = await setUp(t, [uidOf('a')]);
  const connect = (bootId: string) => {
    const connection = fleet.connect(uidOf('a'));
    connection.hello(hello(bootId, ''));
    return connection;
  };
  connect('one').refuse(WANTED);
  t.true(connect('one').hasRefused(WANTED));
  t.false(connect('two').hasRefused(WANTED));
});

test('agents are listed page by page, ordered by uid', async (t) => {
  const {list} = await setUp(t, ['c', 'a', 'b'].map(uidOf));
  const first = await list(2);
  t.deepEqual(
    first.agents.map(({agentUid}) => agentUid),
    [uidOf('a'), uidOf('b')],
  );
  const second = await list(2, first.nextPageToken);
  t.deepEqual(
    second.agents.map(({agentUid}) => agentUid),
    [uidOf('c')],
  );
  t.is(second.nextPageToken, '');
  t.is((await list(0)).agents.length, 3);
  await t.throwsAsync(list(-1), {code: 'INVALID_ARGUMENT'});
  await t.throwsAsync(list(1, 'bm90IGEgdWlk!'), {code: 'INVALID_ARGUMENT'});
});

test('an agent is found by a prefix that names one', async (t) => {
  const {get} = await setUp(t, [uidOf('a'), uidOf('b'), 'aaaaaaab-0000-4000-8000-000000000000']);
  t.is((await get('b')).agent?.agentUid, uidOf('b'));
  t.is((await get('aaaaaaaa')).agent?.agentUid, uidOf('a'));
  await t.throwsAsync(get('aaaaaaa'), {code: 'INVALID_ARGUMENT', message: /more than one/});
  await t.throwsAsync(get('c'), {code: 'NOT_FOUND'});
  await t.throwsAsync(get(''), {code: 'INVALID_ARGUMENT'});
});

test('who may not read the fleet does not', async (t) => {
  const {listUnauthorized} = await setUp(t, [uidOf('a')]);
  await t.throwsAsync(listUnauthorized(), {code: 'UNAUTHENTICATED'});
});
