import {execFile} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {Client, Metadata, type ServiceError, status} from '@grpc/grpc-js';
import test from 'ava';
import {startControlPlane} from '../../controlplane/server.ts';
import {errorCode} from '../../lib/errors.ts';
import {connectGrpc} from '../../lib/grpc/channel.ts';
import {bearer, callUnary} from '../../lib/grpc/client.ts';
import {createLogger} from '../../lib/log.ts';
import {
  type GetPolicyStatusResponse,
  PolicyServiceClient,
  ReconcileState,
} from '../../proto/gen/weir/admin/v1/policy.ts';
import {waitFor} from '../support/wait.ts';
import {temporaryDirectory} from './approvals/plane.ts';
import {ADMIN, ANA, startRunning} from './running.ts';

const BUF = fileURLToPath(new URL('../../node_modules/.bin/buf', import.meta.url));
const never = new AbortController().signal;
const silent = createLogger({level: 'error', write: () => undefined});

/** What `buf curl` prints: it knows nothing of our code or files, only what the server tells it. */
async function bufCurl(argv: readonly string[]): Promise<string> {
  const {stdout} = await promisify(execFile)(BUF, ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...argv]);
  return stdout;
}

async function policyStatus(address: string, token = ADMIN): Promise<GetPolicyStatusResponse> {
  const connection = connectGrpc(address, {kind: 'insecure'});
  const client = connection.client(PolicyServiceClient);
  try {
    const call = {metadata: bearer(token), timeoutMs: 5_000};
    return await callUnary(client.getPolicyStatus.bind(client), {}, call, never);
  } finally {
    connection.close();
  }
}

test('buf curl finds every service through reflection', async (t) => {
  const {plane} = await startRunning(t);
  const methods = await bufCurl(['--list-methods', `http://${plane.grpcAddress}`]);
  for (const method of [
    'weir.admin.v1.ApprovalService/ReviewHold',
    'weir.admin.v1.FleetService/ListAgents',
    'weir.admin.v1.PolicyService/GetPolicyStatus',
    'weir.agent.v1.EnrollmentService/Enroll',
    'weir.agent.v1.HoldService/WatchHold',
    'weir.agent.v1.PolicySyncService/Sync',
    'weir.agent.v1.RecordIntakeService/ShipRecords',
    'weir.audit.v1.AuditService/ReplayExchange',
  ]) {
    t.true(methods.split('\n').includes(method), `${method} is listed`);
  }
});

for (const reflection of ['grpc-v1', 'grpc-v1alpha']) {
  test(`buf curl calls unary methods over ${reflection}`, async (t) => {
    const {plane} = await startRunning(t);
    const flags = ['--reflect-protocol', reflection, '--header', `authorization: Bearer ${ADMIN}`, '--data', '{}'];
    const holds = await bufCurl([...flags, `http://${plane.grpcAddress}/weir.admin.v1.ApprovalService/ListHolds`]);
    t.deepEqual(JSON.parse(holds), {});
    const status = await bufCurl([...flags, `http://${plane.grpcAddress}/weir.admin.v1.PolicyService/GetPolicyStatus`]);
    t.like(JSON.parse(status), {branch: 'main', path: '.'});
  });
}

test('buf curl is told what is wrong with its token', async (t) => {
  const {plane} = await startRunning(t);
  const url = `http://${plane.grpcAddress}/weir.admin.v1.ApprovalService/ListHolds`;
  const error = await t.throwsAsync<Error & {stderr: string}>(bufCurl(['--data', '{}', url]));
  t.regex(error.stderr, /unauthenticated/);
});

test('gRPC health says that it serves', async (t) => {
  const {plane} = await startRunning(t);
  const schema = fileURLToPath(new URL('../../node_modules/grpc-health-check/proto', import.meta.url));
  const url = `http://${plane.grpcAddress}/grpc.health.v1.Health/Check`;
  t.deepEqual(JSON.parse(await bufCurl(['--schema', schema, '--data', '{}', url])), {status: 'SERVING'});
});

test('policy, fleet and audit are for full administrators', async (t) => {
  const {plane} = await startRunning(t);
  await t.throwsAsync(policyStatus(plane.grpcAddress, ANA), {message: /full administrator/});
  await t.throwsAsync(policyStatus(plane.grpcAddress, 'unknown-token'), {message: /not known here/});
});

test('the webhook brings the next look at the repository forward', async (t) => {
  const {plane, repository} = await startRunning(t);
  const first = await waitFor('a first bundle', 20_000, async () => (await policyStatus(plane.grpcAddress)).active);
  const commit = await repository.push({'README.md': 'Policies.\n'}, 'Say what this is');
  t.not(first.commit, commit);
  const answer = await fetch(`http://${plane.httpAddress}/-/reconcile`, {method: 'POST', body: '{"any": "thing"}'});
  t.is(answer.status, 202);
  await waitFor('the new commit', 20_000, async () => {
    const {observedCommit, state} = await policyStatus(plane.grpcAddress);
    return observedCommit === commit && state === ReconcileState.READY ? true : undefined;
  });
});

test('bytes that are no reflection request are refused without a line in the log', async (t) => {
  const {plane, logLines} = await startRunning(t);
  const connection = connectGrpc(plane.grpcAddress, {kind: 'insecure'});
  t.teardown(connection.close);
  const asIs = (bytes: Buffer) => bytes;
  const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
  const before = logLines.length;
  for (const bytes of [Buffer.from([0x0a, 0xff]), Buffer.alloc(16, 0xff)]) {
    const call = connection.client(Client).makeBidiStreamRequest(path, asIs, asIs, new Metadata());
    call.write(bytes);
    const [error] = (await once(call.resume(), 'error').catch((reason: unknown) => [reason])) as [ServiceError];
    t.is(error.code, status.INVALID_ARGUMENT);
  }
  t.is(logLines.length, before);
});

test('health, readiness and unknown paths answer over HTTP', async (t) => {
  const {plane} = await startRunning(t);
  const status = async (path: string) => (await fetch(`http://${plane.httpAddress}${path}`)).status;
  t.is(await status('/-/healthz'), 200);
  t.is(await status('/-/readyz'), 200);
  t.is(await status('/-/reconcile'), 405);
  t.is(await status('/'), 404);
});

test('without admin tokens one is made on the first start, and goes on being valid', async (t) => {
  const first = await startRunning(t, {adminTokens: []});
  const token = first.plane.firstAdminToken ?? '';
  t.regex(token, /^weir-admin-[\w-]{32}$/);
  t.false(first.logLines.join('').includes(token));
  await t.notThrowsAsync(policyStatus(first.plane.grpcAddress, token));
  await first.plane.stop();
  const second = await startRunning(t, {adminTokens: [], dataDir: first.dataDir});
  t.is(second.plane.firstAdminToken, undefined);
  await t.notThrowsAsync(policyStatus(second.plane.grpcAddress, token));
  await second.plane.stop();
});

test('a first start that fails does not use up the admin token that nobody saw', async (t) => {
  const {plane} = await startRunning(t);
  const dataDir = temporaryDirectory(t);
  await t.throwsAsync(startRunning(t, {adminTokens: [], dataDir, httpListen: plane.httpAddress}));
  const second = await startRunning(t, {adminTokens: [], dataDir});
  await t.notThrowsAsync(policyStatus(second.plane.grpcAddress, second.plane.firstAdminToken));
});

for (const [title, options, code] of [
  ['a short admin token', {adminTokens: ['short']}, 'USAGE'],
  ['a join token without labels behind its colon', {joinTokens: ['join-not-a-real-token:env']}, 'USAGE'],
  ['plaintext beyond this machine', {grpcListen: '0.0.0.0:0'}, 'USAGE'],
  ['an address without port', {grpcListen: 'localhost'}, 'USAGE'],
  ['an OTLP endpoint that is none', {otlpEndpoint: 'collector:4317'}, 'USAGE'],
  ['a repository address that runs a command', {repository: 'ext::sh -c true'}, 'USAGE'],
] as const) {
  test(`${title} is refused, and nothing is left running`, async (t) => {
    const dataDir = temporaryDirectory(t);
    const valid = {
      repository: '/nowhere',
      branch: 'main',
      path: '.',
      dataDir,
      grpcListen: '127.0.0.1:0',
      httpListen: '127.0.0.1:0',
      transport: {kind: 'insecure'},
      pollIntervalMs: 60_000,
      joinTokens: [],
      adminTokens: [],
      otlpEndpoint: undefined,
      acceptRewrite: undefined,
      log: silent,
    } as const;
    const error = await t.throwsAsync(startControlPlane({...valid, ...options}));
    t.is(errorCode(error), code);
    t.notRegex(error.message, /\n/);
    // The data directory is free again.
    const next = await startControlPlane(valid);
    await next.stop();
  });
}

test('plaintext beyond this machine is refused before a data directory is made', async (t) => {
  const dataDir = join(temporaryDirectory(t), 'data');
  await t.throwsAsync(startRunning(t, {dataDir, grpcListen: '0.0.0.0:0'}), {code: 'USAGE'});
  t.false(existsSync(dataDir));
});

test('a port in use and a data directory in use are named', async (t) => {
  const {dataDir, plane} = await startRunning(t);
  const grpc = await t.throwsAsync(startRunning(t, {grpcListen: plane.grpcAddress}));
  t.regex(grpc.message, /127\.0\.0\.1:\d+ is in use by another process/);
  const http = await t.throwsAsync(startRunning(t, {httpListen: plane.httpAddress}));
  t.is(errorCode(http), 'PORT_IN_USE');
  const data = await t.throwsAsync(startRunning(t, {dataDir}));
  t.is(errorCode(data), 'DATA_IN_USE');
});
