import {once} from 'node:events';
import {join} from 'node:path';
import type {ClientDuplexStream} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {plainRecord} from '../../../agent/record/content.ts';
import {openSegment} from '../../../controlplane/ingest/open-records.ts';
import {createLogger} from '../../../lib/log.ts';
import {
  chainAfter,
  decodeFrame,
  encodeFrame,
  encodeSegmentHeader,
  FIRST_CHAIN,
  RECORD_KIND,
  SEGMENT_HEADER_BYTES,
} from '../../../lib/record-frame.ts';
import {createSealer} from '../../../lib/seal.ts';
import {
  RecordIntakeServiceClient,
  type ShipRecordsRequest,
  type ShipRecordsResponse,
} from '../../../proto/gen/weir/agent/v1/record_intake.ts';
import {AGENT_UID, ended, exchangeId, recordKeys, started} from '../../agent/record/records.ts';
import {tempDir} from '../../support/temp-dir.ts';
import {type IntakeServer, startIntake, testSession} from './intake-server.ts';

const log = createLogger({level: 'error', write: () => undefined});
const OTHER_UID = '99999999-2222-4333-8444-555555555555';
type Message = NonNullable<ShipRecordsRequest['message']>;

/** A segment made by hand: its header and frames. */
function segment(
  publicRaw: Buffer,
  bodies: readonly Parameters<typeof plainRecord>[1][],
  more: {agentUid?: string; epoch?: number; kind?: number} = {},
): {segmentHeader: Buffer; frames: Buffer[]} {
  const {agentUid = AGENT_UID, epoch = 1} = more;
  const base = {agentUid, epoch, firstSeq: 0, createdAtMs: 1, recordKey: publicRaw, chainBefore: FIRST_CHAIN};
  const sealer = createSealer(publicRaw, (ephemeralKey) => encodeSegmentHeader({...base, ephemeralKey}));
  let chain: Buffer = FIRST_CHAIN;
  const frames = bodies.map((body, seq) => {
    const id = body.$case === 'gap' ? '' : body.value.exchangeId;
    const {kind, body: bytes} = plainRecord(id, body);
    const frame = encodeFrame(sealer, chain, {seq, kind, behind: 0, exchangeId: id, body: bytes});
    chain = frame.chain;
    return frame.bytes;
  });
  return {segmentHeader: sealer.context, frames};
}

async function startTest(t: ExecutionContext): Promise<{server: IntakeServer; publicRaw: Buffer}> {
  const keys = recordKeys();
  const server = await startIntake({dataDir: join(await tempDir(t), 'data'), recordKey: keys.privateKey, log});
  t.teardown(server.stop);
  return {server, publicRaw: keys.publicRaw};
}

/** Sends messages on one stream, each after the answer to the one before; the answers, or the code it ended with. */
async function talk(
  t: ExecutionContext,
  {address}: IntakeServer,
  messages: readonly Message[],
  uid = AGENT_UID,
): Promise<(ShipRecordsResponse['message'] | string)[]> {
  const session = testSession(address, uid);
  const stream: ClientDuplexStream<ShipRecordsRequest, ShipRecordsResponse> = session.connection
    .client(RecordIntakeServiceClient)
    .shipRecords(await session.metadata());
  t.teardown(session.connection.close);
  const answers: (ShipRecordsResponse['message'] | string)[] = [];
  try {
    for (const message of messages) {
      stream.write({message});
      const [answer] = (await once(stream, 'data')) as [ShipRecordsResponse];
      answers.push(answer.message);
    }
  } catch (error) {
    const {metadata} = error as {metadata: {get: (name: string) => unknown[]}};
    answers.push(String(metadata.get('weir-code')[0]));
  }
  stream.on('error', () => undefined);
  stream.cancel();
  return answers;
}

const open = (epoch = 1n): Message => ({$case: 'open', value: {epoch, firstSeq: 0n, nextSeq: 10n}});
const resume = (nextSeq: bigint) => ({$case: 'resume' as const, value: {nextSeq}});
const acked = (throughSeq: bigint) => ({$case: 'acked' as const, value: {throughSeq}});
const start = {$case: 'started' as const, value: started(1)};
const end = {$case: 'ended' as const, value: ended(1)};

async function kinds({store}: IntakeServer): Promise<string[]> {
  return (await store.db.selectFrom('incidents').select('kind').execute()).map(({kind}) => kind);
}

test('what comes twice is taken once, in silence', async (t) => {
  const {server, publicRaw} = await startTest(t);
  const value = segment(publicRaw, [start, end]);
  const batch: Message = {$case: 'batch', value};
  t.deepEqual(await talk(t, server, [open(), batch, batch]), [resume(0n), acked(1n), acked(1n)]);
  t.deepEqual(await talk(t, server, [open(), batch]), [resume(2n), acked(1n)]);
  t.is((await server.store.db.selectFrom('records').selectAll().execute()).length, 2);
  t.deepEqual(await kinds(server), []);
});

test('nothing is acknowledged before it is committed', async (t) => {
  const {server, publicRaw} = await startTest(t);
  const session = testSession(server.address, AGENT_UID);
  t.teardown(session.connection.close);
  const stream = session.connection.client(RecordIntakeServiceClient).shipRecords(await session.metadata());
  stream.on('error', () => undefined);
  stream.write({message: open()});
  await once(stream, 'data');
  const gate = Promise.withResolvers<undefined>();
  const begun = Promise.withResolvers<undefined>();
  const holding = server.store.db.transaction().execute(async () => {
    begun.resolve(undefined);
    await gate.promise;
  });
  await begun.promise;
  let isAcknowledged = false;
  const answered = once(stream, 'data').then(() => {
    isAcknowledged = true;
  });
  stream.write({message: {$case: 'batch', value: segment(publicRaw, [start, end])}});
  await new Promise((resolve) => setTimeout(resolve, 150));
  t.false(isAcknowledged);
  gate.resolve(undefined);
  await Promise.all([holding, answered]);
  t.is((await server.store.db.selectFrom('records').selectAll().execute()).length, 2);
  stream.cancel();
});

test('another record under a number that was taken is refused and kept as an incident', async (t) => {
  const {server, publicRaw} = await startTest(t);
  const batch = (value: ReturnType<typeof segment>): Message => ({$case: 'batch', value});
  await talk(t, server, [open(), batch(segment(publicRaw, [start, end]))]);
  const forged = segment(publicRaw, [start, {$case: 'ended', value: ended(1, {status: 418})}]);
  t.deepEqual(await talk(t, server, [open(), batch(forged)]), [resume(2n), 'RECORD_CONFLICT']);
  t.deepEqual(await kinds(server), ['conflict']);
  t.is((await server.audit.exchange(exchangeId(1)))?.status, 200);
});

test('records that do not continue the chain, or each other, are refused', async (t) => {
  const {server, publicRaw} = await startTest(t);
  const {segmentHeader, frames} = segment(publicRaw, [start, end, start]);
  const [first = Buffer.alloc(0), second = Buffer.alloc(0), third = Buffer.alloc(0)] = frames;
  const batch = (...some: Buffer[]): Message => ({$case: 'batch', value: {segmentHeader, frames: some}});
  t.deepEqual(await talk(t, server, [open(), batch(second)]), [resume(0n), 'PROTOCOL']);
  t.deepEqual(await talk(t, server, [open(), batch(first, third)]), [resume(0n), 'PROTOCOL']);
  t.deepEqual(await talk(t, server, [open(), batch()]), [resume(0n), 'PROTOCOL']);
  t.deepEqual(await talk(t, server, [batch(first)]), ['PROTOCOL']);
  const damaged = Buffer.from(first);
  damaged.writeUInt8(damaged.readUInt8(60) ^ 1, 60);
  t.deepEqual(await talk(t, server, [open(), batch(damaged)]), [resume(0n), 'RECORD_UNREADABLE']);
  t.deepEqual(await talk(t, server, [open(2n), batch(first)]), [resume(0n), 'PROTOCOL']);
  t.deepEqual(await talk(t, server, [open(), batch(first)], OTHER_UID), [resume(0n), 'PERMISSION_DENIED']);
  t.deepEqual(await server.store.db.selectFrom('records').selectAll().execute(), []);
});

test('a record that cannot be opened is kept sealed, raises one incident, and the next goes on', async (t) => {
  const {server, publicRaw} = await startTest(t);
  const {segmentHeader, frames} = segment(publicRaw, [
    start,
    {$case: 'ended', value: ended(1, {outcome: 99 as never})},
    {$case: 'started', value: started(2)},
  ]);
  const batch: Message = {$case: 'batch', value: {segmentHeader, frames}};
  t.deepEqual(await talk(t, server, [open(), batch]), [resume(0n), acked(2n)]);
  const rows = await server.store.db.selectFrom('records').select(['seq', 'body', 'sealed']).orderBy('seq').execute();
  t.deepEqual(
    rows.map(({body, sealed}) => [body !== null, sealed !== null]),
    [
      [true, false],
      [false, true],
      [true, false],
    ],
  );
  t.deepEqual(rows[1]?.sealed, Buffer.concat([segmentHeader, frames[1] ?? Buffer.alloc(0)]));
  t.deepEqual(await kinds(server), ['unreadable']);
  t.truthy(await server.audit.exchange(exchangeId(2)));
});

test('records sealed to another key are kept as they are', async (t) => {
  const {server} = await startTest(t);
  const value = segment(recordKeys().publicRaw, [start, end]);
  t.deepEqual(await talk(t, server, [open(), {$case: 'batch', value}]), [resume(0n), acked(1n)]);
  t.deepEqual(await kinds(server), ['unreadable']);
  t.is(await server.audit.exchange(exchangeId(1)), undefined);
});

test('what was kept sealed can be opened later, by whoever has the key', async (t) => {
  const {server} = await startTest(t);
  const lost = recordKeys();
  const value = segment(lost.publicRaw, [start, end]);
  await talk(t, server, [open(), {$case: 'batch', value}]);
  const rows = await server.store.db.selectFrom('records').select('sealed').orderBy('seq').execute();
  for (const [index, {sealed}] of rows.entries()) {
    const header = (sealed ?? Buffer.alloc(0)).subarray(0, SEGMENT_HEADER_BYTES);
    const frame = decodeFrame((sealed ?? Buffer.alloc(0)).subarray(SEGMENT_HEADER_BYTES));
    const opened = openSegment(Buffer.from(header), lost.privateKey).open(frame);
    t.like(opened, {kind: 'opened', body: {$case: index === 0 ? 'started' : 'ended'}});
  }
  t.is(rows.length, 2);
});

test('no number that a provider or an agent claims keeps records from being taken or read', async (t) => {
  const {server, publicRaw} = await startTest(t);
  const huge = {
    inputTokens: 10n ** 18n,
    outputTokens: 2n ** 63n - 1n,
    cachedInputTokens: 2n ** 62n,
    reasoningTokens: 1n,
  };
  const bodies = [1, 2, 3].flatMap((number) => [
    {$case: 'started' as const, value: started(number)},
    {$case: 'ended' as const, value: ended(number, {usage: huge})},
  ]);
  const {segmentHeader, frames} = segment(publicRaw, bodies);
  const batch = (...some: Buffer[]): Message => ({$case: 'batch', value: {segmentHeader, frames: some}});
  const answers = await talk(t, server, [open(), ...[0, 2, 4].map((at) => batch(...frames.slice(at, at + 2)))]);
  t.deepEqual(answers, [resume(0n), acked(1n), acked(3n), acked(5n)]);
  const rows = await server.audit.exchanges({where: undefined, after: undefined, limit: 10});
  t.is(rows.length, 3);
  const [session] = await server.audit.sessions({where: undefined, after: undefined, limit: 10});
  t.is(session?.exchanges, 3);
  t.true((session?.input_tokens ?? 0) > 10 ** 15);
});

test('a time that is none makes one record unreadable and stops nothing', async (t) => {
  const {server, publicRaw} = await startTest(t);
  const never = Object.assign(new Date(0), {getTime: () => 1e18});
  const value = segment(publicRaw, [{$case: 'started', value: started(1, {startedAt: never})}]);
  t.deepEqual(await talk(t, server, [open(), {$case: 'batch', value}]), [resume(0n), acked(0n)]);
  t.deepEqual(await kinds(server), ['unreadable']);
});

test('a batch of more records than any agent sends is refused', async (t) => {
  const {server, publicRaw} = await startTest(t);
  const value = segment(
    publicRaw,
    Array.from({length: 2_000}, () => end),
  );
  t.deepEqual(await talk(t, server, [open(), {$case: 'batch', value}]), [resume(0n), 'PROTOCOL']);
});

test('an agent cannot write into the exchange of another', async (t) => {
  const {server, publicRaw} = await startTest(t);
  await talk(t, server, [open(), {$case: 'batch', value: segment(publicRaw, [start])}]);
  const foreign = segment(publicRaw, [{$case: 'ended', value: ended(1, {status: 418})}], {agentUid: OTHER_UID});
  t.deepEqual(await talk(t, server, [open(), {$case: 'batch', value: foreign}], OTHER_UID), [resume(0n), acked(0n)]);
  t.deepEqual(await kinds(server), ['foreignExchange']);
  t.is((await server.audit.exchange(exchangeId(1)))?.ended, null);
});

test('an exchange is whole whichever of its records comes first', async (t) => {
  const {server, publicRaw} = await startTest(t);
  const endFirst = segment(publicRaw, [end, start]);
  await talk(t, server, [open(), {$case: 'batch', value: endFirst}]);
  const row = await server.audit.exchange(exchangeId(1));
  t.like(row, {
    status: 200,
    model: 'gpt-test',
    started_at_ms: started(1).startedAt?.getTime(),
    input_tokens: 10,
    seq: 1,
  });
  const [session] = await server.audit.sessions({where: undefined, after: undefined, limit: 5});
  t.like(session, {exchanges: 1, input_tokens: 10});
});

test('the chain covers every bit of a frame', (t) => {
  const [bytes = Buffer.alloc(0)] = segment(recordKeys().publicRaw, [start]).frames;
  const frame = decodeFrame(bytes);
  t.is(frame.kind, RECORD_KIND.started);
  for (const at of [8, 17, 25, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    t.throws(() => decodeFrame(changed), {code: 'RECORD_UNREADABLE'});
    t.notDeepEqual(chainAfter(FIRST_CHAIN, {...frame, bytes: changed}), chainAfter(FIRST_CHAIN, frame));
  }
});
