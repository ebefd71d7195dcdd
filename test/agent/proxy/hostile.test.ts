import {once} from 'node:events';
import {connect} from 'node:net';
import test from 'ava';
import {bundleFrom} from '../../support/bundle-from.ts';
import {waitFor} from '../../support/wait.ts';
import {completion, type FakeUpstream, startUpstream} from './fake-upstream.ts';
import {CALLER_KEY, chat, type RunningProxy, startProxy, testPolicy} from './running-proxy.ts';

const ASK = '{"model":"gpt-test","messages":[{"role":"user","content":"hello"}]}';
const KEY = `authorization: Bearer ${CALLER_KEY}\r\n`;

async function answering(t: Parameters<typeof startUpstream>[0]): Promise<FakeUpstream> {
  return startUpstream(t, (_request, response) => {
    response.setHeader('content-type', 'application/json').end(completion('hello'));
  });
}

/** A request as a hostile client writes it. */
function written(line: string, headers: string, body = ASK): string {
  return `${line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
}

/** Sends raw bytes and reads until the peer closes. */
async function raw(weir: RunningProxy, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(weir.url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

test('no spelling of a path or method leads to a provider past its route', async (t) => {
  const upstream = await answering(t);
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const paths = [
    '/openai/../v1/chat/completions',
    '/openai/%2e%2e/v1/chat/completions',
    '/openai%2Fv1/chat/completions',
    '/%6fpenai/v1/chat/completions',
    '/OpenAI/v1/chat/completions',
    '/V1/chat/completions',
    '/v1/chat/completions/',
    '/v1/chat/completions;a=b',
    '/v1/chat/completions%00',
    '/openai\\v1\\chat\\completions',
    '/openai/v1/messages',
    '/anthropic/v1/chat/completions',
    '/__proto__/v1/chat/completions',
    'http://127.0.0.1/openai/v1/chat/completions',
    '*',
  ];
  const lines = [...paths.map((path) => `POST ${path}`), 'PUT /v1/chat/completions', 'TRACE /v1/models'];
  for (const line of lines) t.regex(await raw(weir, written(line, KEY)), /^HTTP\/1.1 404 /, line);
  t.regex(await raw(weir, written('POST /v1/models', `${KEY}x-http-method-override: GET\r\n`)), /^HTTP\/1.1 404 /);
  t.regex(await raw(weir, written('CONNECT example.com:443', KEY)), /^HTTP\/1.1 404 /);
  t.is(upstream.received.length, 0);
});

test('no framing of a request hides another one, or a credential, in it', async (t) => {
  const upstream = await answering(t);
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const post = 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n';
  const hidden = written('POST /v1/chat/completions', KEY);
  const broken: Record<string, string> = {
    'length and chunks': `${post}${KEY}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    'two lengths': `${post}${KEY}content-length: 0\r\ncontent-length: ${hidden.length}\r\n\r\n${hidden}`,
    'a signed length': `${post}${KEY}content-length: +${ASK.length}\r\n\r\n${ASK}`,
    'an unknown coding': `${post}${KEY}transfer-encoding: xchunked\r\n\r\n${ASK}`,
    'chunked not last': `${post}${KEY}transfer-encoding: chunked, identity\r\n\r\n${ASK}`,
    'a folded header': `${post}authorization: Bearer\r\n ${CALLER_KEY}\r\ncontent-length: ${ASK.length}\r\n\r\n${ASK}`,
    'a space before the colon': `${post}authorization : Bearer ${CALLER_KEY}\r\ncontent-length: 0\r\n\r\n`,
    'bare line feeds': `${post}${KEY}content-length: ${ASK.length}\r\n\r\n${ASK}`.replaceAll('\r', ''),
    'an endless chunk': `${post}${KEY}transfer-encoding: chunked\r\n\r\n10000000000000000\r\n${ASK}`,
    'a refused body': `${post}content-length: ${hidden.length}\r\n\r\n${hidden}`,
  };
  for (const [name, bytes] of Object.entries(broken)) {
    const answer = await raw(weir, bytes);
    t.regex(answer, /^HTTP\/1.1 40[01] /, name);
    t.is(answer.match(/HTTP\/1.1/g)?.length, 1, name);
  }
  t.is(upstream.received.length, 0);
});

test('a key given twice names nobody', async (t) => {
  const upstream = await answering(t);
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const other = 'authorization: Bearer other-not-a-real-key\r\n';
  for (const headers of [KEY + other, other + KEY, KEY + KEY, `x-api-key: ${CALLER_KEY}\r\nx-api-key: other\r\n`]) {
    t.regex(await raw(weir, written('POST /v1/chat/completions', headers)), /^HTTP\/1.1 401 /);
  }
  t.is(upstream.received.length, 0);
});

test('a body that takes its time keeps neither a revoked key nor an older policy alive', async (t) => {
  const upstream = await answering(t);
  const base = testPolicy(upstream.url);
  const changes: [policy: string | undefined, answer: RegExp][] = [
    [base.replace(/sha256:[0-9a-f]{64}/, `sha256:${'0'.repeat(64)}`), /"code":"unauthenticated"/],
    [base.replace('"project nightfall"', '"hello"'), /"code":"project_prohibited"/],
    [base.replace(', default: true, maxRequestBytes: 200000', ''), /"content":"hello"/],
    [undefined, /"code":"no_bundle"/],
  ];
  for (const [policy, answer] of changes) {
    const weir = await startProxy(t, {upstreamUrl: upstream.url});
    const socket = connect(Number(new URL(weir.url).port), '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const bytes = written('POST /v1/chat/completions', `${KEY}expect: 100-continue\r\n`);
    socket.write(bytes.slice(0, -ASK.length));
    // It is told to go on once it has been identified.
    await waitFor('100 Continue', 2_000, () => (text.includes(' 100 Continue') ? true : undefined));
    weir.policy = policy === undefined ? undefined : {bundle: bundleFrom(policy), mode: 'FRESH'};
    socket.write(ASK);
    await once(socket, 'close');
    t.regex(text, answer);
  }
  t.is(upstream.received.length, 1);
});

test('large requests beyond what the agent can hold are asked to come again, and leave room for others', async (t) => {
  const upstream = await startUpstream(t, (_request, response, body) => {
    if (body.includes('wait')) return;
    response.setHeader('content-type', 'application/json').end(completion('hello'));
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url, memoryBytes: 8 * 150_000});
  const leave = new AbortController();
  const large = (word: string, signal?: AbortSignal) =>
    fetch(`${weir.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {authorization: `Bearer ${CALLER_KEY}`},
      body: ASK.replace('hello', word + ' '.repeat(100_000)),
      ...(signal === undefined ? {} : {signal}),
    });
  const first = large('wait', leave.signal);
  await waitFor('the first request', 2_000, () => (upstream.received.length === 1 ? true : undefined));
  const second = await large('hello');
  t.is(second.status, 503);
  t.is(second.headers.get('x-should-retry'), 'true');
  t.is((await chat(weir.url, 'hello')).status, 200, 'a small request still fits');
  leave.abort();
  await t.throwsAsync(first);
  await weir.proxy.idle();
  t.is((await large('hello')).status, 200);
});
