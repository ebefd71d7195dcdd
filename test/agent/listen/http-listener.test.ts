import {once} from 'node:events';
import {connect} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {openHttpListener} from '../../../agent/listen/http-listener.ts';
import type {ListenerLimits} from '../../../agent/listen/limits.ts';
import type {ExchangeHandler, InboundRequest} from '../../../agent/listen/listener.ts';
import {errorCode} from '../../../lib/errors.ts';

async function listen(t: ExecutionContext, handler: ExchangeHandler, limits: Partial<ListenerLimits> = {}) {
  const listener = await openHttpListener({listen: '127.0.0.1:0', handler, limits});
  t.teardown(listener.close);
  return {listener, port: Number(listener.address.split(':')[1]), url: `http://${listener.address}`};
}

/** Answers with what the body was, or with the code of what was wrong with it. */
function echo(limitBytes: number): ExchangeHandler {
  return (request, responder) => {
    request.body(limitBytes).then(
      (bytes) => {
        responder.answer(200, {}, bytes);
      },
      (error: unknown) => {
        responder.answer(400, {}, Buffer.from(errorCode(error)));
      },
    );
  };
}

/** Sends raw bytes and reads until the peer closes. */
async function raw(port: number, ...parts: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  for (const part of parts) socket.write(part);
  // However it closes: a peer may also reset the connection.
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

test('a body arrives whole, chunked or not', async (t) => {
  const {url, port} = await listen(t, echo(1_000));
  const response = await fetch(url, {method: 'POST', body: 'hello'});
  t.is(await response.text(), 'hello');
  const chunked = await raw(
    port,
    'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n',
    '3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n',
  );
  t.true(chunked.endsWith('\r\n\r\nhello'), `got ${chunked}`);
});

test('a body over the limit is refused, and the refusal can be read by a caller that still sends', async (t) => {
  const {url, port} = await listen(t, echo(1_000));
  const stated = await fetch(url, {method: 'POST', body: 'x'.repeat(2_000_000)});
  t.is(await stated.text(), 'BODY_TOO_LARGE');
  const chunked = await raw(
    port,
    'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n',
    `800\r\n${'x'.repeat(0x800)}\r\n`,
  );
  t.true(chunked.endsWith('BODY_TOO_LARGE'), `got ${chunked}`);
  t.regex(chunked, /connection: close/);
});

test('a body that arrives too slowly is told so', async (t) => {
  const {port} = await listen(t, echo(1_000), {requestTimeoutMs: 100, checkIntervalMs: 20});
  const answer = await raw(port, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc');
  t.true(answer.endsWith('BODY_TIMEOUT'), `got ${answer}`);
});

test('headers that arrive too slowly, are too large or are no HTTP get a bare status', async (t) => {
  const {port} = await listen(t, echo(1_000), {
    headersTimeoutMs: 100,
    requestTimeoutMs: 100,
    checkIntervalMs: 20,
    headerBytes: 2_048,
  });
  t.regex(await raw(port, 'POST / HTTP/1.1\r\nhost: x\r\n'), /^HTTP\/1.1 408 /);
  t.regex(await raw(port, `GET / HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(4_096)}\r\n\r\n`), /^HTTP\/1.1 431 /);
  t.regex(await raw(port, 'nonsense\r\n\r\n'), /^HTTP\/1.1 400 /);
});

test('Expect: 100-continue is answered when the body is wanted, and not before', async (t) => {
  const {port} = await listen(t, echo(1_000));
  const socket = connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.write('POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\nconnection: close\r\n\r\n');
  const [first] = (await once(socket, 'data')) as [Buffer];
  t.is(first.toString(), 'HTTP/1.1 100 Continue\r\n\r\n');
  socket.write('hello');
  const [second] = (await once(socket, 'data')) as [Buffer];
  t.true(second.toString().startsWith('HTTP/1.1 200 OK'));

  const refusing = await listen(t, (_request, responder) => {
    responder.answer(401, {}, Buffer.from('no'));
  });
  const refused = await raw(
    refusing.port,
    'POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n',
  );
  t.regex(refused, /^HTTP\/1.1 401 /);
  t.regex(refused, /connection: close/);
});

test('a connection is kept for the next request', async (t) => {
  const {port} = await listen(t, echo(1_000));
  const one = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nab';
  const answer = await raw(port, one, one.replace('host: x', 'host: x\r\nconnection: close'));
  t.is(answer.match(/HTTP\/1.1 200 OK/g)?.length, 2);
});

test('a connection that asks for too much at once is cut, and what it asked for is given up', async (t) => {
  let asked = 0;
  let gone = 0;
  const {port} = await listen(
    t,
    (_request, responder) => {
      asked += 1;
      responder.onGone(() => {
        gone += 1;
      });
    },
    {pipelinedBytes: 1_000},
  );
  t.is(await raw(port, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(5_000)), '');
  t.is(asked, 1);
  while (gone < asked) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('requests that are sent ahead are answered in order, one after the other', async (t) => {
  let running = 0;
  const {port} = await listen(t, (request, responder) => {
    running += 1;
    t.is(running, 1);
    setTimeout(() => {
      running -= 1;
      responder.answer(200, {}, Buffer.from(request.path));
    }, 5);
  });
  const ask = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nhost: x\r\n${more}\r\n`;
  const answer = await raw(
    port,
    ask('/a') + ask('/b') + 'HEAD / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(500),
    ask('/c', 'connection: close\r\n'),
  );
  t.is(answer.match(/HTTP\/1.1 200 OK/g)?.length, 503);
  t.true(answer.indexOf('/a') < answer.indexOf('/b') && answer.indexOf('/b') < answer.indexOf('/c'));
});

test('HEAD / says that somebody is here, and a doubled leading slash is one', async (t) => {
  const requests: InboundRequest[] = [];
  const {port} = await listen(t, (request, responder) => {
    requests.push(request);
    responder.answer(200, {}, Buffer.alloc(0));
  });
  t.regex(await raw(port, 'HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'), /^HTTP\/1.1 200 /);
  await raw(port, 'GET //v1/models?beta=true HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  t.like(requests[0], {method: 'GET', path: '/v1/models', query: 'beta=true', clientAddress: '127.0.0.1'});
  t.is(requests.length, 1);
});

test('a caller that leaves is noticed, before the head and after', async (t) => {
  const gone: string[] = [];
  const {port} = await listen(t, (request, responder) => {
    responder.onGone(() => {
      gone.push(request.path);
    });
    if (request.path === '/after') {
      responder.head(200, {});
      responder.write(Buffer.from('some'));
    }
  });
  for (const path of ['/before', '/after']) {
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    if (path === '/after') await once(socket, 'data');
    else await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
  }
  while (gone.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  t.deepEqual(gone.toSorted(), ['/after', '/before']);
});

test('a slow reader holds the writer back', async (t) => {
  const {port} = await listen(t, (_request, responder) => {
    responder.head(200, {});
    const write = async () => {
      let hasWaited = false;
      for (let sent = 0; sent < 200 && !hasWaited; sent++) {
        if (responder.write(Buffer.alloc(64 * 1024))) continue;
        await responder.drained();
        hasWaited = true;
      }
      responder.end(Buffer.from(hasWaited ? 'waited' : 'never waited'));
    };
    void write();
  });
  const answer = await raw(port, 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  t.true(answer.includes('\nwaited\r\n'));
});

test('a port that is taken is one clear line', async (t) => {
  const {listener} = await listen(t, echo(1));
  const error = await t.throwsAsync(openHttpListener({listen: listener.address, handler: echo(1)}));
  t.is(errorCode(error), 'PORT_IN_USE');
  t.is(error.message, `${listener.address} is already in use; stop what listens there or choose another port`);
  const wrong = await t.throwsAsync(openHttpListener({listen: 'nowhere', handler: echo(1)}));
  t.is(errorCode(wrong), 'USAGE');
});
