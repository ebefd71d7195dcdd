import {generateKeyPairSync, type KeyObject, randomUUID} from 'node:crypto';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {createAgentAuthority} from '../../../controlplane/enroll/authority.ts';
import type {JoinToken} from '../../../controlplane/enroll/join-token.ts';
import {createEnrollmentService} from '../../../controlplane/enroll/service.ts';
import {loadKeys} from '../../../controlplane/keys.ts';
import {createAgentStore} from '../../../controlplane/store/agent-store.ts';
import {openStore} from '../../../controlplane/store/database.ts';
import {rawPublicKey} from '../../../lib/ed25519.ts';
import {connectGrpc, listenGrpc} from '../../../lib/grpc/channel.ts';
import {bearer, callUnary} from '../../../lib/grpc/client.ts';
import {SIGNED, signEd25519} from '../../../lib/signed.ts';
import {
  EnrollmentServiceClient,
  EnrollmentServiceService,
  type EnrollRequest,
} from '../../../proto/gen/weir/agent/v1/enrollment.ts';
import {createLogLines} from '../../support/log-lines.ts';
import {tempDir} from '../../support/temp-dir.ts';

const PROD: JoinToken = {token: 'prod-not-a-real-token', labels: {env: 'prod', region: 'eu'}};
const TEST: JoinToken = {token: 'test-not-a-real-token', labels: {env: 'test'}};
const HOUR_MS = 3_600_000;

async function setUp(t: ExecutionContext) {
  const dataDir = join(await tempDir(t), 'data');
  const {log} = createLogLines();
  const store = await openStore({dataDir, log});
  t.teardown(store.close);
  const keys = await loadKeys(dataDir);
  const agents = createAgentStore(store);
  let nowMs = Date.now();
  const authorityFor = (...joinTokens: JoinToken[]) =>
    createAgentAuthority({joinTokens, keys, agents, now: () => nowMs, log});
  const authority = authorityFor(PROD, TEST);
  const server = await listenGrpc('127.0.0.1:0', {kind: 'insecure'}, (grpc) => {
    grpc.addService(
      EnrollmentServiceService,
      createEnrollmentService(authority, () => undefined),
    );
  });
  const connection = connectGrpc(server.address, {kind: 'insecure'});
  t.teardown(async () => {
    connection.close();
    await server.stop(AbortSignal.abort());
  });
  const client = connection.client(EnrollmentServiceClient);
  const enroll = async (request: EnrollRequest) =>
    callUnary(client.enroll.bind(client), request, {timeoutMs: 5_000}, new AbortController().signal);
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return {authority, authorityFor, agents, keys, enroll, pass, now: () => nowMs};
}

function requestOf(
  token: string,
  atMs: number,
  agentUid: string = randomUUID(),
  key: KeyObject = newKey(),
): EnrollRequest {
  const sentAtMs = BigInt(atMs);
  return {
    joinToken: token,
    agentUid,
    publicKey: rawPublicKey(key),
    proof: signEd25519(SIGNED.enrolment({agentUid, sentAtMs}), key),
    sentAtMs,
    version: '1.2.3',
    protocolMin: 1,
    protocolMax: 1,
  };
}

const newKey = () => generateKeyPairSync('ed25519').privateKey;

test('a join token admits an agent, gives it labels, and the session is recognised', async (t) => {
  const {enroll, authority, agents, keys, now} = await setUp(t);
  const request = requestOf(PROD.token, now());
  const response = await enroll(request);
  t.deepEqual(response.labels, PROD.labels);
  t.deepEqual(response.bundleKey, keys.bundle.publicRaw);
  t.deepEqual(response.recordKey, keys.record.publicRaw);
  t.deepEqual(response.maskingKey, keys.maskingKey);
  t.false(keys.maskingKey.equals(keys.sessionSecret));
  t.is(response.expiresAt?.getTime(), now() + HOUR_MS);
  t.like(authority.agentOf(bearer(response.sessionToken)), {uid: request.agentUid, labels: PROD.labels});
  const [stored] = await agents.list({after: '', limit: 10});
  t.like(stored, {uid: request.agentUid, version: '1.2.3', labels: PROD.labels});
});

test('a wrong join token is refused', async (t) => {
  const {enroll, now, agents} = await setUp(t);
  await t.throwsAsync(enroll(requestOf('prod-not-a-real-tokem', now())), {code: 'UNAUTHENTICATED'});
  await t.throwsAsync(enroll(requestOf('', now())), {code: 'UNAUTHENTICATED'});
  t.deepEqual(await agents.list({after: '', limit: 10}), []);
});

test('a uid is bound to the key of its first enrolment', async (t) => {
  const {enroll, now, pass} = await setUp(t);
  const key = newKey();
  const uid = randomUUID();
  await enroll(requestOf(PROD.token, now(), uid, key));
  pass(1);
  await t.throwsAsync(enroll(requestOf(PROD.token, now(), uid)), {code: 'PERMISSION_DENIED', message: /another key/});
  await t.notThrowsAsync(enroll(requestOf(PROD.token, now(), uid, key)));
});

test('of two first enrolments of one uid at once only one wins', async (t) => {
  const {enroll, now} = await setUp(t);
  const uid = randomUUID();
  const results = await Promise.allSettled([1, 2, 3, 4].map(async () => enroll(requestOf(PROD.token, now(), uid))));
  t.is(results.filter(({status}) => status === 'fulfilled').length, 1);
});

test('a proof by another key, of another uid, or too old is refused', async (t) => {
  const {enroll, now} = await setUp(t);
  const good = requestOf(PROD.token, now());
  const unauthenticated = {code: 'UNAUTHENTICATED'};
  await t.throwsAsync(enroll({...good, publicKey: rawPublicKey(newKey())}), unauthenticated);
  await t.throwsAsync(enroll({...good, agentUid: randomUUID()}), unauthenticated);
  await t.throwsAsync(enroll({...good, proof: Buffer.alloc(0)}), unauthenticated);
  await t.throwsAsync(enroll({...good, publicKey: Buffer.alloc(31)}), unauthenticated);
  await t.throwsAsync(enroll(requestOf(PROD.token, now() - 6 * 60_000)), {...unauthenticated, message: /clocks/});
  await t.throwsAsync(enroll(requestOf(PROD.token, now() + 6 * 60_000)), {...unauthenticated, message: /clocks/});
  await t.notThrowsAsync(enroll(requestOf(PROD.token, now() - 4 * 60_000)));
});

test('a uid that is no UUID and a protocol nobody speaks are refused', async (t) => {
  const {enroll, now} = await setUp(t);
  await t.throwsAsync(enroll(requestOf(PROD.token, now(), 'agent-1')), {code: 'INVALID_ARGUMENT'});
  await t.throwsAsync(enroll({...requestOf(PROD.token, now()), protocolMin: 2, protocolMax: 3}), {code: 'PROTOCOL'});
});

test('a session ends after an hour, and is not taken once altered or without Bearer', async (t) => {
  const {enroll, authority, pass, now} = await setUp(t);
  const {sessionToken} = await enroll(requestOf(PROD.token, now()));
  const [payload = '', mac = ''] = sessionToken.split('.');
  const forged = Buffer.from(
    Buffer.from(payload, 'base64url')
      .toString()
      .replace(/\d+\]$/, '9999999999999]'),
  );
  const unauthenticated = {code: 'UNAUTHENTICATED'};
  for (const token of [
    `${forged.toString('base64url')}.${mac}`,
    payload,
    `${sessionToken}.x`,
    '.',
    'x'.repeat(5_000),
  ]) {
    t.throws(() => authority.agentOf(bearer(token)), unauthenticated);
  }
  pass(HOUR_MS - 1);
  t.notThrows(() => authority.agentOf(bearer(sessionToken)));
  pass(1);
  t.throws(() => authority.agentOf(bearer(sessionToken)), unauthenticated);
});

test('a join token taken out of the configuration ends its sessions', async (t) => {
  const {enroll, authorityFor, now} = await setUp(t);
  const {sessionToken} = await enroll(requestOf(PROD.token, now()));
  t.throws(() => authorityFor(TEST).agentOf(bearer(sessionToken)), {code: 'UNAUTHENTICATED'});
  t.notThrows(() => authorityFor(TEST, PROD).agentOf(bearer(sessionToken)));
});

test('labels follow the join token: an agent that enrols with another one gets its labels', async (t) => {
  const {enroll, agents, now, pass} = await setUp(t);
  const key = newKey();
  const uid = randomUUID();
  await enroll(requestOf(PROD.token, now(), uid, key));
  pass(1);
  const {labels} = await enroll(requestOf(TEST.token, now(), uid, key));
  t.deepEqual(labels, TEST.labels);
  t.deepEqual((await agents.withPrefix(uid, 1))[0]?.labels, TEST.labels);
});

test('a proof that was overheard admits nobody, whatever the join token', async (t) => {
  const {enroll, now, pass, agents} = await setUp(t);
  const request = requestOf(PROD.token, now());
  await enroll(request);
  for (let minute = 0; minute < 12; minute++) {
    await t.throwsAsync(enroll({...request, joinToken: TEST.token}), {code: 'UNAUTHENTICATED'});
    pass(60_000);
  }
  t.deepEqual((await agents.withPrefix(request.agentUid, 1))[0]?.labels, PROD.labels);
});
