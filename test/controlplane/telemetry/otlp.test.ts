import {Client, Metadata} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {addOtlpIntake} from '../../../controlplane/telemetry/otlp-intake.ts';
import {
  OTLP_PATHS,
  type OtlpRelay,
  type OtlpSignal,
  startOtlpRelay,
} from '../../../controlplane/telemetry/otlp-relay.ts';
import {errorCode, WeirError} from '../../../lib/errors.ts';
import {connectGrpc, listenGrpc} from '../../../lib/grpc/channel.ts';
import {bearer, callUnary} from '../../../lib/grpc/client.ts';
import {rawMethod} from '../../../lib/grpc/raw-method.ts';
import {unary} from '../../../lib/grpc/server.ts';
import {createLogger} from '../../../lib/log.ts';
import {waitFor} from '../../support/wait.ts';

const never = new AbortController().signal;
const silent = createLogger({level: 'error', write: () => undefined});
const fail = (method: string, error: unknown) => {
  throw new Error(method, {cause: error});
};

interface Collected {
  signal: OtlpSignal;
  request: Buffer;
  authorization: unknown;
}

/** A collector on a real port. `refuse` makes it fail a call before it takes the next. */
async function startCollector(t: ExecutionContext, refuse: WeirError[] = []): Promise<{url: string; got: Collected[]}> {
  const got: Collected[] = [];
  const server = await listenGrpc('127.0.0.1:0', {kind: 'insecure'}, (grpc) => {
    for (const [signal, path] of Object.entries(OTLP_PATHS)) {
      const take = unary<Buffer, Buffer>((request, {metadata}) => {
        const error = refuse.shift();
        if (error !== undefined) throw error;
        got.push({signal: signal as OtlpSignal, request, authorization: metadata.get('authorization')[0]});
        return Promise.resolve(Buffer.alloc(0));
      }, fail);
      grpc.addService({take: rawMethod(path, {request: false, response: false})}, {take});
    }
  });
  t.teardown(async () => server.stop(AbortSignal.abort()));
  return {url: `http://${server.address}`, got};
}

/** Sends one export as an agent would. */
async function exportTo(t: ExecutionContext, relay: OtlpRelay, signal: OtlpSignal, token: string): Promise<Buffer> {
  const server = await listenGrpc('127.0.0.1:0', {kind: 'insecure'}, (grpc) => {
    const agentOf = (metadata: Metadata) => {
      if (metadata.get('authorization')[0] !== 'Bearer agent') throw new WeirError('UNAUTHENTICATED', 'no agent');
    };
    addOtlpIntake(grpc, {relay, agentOf, onError: fail});
  });
  const connection = connectGrpc(server.address, {kind: 'insecure'});
  t.teardown(async () => {
    connection.close();
    await server.stop(AbortSignal.abort());
  });
  const client = connection.client(Client);
  const asIs = (bytes: Buffer) => bytes;
  return callUnary<Buffer, Buffer>(
    (request, metadata, options, callback) =>
      client.makeUnaryRequest(OTLP_PATHS[signal], asIs, asIs, request, metadata, options, (error, response) => {
        callback(error, response ?? Buffer.alloc(0));
      }),
    Buffer.from('not even protobuf'),
    {metadata: bearer(token), timeoutMs: 5_000},
    never,
  );
}

for (const signal of ['traces', 'metrics'] as const) {
  test(`${signal} of an agent arrive byte for byte, without the agent's session`, async (t) => {
    const collector = await startCollector(t);
    const relay = startOtlpRelay(collector.url, silent);
    t.teardown(async () => relay.stop(AbortSignal.abort()));
    t.is((await exportTo(t, relay, signal, 'agent')).length, 0);
    const [first] = await waitFor('the export', 10_000, () => (collector.got.length > 0 ? collector.got : undefined));
    t.deepEqual(first, {signal, request: Buffer.from('not even protobuf'), authorization: undefined});
  });
}

test('telemetry of anyone but an agent is refused', async (t) => {
  const relay = startOtlpRelay(undefined, silent);
  await t.throwsAsync(exportTo(t, relay, 'traces', 'somebody'), {message: 'no agent'});
});

test('without an endpoint telemetry is taken and dropped', async (t) => {
  const relay = startOtlpRelay(undefined, silent);
  t.is((await exportTo(t, relay, 'traces', 'agent')).length, 0);
  t.is(relay.dropped(), 0);
});

test('a collector that is away for a moment loses nothing', async (t) => {
  const collector = await startCollector(t, [new WeirError('UNAVAILABLE', 'away')]);
  const relay = startOtlpRelay(collector.url, silent);
  t.teardown(async () => relay.stop(AbortSignal.abort()));
  relay.offer('traces', Buffer.from('one'));
  await waitFor('the export', 20_000, () => (collector.got.length > 0 ? true : undefined));
  t.is(relay.dropped(), 0);
});

test('what the collector refuses for good is dropped and counted, and the next goes on', async (t) => {
  const collector = await startCollector(t, [new WeirError('INVALID_ARGUMENT', 'rubbish')]);
  const relay = startOtlpRelay(collector.url, silent);
  relay.offer('traces', Buffer.from('one'));
  relay.offer('traces', Buffer.from('two'));
  await relay.stop(AbortSignal.timeout(10_000));
  t.deepEqual(
    collector.got.map(({request}) => request.toString()),
    ['two'],
  );
  t.is(relay.dropped(), 1);
});

test('a full queue drops and counts instead of waiting', async (t) => {
  const relay = startOtlpRelay('http://127.0.0.1:1', silent, 100);
  for (let index = 0; index < 5; index++) relay.offer('traces', Buffer.alloc(60));
  t.is(relay.dropped(), 4);
  await relay.stop(AbortSignal.abort());
  t.is(relay.dropped(), 5);
});

for (const endpoint of [
  'collector:4317',
  'http://',
  'ftp://collector',
  'http://user:secret@collector',
  'http://c/path',
]) {
  test(`${endpoint.replace(/secret/, '…')} is no endpoint, and the error does not repeat it`, (t) => {
    const error = t.throws(() => startOtlpRelay(endpoint, silent));
    t.is(errorCode(error), 'USAGE');
    t.false(error.message.includes('secret'));
  });
}
