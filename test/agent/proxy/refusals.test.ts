import {once} from 'node:events';
import {createServer} from 'node:http';
import {connect} from 'node:net';
import test from 'ava';
import {Action, CallerKind, Outcome} from '../../../proto/gen/weir/record/v1/record.ts';
import {completion, startUpstream} from './fake-upstream.ts';
import {CALLER_KEY, chat, type RunningProxy, startProxy, testPolicy} from './running-proxy.ts';

interface OpenAiError {
  error: {message: string; type: string; param: null; code: string};
}

async function post(weir: RunningProxy, path: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(weir.url + path, {
    method: 'POST',
    headers: {authorization: `Bearer ${CALLER_KEY}`, 'content-type': 'application/json', ...headers},
    body,
  });
  return {response, json: (await response.json()) as OpenAiError};
}

const ASK = '{"model":"gpt-test","messages":[{"role":"user","content":"hello"}]}';

test("what a rule blocks never reaches the provider, and the caller reads the rule's own answer once", async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end());
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const response = await chat(weir.url, 'Tell me of Project Nightfall and TICKET-1');
  t.is(response.status, 400);
  t.is(response.headers.get('x-should-retry'), 'false');
  t.like(await response.json(), {
    error: {code: 'project_prohibited', message: 'This project may not be discussed.'},
  });
  t.is(upstream.received.length, 0);
  const {started, ended} = await weir.last();
  t.is(started.verdict?.action, Action.BLOCK);
  t.false(started.request?.inline.toString().includes('TICKET-1'), 'also what is blocked is recorded masked');
  t.like(ended, {outcome: Outcome.BLOCKED, status: 400, upstreamStatus: 0, errorCode: 'BLOCKED'});
});

test("a whole response that a rule blocks is replaced by the rule's answer", async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.setHeader('content-type', 'application/json').end(completion('project nightfall canary'));
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const response = await chat(weir.url, 'hello');
  t.is(response.status, 400);
  const text = await response.text();
  t.true(text.includes('project_prohibited') && !text.includes('canary'), `got ${text}`);
  t.like((await weir.last()).ended, {outcome: Outcome.BLOCKED, status: 400, upstreamStatus: 200});
});

test('an exchange that no policy applies to is refused', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end());
  const policy = testPolicy(upstream.url).replace('[chat, embeddings, models]', '[embeddings]');
  const weir = await startProxy(t, {upstreamUrl: upstream.url, policy});
  const {response, json} = await post(weir, '/v1/chat/completions', ASK);
  t.is(response.status, 400);
  t.is(json.error.code, 'no_policy');
  t.is(upstream.received.length, 0);
});

test("without a key, or with an unknown one, a caller gets 401 in the provider's shape", async (t) => {
  const weir = await startProxy(t, {upstreamUrl: 'http://127.0.0.1:1'});
  const openai = await post(weir, '/v1/chat/completions', ASK, {authorization: 'Bearer unknown-not-a-real-key'});
  t.is(openai.response.status, 401);
  t.like(openai.json, {error: {type: 'authentication_error', code: 'unauthenticated'}});
  const anthropic = await fetch(`${weir.url}/v1/messages`, {method: 'POST', body: ASK});
  t.is(anthropic.status, 401);
  t.like(await anthropic.json(), {type: 'error', error: {type: 'authentication_error'}});
  const {started, ended} = await weir.last();
  t.is(started.caller?.kind, CallerKind.UNIDENTIFIED);
  t.like(ended, {outcome: Outcome.REFUSED, status: 401, errorCode: 'UNAUTHENTICATED'});
  t.false(JSON.stringify(weir.logs.lines()).includes('unknown-not-a-real-key'));
});

test('refusals of callers nobody knows are recorded one by one up to a limit, then counted', async (t) => {
  const weir = await startProxy(t, {upstreamUrl: 'http://127.0.0.1:1', quota: 3});
  for (let count = 0; count < 10; count++) {
    const {response} = await post(weir, '/v1/chat/completions', ASK, {authorization: 'Bearer wrong'});
    t.is(response.status, 401);
  }
  t.is(weir.recorder.kept.filter(({kind}) => kind === 'ended').length, 3);
  await weir.quota.flush();
  t.deepEqual(weir.recorder.kept.at(-1), {kind: 'gap', reason: 'refused:unauthenticated', exchanges: 7});
  await weir.quota.flush();
  t.is(weir.recorder.kept.filter(({kind}) => kind === 'gap').length, 1);
});

test('a path that is not governed is refused, not passed on', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end());
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  for (const path of [
    '/v1/responses',
    '/openai/v1/files',
    '/openai',
    '/nobody/v1/chat/completions',
    '/v1/chat/completions/x',
  ]) {
    const {response, json} = await post(weir, path, ASK);
    t.is(response.status, 404, `at ${path}`);
    t.is(json.error.code, 'unknown_operation', `at ${path}`);
  }
  t.is((await fetch(`${weir.url}/v1/chat/completions`)).status, 404);
  t.is(upstream.received.length, 0);
  t.is((await weir.last()).ended.outcome, Outcome.REFUSED);
});

test("a provider is named by the first part of the path, or is the dialect's default", async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.setHeader('content-type', 'application/json').end(completion('hello'));
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  for (const path of ['/v1/chat/completions', '/openai/v1/chat/completions', '//v1/chat/completions']) {
    t.is((await post(weir, path, ASK)).response.status, 200, `at ${path}`);
  }
  t.deepEqual([...new Set(upstream.received.map(({url}) => url))], ['/v1/chat/completions']);
});

test('a body that cannot be read is refused with what is wrong, never with its text', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end());
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const bad: [body: string, headers?: Record<string, string>][] = [
    ['{"model":"gpt-test","messages":[{"role":"user","content":"canary'],
    ['["canary"]'],
    ['{"model":"gpt-test","messages":[],"messages":[{"role":"user","content":"canary"}]}'],
    ['canary', {'content-encoding': 'gzip'}],
    [ASK, {'x-weir-dataset': 'two words'}],
  ];
  for (const [body, headers] of bad) {
    const {response, json} = await post(weir, '/v1/chat/completions', body, headers);
    t.is(response.status, 400, body);
    t.is(json.error.code, 'body_unreadable', body);
    t.false(json.error.message.includes('canary'));
    t.like((await weir.last()).ended, {outcome: Outcome.REFUSED, errorCode: 'BODY_UNREADABLE'});
  }
  const large = await post(weir, '/v1/chat/completions', JSON.stringify({model: 'm', pad: 'x'.repeat(200_000)}));
  t.is(large.response.status, 413);
  t.is(large.json.error.code, 'body_too_large');
  t.is(upstream.received.length, 0);
});

test("a body that arrives too slowly gets 408 in the provider's shape", async (t) => {
  const weir = await startProxy(t, {
    upstreamUrl: 'http://127.0.0.1:1',
    limits: {requestTimeoutMs: 600, checkIntervalMs: 50},
  });
  const socket = connect(Number(new URL(weir.url).port), '127.0.0.1');
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${CALLER_KEY}\r\ncontent-length: 9\r\n\r\n{`,
  );
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  await once(socket, 'close');
  t.regex(answer, /^HTTP\/1.1 408 /);
  t.regex(answer, /"code":"body_timeout"/);
});

test('without a bundle, or with one that is too old, nothing passes', async (t) => {
  const weir = await startProxy(t, {upstreamUrl: 'http://127.0.0.1:1'});
  const {policy} = weir;
  weir.policy = undefined;
  const none = await post(weir, '/v1/chat/completions', ASK);
  t.is(none.response.status, 503);
  t.is(none.json.error.code, 'no_bundle');
  t.is(none.response.headers.get('x-should-retry'), 'true');
  t.truthy(none.response.headers.get('retry-after'));
  const anthropic = await fetch(`${weir.url}/v1/messages`, {method: 'POST', body: ASK});
  t.like(await anthropic.json(), {type: 'error'});
  weir.policy = policy === undefined ? undefined : {...policy, mode: 'EXPIRED'};
  t.is((await post(weir, '/v1/chat/completions', ASK)).json.error.code, 'policy_expired');
  weir.policy = policy === undefined ? undefined : {...policy, mode: 'STALE'};
  t.is((await post(weir, '/v1/chat/completions', ASK)).json.error.code, 'upstream_unreachable');
});

test('a provider that is down, or silent, is said so', async (t) => {
  const down = await startProxy(t, {upstreamUrl: 'http://127.0.0.1:1'});
  const refused = await post(down, '/v1/chat/completions', ASK);
  t.is(refused.response.status, 502);
  t.is(refused.json.error.code, 'upstream_unreachable');
  t.like((await down.last()).ended, {outcome: Outcome.UPSTREAM_ERROR, status: 502, upstreamStatus: 0});

  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => {
    silent.close();
    silent.closeAllConnections();
  });
  const address = silent.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
  const policy = testPolicy(url).replace('default: true, max', 'default: true, timeouts: {firstByte: 1s}, max');
  const weir = await startProxy(t, {upstreamUrl: url, policy});
  const late = await post(weir, '/v1/chat/completions', ASK);
  t.is(late.response.status, 504);
  t.is(late.json.error.code, 'upstream_timeout');
});

test("a credential that may not go to the provider's host stays here", async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end());
  const weir = await startProxy(t, {
    upstreamUrl: upstream.url,
    credential: 'upstream-key=env:UPSTREAM_KEY@elsewhere.example.com',
  });
  const {response, json} = await post(weir, '/v1/chat/completions', ASK);
  t.is(response.status, 502);
  t.is(json.error.code, 'credential_host_refused');
  t.is(upstream.received.length, 0);
  const missing = await startProxy(t, {upstreamUrl: upstream.url, credential: 'other=env:UPSTREAM_KEY@127.0.0.1'});
  t.is((await post(missing, '/v1/chat/completions', ASK)).json.error.code, 'credential_unavailable');
});

test('a guard that throws blocks', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end());
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const {policy} = weir;
  const broken = new Proxy(policy?.bundle ?? {}, {
    get: (target, name) => {
      if (name === 'agentGroup') throw new TypeError('canary');
      return Reflect.get(target, name) as unknown;
    },
  });
  weir.policy = {bundle: broken as never, mode: 'FRESH'};
  const {response, json} = await post(weir, '/v1/chat/completions', ASK);
  t.is(response.status, 400);
  t.is(json.error.code, 'guard_failed');
  t.false(json.error.message.includes('canary'));
  t.is(upstream.received.length, 0);
  t.is((await weir.last()).ended.outcome, Outcome.BLOCKED);
  t.true(weir.logs.has('a guard failed and the exchange was blocked'));
});

test('a stop refuses new requests, and what is cut is recorded as cut', async (t) => {
  const upstream = await startUpstream(t, () => undefined);
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const running = post(weir, '/v1/chat/completions', ASK);
  while (upstream.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  weir.proxy.drain();
  t.is((await post(weir, '/v1/chat/completions', ASK)).json.error.code, 'draining');
  weir.proxy.cut();
  const cut = await running;
  t.is(cut.response.status, 503);
  t.is(cut.json.error.code, 'draining');
  t.like((await weir.last()).ended, {outcome: Outcome.CUT});
});
