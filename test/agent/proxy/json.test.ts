import {createHash} from 'node:crypto';
import test from 'ava';
import {Action, CallerKind, Outcome} from '../../../proto/gen/weir/record/v1/record.ts';
import {completion, startUpstream} from './fake-upstream.ts';
import {CALLER_KEY, chat, startProxy, UPSTREAM_KEY} from './running-proxy.ts';

test("a request reaches the provider byte for byte, with its credential in place of the caller's key", async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.setHeader('content-type', 'application/json').end(completion('hello'));
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const body =
    '{"model":"gpt-test",  "messages":[{"role":"user","content":"h\\u00e9llo"}], "seed": 12345678901234567890}';
  const response = await fetch(`${weir.url}/v1/chat/completions?key=${CALLER_KEY}&debug=1`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${CALLER_KEY}`,
      'content-type': 'application/json',
      cookie: 'a=b',
      baggage: 'user=ana',
      'openai-organization': 'org-x',
      'x-stainless-lang': 'js',
    },
    body,
  });
  t.is(response.status, 200);
  t.is(await response.text(), completion('hello'));
  const [received] = upstream.received;
  t.is(received?.body, body);
  t.is(received?.url, '/v1/chat/completions');
  t.is(received?.headers.authorization, `Bearer ${UPSTREAM_KEY}`);
  t.is(received?.headers['x-stainless-lang'], 'js');
  t.is(received?.headers['accept-encoding'], 'identity');
  t.deepEqual(
    ['cookie', 'baggage', 'openai-organization', 'x-api-key'].filter((name) => name in (received?.headers ?? {})),
    [],
  );
  t.false(JSON.stringify(received).includes(CALLER_KEY));
});

test('an exchange leaves one start and one end, with all that an auditor asks for', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.setHeader('content-type', 'application/json').end(completion('see TICKET-7'));
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const response = await chat(weir.url, 'about TICKET-42, please');
  t.is(
    ((await response.json()) as {choices: {message: {content: string}}[]}).choices[0]?.message.content,
    'see [tickets]',
  );
  t.false(upstream.received[0]?.body.includes('TICKET-42'));
  const {started, ended} = await weir.last();
  t.is(weir.recorder.kept.length, 2);
  t.is(response.headers.get('x-weir-exchange'), started.exchangeId);
  t.like(started, {
    caller: {
      subject: 'svc:billing',
      groups: ['engineering'],
      kind: CallerKind.API_KEY,
      authority: 'billing',
      datasets: [],
    },
    provider: 'openai',
    dialect: 'openai',
    operation: 'chat',
    model: 'gpt-test',
    method: 'POST',
    stream: false,
    clientAddress: '127.0.0.1',
  });
  t.is(started.verdict?.action, Action.MASK);
  t.is(started.request?.inline.toString(), upstream.received[0]?.body);
  t.regex(started.sessionId, /^[0-9a-f-]{36}$/);
  t.like(ended, {
    outcome: Outcome.COMPLETED,
    status: 200,
    upstreamStatus: 200,
    finishReasons: ['stop'],
    responseModel: 'gpt-test-1',
    responseId: 'chatcmpl-1',
    errorCode: '',
  });
  t.is(ended.usage?.inputTokens, 3n);
  t.is(ended.usage?.outputTokens, 5n);
  t.is(ended.responseVerdict?.action, Action.MASK);
  t.is(ended.response?.inline.toString(), completion('see [tickets]'));
  t.is(ended.chunks.length, 1);
});

test('the caller hears nothing before the end of the exchange is durable', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.setHeader('content-type', 'application/json').end(completion('hello'));
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const gate = Promise.withResolvers<undefined>();
  weir.recorder.endGate = gate.promise;
  let hasAnswered = false;
  const answered = chat(weir.url, 'hello').then(() => {
    hasAnswered = true;
  });
  while (upstream.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.false(hasAnswered);
  gate.resolve(undefined);
  await answered;
  t.true(hasAnswered);
});

test('what cannot be recorded is not sent, and what was answered unrecorded is not shown', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.setHeader('content-type', 'application/json').end(completion('hello'));
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  weir.recorder.fail = 'started';
  const unsent = await chat(weir.url, 'hello');
  t.is(unsent.status, 503);
  t.is(((await unsent.json()) as {error: {code: string}}).error.code, 'record_not_durable');
  t.is(upstream.received.length, 0);
  weir.recorder.fail = 'ended';
  const unseen = await chat(weir.url, 'hello');
  t.is(unseen.status, 503);
  const text = await unseen.text();
  t.false(text.includes('hello'));
  // What is recorded once it can be again is what the caller got, not what it would have got.
  const {ended} = await weir.last();
  t.like(ended, {outcome: Outcome.REFUSED, status: 503, upstreamStatus: 200, errorCode: 'RECORD_NOT_DURABLE'});
  t.deepEqual(
    ended.chunks.map(({sizeBytes}) => sizeBytes),
    [text.length],
  );
  t.is(ended.response?.inline.toString(), text);
});

test('names of megabytes, by caller or provider, make no record that cannot be written', async (t) => {
  const long = 'x'.repeat(3_000_000);
  const answer = JSON.stringify({...(JSON.parse(completion('hello')) as object), id: long, model: long});
  const upstream = await startUpstream(t, (_request, response) => {
    response.setHeader('content-type', 'application/json').end(answer);
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  t.is((await chat(weir.url, 'hello', {model: long.slice(0, 100_000)})).status, 200);
  const {started, ended} = await weir.last();
  t.is(started.model, long.slice(0, 256));
  t.is(ended.responseId, long.slice(0, 256));
  t.is(ended.responseModel, long.slice(0, 256));
});

test('of an answer larger than a record keeps, the record keeps the start, the size and the digest', async (t) => {
  const answer = completion('y'.repeat(20_000_000));
  const upstream = await startUpstream(t, (_request, response) => {
    response.setHeader('content-type', 'application/json').end(answer);
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  t.is(await (await chat(weir.url, 'hello')).text(), answer);
  const {response} = (await weir.last()).ended;
  t.like(response, {truncated: true, sizeBytes: BigInt(answer.length)});
  t.deepEqual(response?.sha256, createHash('sha256').update(answer).digest());
  t.true(response?.inline.equals(Buffer.from(answer.slice(0, 16 * 1024 * 1024))));
});

test("a provider's error keeps its status, its body and what tells a client when to come again", async (t) => {
  const error = JSON.stringify({
    error: {message: 'slow down, TICKET-9', type: 'rate_limit_error', param: null, code: null},
  });
  const upstream = await startUpstream(t, (_request, response) => {
    response
      .writeHead(429, {
        'content-type': 'application/json',
        'retry-after': '7',
        'retry-after-ms': '6500',
        'x-should-retry': 'true',
        'x-ratelimit-remaining-requests': '0',
        'anthropic-ratelimit-unified-status': 'rejected',
        'x-request-id': 'req_1',
        'openai-processing-ms': '5',
        'set-cookie': 'a=b',
        server: 'secret-sauce',
      })
      .end(error);
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const response = await chat(weir.url, 'hello');
  t.is(response.status, 429);
  t.is(await response.text(), error.replace('TICKET-9', '[tickets]'));
  for (const [name, value] of [
    ['retry-after', '7'],
    ['retry-after-ms', '6500'],
    ['x-should-retry', 'true'],
    ['x-ratelimit-remaining-requests', '0'],
    ['anthropic-ratelimit-unified-status', 'rejected'],
    ['x-request-id', 'req_1'],
    ['openai-processing-ms', '5'],
    ['set-cookie', null],
    ['server', null],
  ] as const) {
    t.is(response.headers.get(name), value, `header ${name}`);
  }
  t.like((await weir.last()).ended, {outcome: Outcome.UPSTREAM_ERROR, status: 429, upstreamStatus: 429});
});

test('an answer that cannot be checked is not passed on', async (t) => {
  const answers: [status: number, headers: Record<string, string>, body: string | Buffer, seen: number][] = [
    [200, {'content-type': 'application/json'}, '{"choices":[', 502],
    [200, {'content-type': 'application/json'}, Buffer.from('{"a":"\xff"}', 'latin1'), 502],
    [200, {'content-type': 'text/html'}, '<p>canary</p>', 502],
    [200, {'content-type': 'application/json', 'content-encoding': 'gzip'}, 'canary', 502],
    [302, {location: 'http://127.0.0.1:1/canary'}, 'canary', 502],
    [503, {'content-type': 'text/html', 'retry-after': '3'}, '<p>canary</p>', 503],
  ];
  const upstream = await startUpstream(t, (_request, response) => {
    const [status, headers, body] = answers[upstream.received.length - 1] ?? [500, {}, ''];
    response.writeHead(status, headers).end(body);
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  for (const [status, headers, , seen] of answers) {
    const response = await chat(weir.url, 'hello');
    t.is(response.status, seen, `${status} ${JSON.stringify(headers)}`);
    const text = await response.text();
    t.false(text.includes('canary'), `got ${text}`);
    t.truthy((JSON.parse(text) as {error: {code: string}}).error.code);
    t.is(response.headers.get('retry-after'), headers['retry-after'] ?? null);
    t.is((await weir.last()).ended.outcome, Outcome.UPSTREAM_ERROR);
  }
});
