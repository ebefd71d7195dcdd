import {Client, type ClientDuplexStream, type ServiceError, status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {WeirError} from '../../../lib/errors.ts';
import {connectGrpc, listenGrpc} from '../../../lib/grpc/channel.ts';
import {fromServiceError} from '../../../lib/grpc/client.ts';
import {rawMethod} from '../../../lib/grpc/raw-method.ts';
import {bidi} from '../../../lib/grpc/server.ts';
import {waitFor} from '../../support/wait.ts';

type Handler = Parameters<typeof bidi<Buffer, Buffer>>[0];

const PATH = '/weir.test.Echo/Talk';
const asIs = (bytes: Buffer) => bytes;

/** A stream to a server whose only method is this handler, and the errors that the server reported. */
async function talk(
  t: ExecutionContext,
  handler: Handler,
): Promise<{stream: ClientDuplexStream<Buffer, Buffer>; reported: unknown[]}> {
  const reported: unknown[] = [];
  const server = await listenGrpc('127.0.0.1:0', {kind: 'insecure'}, (grpc) => {
    const method = bidi(handler, (_method, error) => {
      reported.push(error);
    });
    grpc.addService({talk: rawMethod(PATH, {request: true, response: true})}, {talk: method});
  });
  const connection = connectGrpc(server.address, {kind: 'insecure'});
  t.teardown(async () => {
    connection.close();
    await server.stop(AbortSignal.abort());
  });
  return {stream: connection.client(Client).makeBidiStreamRequest(PATH, asIs, asIs), reported};
}

async function received(stream: AsyncIterable<unknown>): Promise<string[]> {
  const texts: string[] = [];
  for await (const bytes of stream) texts.push(String(bytes));
  return texts;
}

const echo: Handler = async (requests, _context, send) => {
  for await (const request of requests) await send(request);
};

test('a stream that the client ends gets its status after every answer', async (t) => {
  const {stream} = await talk(t, echo);
  for (const text of ['a', 'b', 'c']) stream.write(Buffer.from(text));
  stream.end();
  t.deepEqual(await received(stream), ['a', 'b', 'c']);
});

test('an error thrown while reading reaches a client that is still sending', async (t) => {
  const {stream, reported} = await talk(t, async (requests) => {
    for await (const request of requests) throw new WeirError('RECORD_CONFLICT', `not ${request.toString()}`);
  });
  stream.write(Buffer.from('this'));
  const error = await t.throwsAsync<ServiceError>(received(stream));
  t.is(error.code, status.FAILED_PRECONDITION);
  t.like(fromServiceError(error), {code: 'RECORD_CONFLICT', message: 'not this'});
  t.deepEqual(reported, []);
});

test('a client that leaves ends the reading, and nobody is told of an error', async (t) => {
  let isOver = false;
  const {stream, reported} = await talk(t, async (requests, context, send) => {
    try {
      await echo(requests, context, send);
    } finally {
      isOver = true;
    }
  });
  stream.on('error', () => undefined);
  stream.write(Buffer.from('a'));
  stream.once('data', () => {
    stream.cancel();
  });
  t.true(await waitFor('the end', 10_000, () => isOver || undefined));
  t.deepEqual(reported, []);
});
