import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {openHttpListener} from '../../../agent/listen/http-listener.ts';
import type {ListenerLimits} from '../../../agent/listen/limits.ts';
import type {ExchangeHandler} from '../../../agent/listen/listener.ts';
import {errorCode} from '../../../lib/errors.ts';
import {waitFor} from '../../support/wait.ts';

const GET = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';

async function listen(t: ExecutionContext, handler: ExchangeHandler, limits: Partial<ListenerLimits> = {}) {
  const listener = await openHttpListener({listen: '127.0.0.1:0', handler, limits});
  t.teardown(listener.close);
  return {listener, port: Number(listener.address.split(':')[1])};
}

/** A caller that speaks raw bytes; `text` is all it has read. */
async function caller(t: ExecutionContext, port: number) {
  const socket: Socket = connect({port, host: '127.0.0.1', allowHalfOpen: true});
  t.teardown(() => socket.destroy());
  const read = {socket, text: '', hasEnded: false};
  socket.on('error', () => undefined);
  socket.setEncoding('latin1').on('data', (text: string) => {
    read.text += text;
  });
  socket.on('end', () => {
    read.hasEnded = true;
  });
  await once(socket, 'connect');
  return read;
}

/** Reads until this many answers have come. */
async function answers(read: {text: string}, count: number): Promise<string> {
  return waitFor(`${count} answers`, 5_000, () =>
    (read.text.match(/HTTP\/1\.1 [2-5]/g)?.length ?? 0) >= count ? read.text : undefined,
  );
}

test('who never reads its answers is not asked for more of them', async (t) => {
  let asked = 0;
  const body = Buffer.alloc(10_000);
  const {port} = await listen(t, (_request, responder) => {
    asked += 1;
    responder.answer(200, {}, body);
  });
  const {socket} = await caller(t, port);
  socket.pause();
  socket.write(GET.repeat(20_000));
  let before = -1;
  const settled = await waitFor('the listener to stop', 10_000, () => {
    const isSettled = asked === before;
    before = asked;
    return isSettled ? asked : undefined;
  });
  // What the kernels of both sides hold, and little more.
  t.true(settled * body.length < 30_000_000, `answered ${settled} of 20000`);
  let size = 0;
  socket.on('data', (text: string) => {
    size += text.length;
  });
  socket.resume();
  await waitFor('the rest', 20_000, () => (size > 20_000 * body.length ? true : undefined));
  t.is(asked, 20_000);
});

test('nothing is taken behind the last request of a connection, however late its answer is read', async (t) => {
  const paths: string[] = [];
  const {port} = await listen(t, (request, responder) => {
    paths.push(request.path);
    responder.answer(200, {}, Buffer.alloc(20_000_000));
  });
  const {socket} = await caller(t, port);
  socket.pause();
  socket.write('GET /last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  await waitFor('the answer', 2_000, () => (paths.length === 1 ? true : undefined));
  for (let count = 0; count < 20; count++) {
    socket.write('GET /behind HTTP/1.1\r\nhost: x\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  t.deepEqual(paths, ['/last']);
});

test('a body that is too much and complete all the same leaves a connection that works', async (t) => {
  const {port} = await listen(t, (request, responder) => {
    request.body(10).then(
      (bytes) => {
        responder.answer(200, {}, bytes);
      },
      (error: unknown) => {
        responder.answer(413, {}, Buffer.from(errorCode(error)));
      },
    );
  });
  const read = await caller(t, port);
  const post = 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n';
  read.socket.write(post);
  await new Promise((resolve) => setTimeout(resolve, 20));
  read.socket.write(`14\r\n${'x'.repeat(20)}\r\n0\r\n\r\n`);
  t.regex(await answers(read, 1), /413 .*connection: keep-alive.*BODY_TOO_LARGE$/s);
  read.socket.write(`${post}2\r\nok\r\n0\r\n\r\n`);
  t.regex(await answers(read, 2), /ok$/);
});

test('a caller that ends its side before the answer has left, also in the middle of its body', async (t) => {
  const gone: string[] = [];
  const {port} = await listen(t, (request, responder) => {
    responder.onGone(() => {
      gone.push(request.path);
    });
    request.body(100).catch((error: unknown) => {
      gone.push(errorCode(error));
    });
  });
  const whole = await caller(t, port);
  whole.socket.end(GET.replace('/', '/whole'));
  await waitFor('the end', 2_000, () => (whole.hasEnded ? true : undefined));
  t.deepEqual(gone, ['/whole']);
  const half = await caller(t, port);
  half.socket.end('POST /half HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf');
  await waitFor('the end', 2_000, () => (half.hasEnded ? true : undefined));
  t.deepEqual(gone, ['/whole', '/half', 'CANCELLED']);
  t.is(whole.text + half.text, '');
});

test('another protocol is refused at its first byte', async (t) => {
  const {port} = await listen(t, () => t.fail());
  for (const bytes of ['\x16\x03\x01\x02\x00\x01\x00\x01', '\r\n\r\n', ' GET', '\0', 'get / HTTP/1.1\r\n', 'G\n']) {
    const read = await caller(t, port);
    read.socket.write(bytes, 'latin1');
    t.regex(await answers(read, 1), /^HTTP\/1\.1 400 /, JSON.stringify(bytes));
  }
});

test('a head that comes byte by byte is read like any other', async (t) => {
  const {port} = await listen(t, (request, responder) => {
    responder.answer(200, {}, Buffer.from(JSON.stringify(request.headers)));
  });
  const read = await caller(t, port);
  read.socket.setNoDelay(true);
  for (const byte of `GET / HTTP/1.1\r\nhost: x\r\na:\r\n${'b: c\r\n'.repeat(20)}\r\n`) {
    read.socket.write(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.true((await answers(read, 1)).endsWith(JSON.stringify({host: 'x', a: '', b: 'c, '.repeat(19) + 'c'})));
});

test('a caller of HTTP/1.0 gets no interim answer and no chunks', async (t) => {
  const {port} = await listen(t, (request, responder) => {
    void request.body(100).then((bytes) => {
      responder.interim();
      responder.head(200, {});
      responder.write(bytes);
      responder.end(Buffer.from(' there'));
    });
  });
  const read = await caller(t, port);
  read.socket.write('POST / HTTP/1.0\r\nexpect: 100-continue\r\nconnection: keep-alive\r\ncontent-length: 5\r\n\r\n');
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.is(read.text, '');
  read.socket.write('hello');
  await waitFor('the end', 2_000, () => (read.hasEnded ? true : undefined));
  t.regex(read.text, /^HTTP\/1\.1 200 OK\r\ndate: [^\r]+\r\nconnection: close\r\n\r\nhello there$/);
});

test('an answer that has no body is followed by the next answer alone', async (t) => {
  const {port} = await listen(t, ({path}, responder) => {
    if (path === '/whole') {
      responder.answer(304, {}, Buffer.from('hidden'));
      return;
    }
    responder.head(path === '/' ? 200 : 204, {});
    responder.write(Buffer.from('some'));
    responder.end(Buffer.from('thing'));
  });
  const read = await caller(t, port);
  for (const path of ['/whole', '/stream', '/']) read.socket.write(GET.replace('/', path));
  const head = String.raw`HTTP/1\.1 \d+ [\w ]+\r\ndate: [^\r]+\r\nconnection: keep-alive\r\nkeep-alive: timeout=75\r\n`;
  await waitFor('the last chunk', 2_000, () => (read.text.endsWith('0\r\n\r\n') ? true : undefined));
  const chunks = String.raw`transfer-encoding: chunked\r\n\r\n4\r\nsome\r\n5\r\nthing\r\n0\r\n\r\n`;
  t.regex(read.text, new RegExp(String.raw`^${head}\r\n${head}\r\n${head}${chunks}$`));
});

test('a listener that stops says so in the answers it still gives, and takes nothing more', async (t) => {
  const paths: string[] = [];
  const {port, listener} = await listen(t, ({path}, responder) => {
    paths.push(path);
    if (path === '/idle') responder.answer(200, {}, Buffer.alloc(0));
    else
      setTimeout(() => {
        responder.answer(200, {}, Buffer.alloc(0));
      }, 50);
  });
  const idle = await caller(t, port);
  idle.socket.write(GET.replace('/', '/idle'));
  t.regex(await answers(idle, 1), /connection: keep-alive/);
  const running = await caller(t, port);
  running.socket.write(GET.replace('/', '/running'));
  await waitFor('the request', 2_000, () => (paths.length === 2 ? true : undefined));
  listener.stopAccepting();
  idle.socket.write(GET.replace('/', '/late'));
  t.regex(await answers(running, 1), /connection: close/);
  await waitFor('both to end', 2_000, () => (idle.hasEnded && running.hasEnded ? true : undefined));
  t.deepEqual(paths, ['/idle', '/running']);
});

test('a caller that stays behind the last answer, silent or not, is left alone soon', async (t) => {
  const {port} = await listen(t, (_request, responder) => {
    responder.answer(200, {}, Buffer.from('last'));
  });
  const read = await caller(t, port);
  read.socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  const closed = new Promise<void>((resolve) =>
    read.socket.once('close', () => {
      resolve();
    }),
  );
  await waitFor('our side to end', 1_000, () => (read.hasEnded ? true : undefined));
  t.true(read.text.endsWith('\r\n\r\nlast'));
  // The caller does not end its own side; whatever it writes is thrown away until the connection is gone.
  const timer = setInterval(() => read.socket.write('x'), 4_000);
  t.teardown(() => {
    clearInterval(timer);
  });
  const waitedFrom = performance.now();
  await closed;
  t.true(performance.now() - waitedFrom < 20_000);
});
