import {once} from 'node:events';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import {createServer as createTlsServer, setDefaultCACertificates} from 'node:tls';
import test, {type ExecutionContext} from 'ava';
import {createHttpUpstream} from '../../../agent/proxy/http-upstream.ts';
import type {UpstreamClient, UpstreamRequest, UpstreamResponse} from '../../../agent/proxy/upstream.ts';
import {Cancellation} from '../../../lib/cancellation.ts';
import {errorCode, WeirError} from '../../../lib/errors.ts';
import {selfSigned} from '../../support/self-signed.ts';
import {waitFor} from '../../support/wait.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** A provider that speaks raw bytes; `answer` is called with every read of a connection. */
async function provider(
  t: ExecutionContext,
  answer: (socket: Socket, text: string) => void,
  options: {connections?: number; tls?: {cert: Buffer; key: Buffer}} = {},
) {
  const sockets: Socket[] = [];
  const accept = (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer(socket, text);
    });
  };
  const server = options.tls === undefined ? createServer(accept) : createTlsServer(options.tls, accept);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = createHttpUpstream(options.connections === undefined ? {} : {connections: options.connections});
  t.teardown(async () => {
    await client.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const origin = `http${options.tls === undefined ? '' : 's'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {sockets, client, origin, send: sender(client, origin)};
}

function sender(client: UpstreamClient, origin: string) {
  return async (more: Partial<UpstreamRequest> = {}, cancellation = new Cancellation()) =>
    client.send(
      {
        origin,
        method: 'POST',
        path: '/v1/x',
        headers: {},
        body: Buffer.from('hello'),
        connectTimeoutMs: 2_000,
        firstByteTimeoutMs: 5_000,
        idleTimeoutMs: 5_000,
        ...more,
      },
      cancellation,
    );
}

async function text(response: UpstreamResponse): Promise<string> {
  return new Promise((resolve, reject) => {
    let all = '';
    response.read({
      data: (chunk) => {
        all += chunk.toString('latin1');
      },
      end: () => {
        resolve(all);
      },
      fail: reject,
    });
  });
}

/** The code of the error that a call ends with; undefined for none. */
async function failure(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(() => undefined, errorCode);
}

const gone = () => new WeirError('CANCELLED', 'the caller left');

test('calls beyond the connections there may be wait in order, and those given up are not kept', async (t) => {
  const paths: string[] = [];
  const open: Socket[] = [];
  const {send, sockets} = await provider(
    t,
    (socket, request) => {
      paths.push(/^POST (\S+)/.exec(request)?.[1] ?? '');
      open.push(socket);
    },
    {connections: 1},
  );
  const first = send({path: '/first'});
  const leaving = new Cancellation();
  const second = send({path: '/second'}, leaving);
  const third = send({path: '/third'});
  await waitFor('the first', 2_000, () => (paths.length === 1 ? true : undefined));
  leaving.cancel(gone());
  t.is(await failure(second), 'CANCELLED');
  open[0]?.write(OK);
  t.is(await text(await first), 'ok');
  await waitFor('the third', 2_000, () => (paths.length === 2 ? true : undefined));
  open[1]?.write(OK);
  t.is(await text(await third), 'ok');
  t.deepEqual(paths, ['/first', '/third']);
  t.is(sockets.length, 1);
});

test('a call does not wait for a connection for ever', async (t) => {
  const {send} = await provider(t, () => undefined, {connections: 1});
  const leaving = new Cancellation();
  const first = send({connectTimeoutMs: 50}, leaving);
  t.is(await failure(send({connectTimeoutMs: 50})), 'UPSTREAM_UNREACHABLE');
  leaving.cancel(gone());
  t.is(await failure(first), 'CANCELLED');
});

test('a call that takes the place of one that was cut gets a connection of its own', async (t) => {
  const {send, sockets} = await provider(
    t,
    (socket, request) => {
      if (request.includes('/second')) socket.write(OK);
    },
    {connections: 1},
  );
  const leaving = new Cancellation();
  const first = send({path: '/first'}, leaving);
  await waitFor('the first', 2_000, () => (sockets.length === 1 ? true : undefined));
  const second = send({path: '/second'});
  leaving.cancel(gone());
  t.is(await failure(first), 'CANCELLED');
  t.is(await text(await second), 'ok');
  t.is(sockets.length, 2);
});

test('a peer that never becomes a TLS server is said so, and a call given up meanwhile is over', async (t) => {
  const silent = await provider(t, () => undefined);
  const origin = silent.origin.replace('http:', 'https:');
  t.is(await failure(silent.send({origin, connectTimeoutMs: 50})), 'UPSTREAM_UNREACHABLE');
  const leaving = new Cancellation();
  const call = silent.send({origin, connectTimeoutMs: 200}, leaving);
  leaving.cancel(gone());
  t.is(await failure(call), 'CANCELLED');
  const plain = await provider(t, (socket) => socket.write(OK));
  t.is(await failure(plain.send({origin: plain.origin.replace('http:', 'https:')})), 'UPSTREAM_UNREACHABLE');
});

test('only a provider whose certificate is vouched for is spoken to, at the pace of who reads', async (t) => {
  const {certificate: cert, key} = selfSigned('localhost', '127.0.0.1');
  const requests: string[] = [];
  const size = 8_000_000;
  const {send, sockets} = await provider(
    t,
    (socket, request) => {
      requests.push(request);
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n${'x'.repeat(size)}`);
    },
    {tls: {cert, key}},
  );
  t.is(await failure(send()), 'UPSTREAM_UNREACHABLE');
  t.deepEqual(requests, []);
  setDefaultCACertificates([cert.toString()]);
  for (let count = 0; count < 2; count++) {
    const response = await send();
    let read = 0;
    const done = new Promise<void>((resolve, reject) => {
      response.read({
        data: (chunk) => {
          read += chunk.length;
          response.pause();
          setImmediate(response.resume.bind(response));
        },
        end: resolve,
        fail: reject,
      });
    });
    await done;
    t.is(read, size);
  }
  t.is(requests.length, 2);
  t.is(sockets.length, 1, 'kept');
});

test('a connection that the provider closes while it is used again carries no request twice', async (t) => {
  const received: string[] = [];
  const {send} = await provider(t, (socket, request) => {
    received.push(/^POST (\S+)/.exec(request)?.[1] ?? '');
    socket.end(OK);
  });
  const outcomes: (string | undefined)[] = [];
  for (let count = 0; count < 200; count++) outcomes.push(await send({path: `/${count}`}).then(text, errorCode));
  t.deepEqual(new Set(outcomes), new Set(['ok', 'UPSTREAM_UNREACHABLE']));
  t.is(new Set(received).size, received.length);
});

test('an answer to a request that is still being sent ends its connection', async (t) => {
  const {send, sockets} = await provider(t, (socket) => {
    if (socket.isPaused()) return;
    socket.pause();
    socket.write(OK.replace('200 OK', '413 Too Large'));
  });
  for (let count = 0; count < 2; count++) {
    const response = await send({body: Buffer.alloc(20_000_000)});
    t.is(response.status, 413);
    t.is(await text(response), 'ok');
  }
  t.is(sockets.length, 2);
});

test('a connection is not kept where the provider hardly keeps it', async (t) => {
  const {send, sockets} = await provider(t, (socket) => {
    socket.write(OK.replace('content', 'keep-alive: timeout=1\r\ncontent'));
  });
  for (let count = 0; count < 2; count++) t.is(await text(await send()), 'ok');
  t.is(sockets.length, 2);
});

test('interim answers are passed over, however many, and do not make up for the answer', async (t) => {
  const interim = 'HTTP/1.1 102 Processing\r\n\r\n';
  const many = await provider(t, (socket) => socket.write(`${interim.repeat(20_000)}${OK}`));
  t.is(await text(await many.send()), 'ok');
  t.is(await text(await many.send()), 'ok');
  t.is(many.sockets.length, 1);
  const endless = await provider(t, (socket) => {
    const timer = setInterval(() => socket.write(interim), 5);
    socket.once('close', () => {
      clearInterval(timer);
    });
  });
  t.is(await failure(endless.send({firstByteTimeoutMs: 100})), 'UPSTREAM_TIMEOUT');
});

test('an answer without a body is over with its head', async (t) => {
  const {send, sockets} = await provider(t, (socket) => {
    socket.write('HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n');
  });
  for (let count = 0; count < 2; count++) t.is(await text(await send()), '');
  t.is(sockets.length, 1);
});

test('no path can start another request', async (t) => {
  const {send, sockets} = await provider(t, (socket) => socket.write(OK));
  for (const path of ['/a b', '/a\r\nx: y', '/\u010a', '/\u0120HTTP', 'x', '']) {
    t.is(await failure(send({path})), 'INTERNAL', JSON.stringify(path));
  }
  t.is(sockets.length, 0);
});

test('closing ends every call, those that wait too, and takes no more', async (t) => {
  const {send, client, sockets} = await provider(t, () => undefined, {connections: 2});
  const calls = Array.from({length: 6}, async () => failure(send()));
  await waitFor('two connections', 2_000, () => (sockets.length === 2 ? true : undefined));
  await client.close();
  t.deepEqual(await Promise.all(calls), Array(6).fill('UPSTREAM_UNREACHABLE'));
  t.is(await failure(send()), 'DRAINING');
});
