import {once} from 'node:events';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {createHttpUpstream} from '../../../agent/proxy/http-upstream.ts';
import type {UpstreamRequest, UpstreamResponse} from '../../../agent/proxy/upstream.ts';
import {Cancellation} from '../../../lib/cancellation.ts';
import {errorCode, WeirError} from '../../../lib/errors.ts';

/** A provider that speaks raw bytes: `answer` is called with every read of a connection. */
async function provider(t: ExecutionContext, answer: (socket: Socket, text: string) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer(socket, text);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = createHttpUpstream();
  t.teardown(async () => {
    await client.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const send = async (more: Partial<UpstreamRequest> = {}, cancellation = new Cancellation()) =>
    client.send(
      {
        origin,
        method: 'POST',
        path: '/v1/x?y=1',
        headers: {'x-a': 'b'},
        body: Buffer.from('hello'),
        connectTimeoutMs: 5_000,
        firstByteTimeoutMs: 5_000,
        idleTimeoutMs: 5_000,
        ...more,
      },
      cancellation,
    );
  return {send, sockets, client, origin};
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

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

test('a request is one message, and its connection is kept for the next', async (t) => {
  const requests: string[] = [];
  const {send, sockets} = await provider(t, (socket, request) => {
    requests.push(request);
    socket.write(OK);
  });
  t.is(await text(await send()), 'ok');
  t.is(await text(await send({method: 'GET', body: undefined})), 'ok');
  t.is(sockets.length, 1);
  t.regex(
    requests[0] ?? '',
    /^POST \/v1\/x\?y=1 HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\nx-a: b\r\ncontent-length: 5\r\n\r\nhello$/,
  );
  t.regex(requests[1] ?? '', /^GET \/v1\/x\?y=1 HTTP\/1\.1\r\nhost: [^\r]+\r\nx-a: b\r\n\r\n$/);
});

test('an answer is read the same however it is cut', async (t) => {
  const whole =
    'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nA: b\r\n\r\n' +
    '5;x=y\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n';
  for (let cut = 1; cut < whole.length; cut += 3) {
    const {send} = await provider(t, (socket) => {
      socket.write(whole.slice(0, cut));
      setTimeout(() => socket.write(whole.slice(cut)), 1);
    });
    const response = await send();
    t.is(response.status, 200);
    t.is(response.headers['a'], 'b');
    t.is(await text(response), 'hello, world', String(cut));
  }
});

test('a body without length ends with its connection, which is not used again', async (t) => {
  const {send, sockets} = await provider(t, (socket) => {
    socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end');
  });
  t.is(await text(await send()), 'until the end');
  t.is(await text(await send()), 'until the end');
  t.is(sockets.length, 2);
});

test('a connection is not used again after close, or after more than was asked for', async (t) => {
  const answers = [OK.replace('content', 'connection: close\r\ncontent'), `${OK}HTTP/1.1 200 OK\r\n\r\n`, OK];
  const {send, sockets} = await provider(t, (socket) => {
    socket.write(answers.shift() ?? OK);
  });
  for (let count = 0; count < 3; count++) t.is(await text(await send()), 'ok');
  t.is(sockets.length, 3);
});

test('an answer that two parsers could read in two ways is none', async (t) => {
  const wrong = [
    'HTTP/1.1 200 OK\ncontent-length: 2\n\nok\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok',
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n',
    'HTTP/2 200\r\n\r\n',
    'nonsense\r\n\r\n',
    `HTTP/1.1 200 OK\r\na: ${'x'.repeat(70_000)}`,
  ];
  for (const answer of wrong) {
    const {send} = await provider(t, (socket) => {
      socket.write(answer);
    });
    t.is(await failure(send()), 'UPSTREAM_INVALID', answer.slice(0, 40));
  }
  const {send} = await provider(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nokay\r\n');
  });
  t.is(await failure(text(await send())), 'UPSTREAM_INVALID');
});

test('a provider that breaks off, is silent, or cannot be reached is said so', async (t) => {
  const cut = await provider(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nok');
    setTimeout(() => socket.destroy(), 5);
  });
  t.is(await failure(text(await cut.send())), 'UPSTREAM_UNREACHABLE');
  const silent = await provider(t, () => undefined);
  t.is(await failure(silent.send({firstByteTimeoutMs: 20})), 'UPSTREAM_TIMEOUT');
  const stalled = await provider(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nok');
  });
  t.is(await failure(text(await stalled.send({idleTimeoutMs: 20}))), 'UPSTREAM_TIMEOUT');
  t.is(await failure(silent.send({origin: 'http://127.0.0.1:1'})), 'UPSTREAM_UNREACHABLE');
});

test('a stream that moves is never silent, and one that nobody reads is not the provider to blame', async (t) => {
  const {send} = await provider(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    let sent = 0;
    const timer = setInterval(() => {
      sent += 1;
      socket.write(sent < 12 ? '1\r\nx\r\n' : '0\r\n\r\n');
      if (sent === 12) clearInterval(timer);
    }, 20);
  });
  t.is(await text(await send({idleTimeoutMs: 600})), 'x'.repeat(11));
  const paused = await send({idleTimeoutMs: 600});
  const all = text(paused);
  paused.pause();
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  paused.resume();
  t.is(await all, 'x'.repeat(11));
});

test('a call that is cancelled closes its connection, before the head and after', async (t) => {
  const {send, sockets} = await provider(t, (socket, request) => {
    if (request.includes('/head')) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nok');
  });
  for (const path of ['/none', '/head']) {
    const cancellation = new Cancellation();
    const sent = send({path}, cancellation);
    const response = path === '/head' ? await sent : undefined;
    while (sockets.length < (path === '/none' ? 1 : 2)) await new Promise((resolve) => setTimeout(resolve, 2));
    cancellation.cancel(new WeirError('CANCELLED', 'the caller left'));
    if (response === undefined) t.is(await failure(sent), 'CANCELLED');
    else t.is(await failure(text(response)), 'CANCELLED');
    const socket = sockets.at(-1);
    while (socket?.destroyed === false) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  t.is(await failure(send({}, cancelled())), 'CANCELLED');
});

function cancelled(): Cancellation {
  const cancellation = new Cancellation();
  cancellation.cancel(new WeirError('CANCELLED', 'long ago'));
  return cancellation;
}
