import type {ServerResponse} from 'node:http';
import test, {type ExecutionContext} from 'ava';
import {openAiView} from '../../engine/dialect/support/client-view.ts';
import {completion, DONE, delta, startUpstream} from './fake-upstream.ts';
import {CALLER_KEY, type RunningProxy, startProxy, testPolicy} from './running-proxy.ts';

/** Not secrets: what the rule of the tests masks. */
const CANARY = 'TICKET-4242';
const WHOLE_WORD = 'BADGE-7777';
const WHOLE_WORD_RULE = `    - name: badges
      on: [request, response]
      find: { patterns: ['\\bBADGE-[0-9]{4}\\b'] }
      action: mask
`;

const SSE = {'content-type': 'text/event-stream'};
const JSON_TYPE = {'content-type': 'application/json'};

async function start(
  t: ExecutionContext,
  answer: (response: ServerResponse) => void = (response) => {
    response.writeHead(200, JSON_TYPE).end(completion('fine'));
  },
) {
  const upstream = await startUpstream(t, (_request, response) => {
    answer(response);
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url, policy: testPolicy(upstream.url, WHOLE_WORD_RULE)});
  return {upstream, weir};
}

async function send(weir: RunningProxy, path: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(weir.url + path, {
    method: 'POST',
    headers: {authorization: `Bearer ${CALLER_KEY}`, 'content-type': 'application/json', ...headers},
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const OPENAI = '/v1/chat/completions';
const ANTHROPIC = '/v1/messages';
const asked = (content: unknown) => ({model: 'gpt-test', messages: [{role: 'user', content}]});

function isFree(t: ExecutionContext, text: string, where: string): void {
  t.false(text.includes(CANARY) || text.includes(WHOLE_WORD), `${where}: ${text}`);
}

/** What a client that joins the fields of deltas makes of a stream. */
function joined(stream: string, read: (event: never) => string | undefined): string {
  return stream
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => read(JSON.parse(line.slice(6)) as never) ?? '')
    .join('');
}

/** Everything that left the agent besides the upstream call and the answer. */
async function traces(weir: RunningProxy): Promise<string> {
  const spans = await weir.spans();
  const seen = [weir.recorder.kept, weir.logs.lines(), spans.map(({name, attributes}) => ({name, attributes}))];
  return JSON.stringify(seen, (_key, value: unknown) => {
    if (typeof value === 'bigint') return String(value);
    const bytes = value as {type?: unknown; data?: unknown} | null;
    if (bytes?.type === 'Buffer' && Array.isArray(bytes.data)) return Buffer.from(bytes.data as number[]).toString();
    return value;
  });
}

test('a value that is whole in one part is masked, whatever the part before ends with', async (t) => {
  const {weir, upstream} = await start(t);
  const parts = [
    {type: 'text', text: 'badge no'},
    {type: 'text', text: WHOLE_WORD},
    {type: 'text', text: '0 is next'},
  ];
  await send(weir, OPENAI, asked(parts));
  await send(weir, ANTHROPIC, {...asked(parts), max_tokens: 9});
  t.is(upstream.received.length, 2);
  for (const {body} of upstream.received) isFree(t, body, 'sent');
});

test('a part that is masked away is not sent empty', async (t) => {
  const {weir, upstream} = await start(t);
  const parts = [
    {type: 'text', text: 'TICKET-4'},
    {type: 'text', text: '242'},
  ];
  await send(weir, ANTHROPIC, {...asked(parts), max_tokens: 9});
  t.regex(upstream.received[0]?.body ?? '', /\[tickets\]/);
  t.notRegex(upstream.received[0]?.body ?? '', /"text":""/);
});

test('keys of one object that are masked alike stay apart', async (t) => {
  const {weir, upstream} = await start(t);
  const input = {[CANARY]: 1, 'TICKET-1': 2, '[tickets]': 3, 'TICKET-2': 4};
  const call = {id: 'c', type: 'function', function: {name: 'f', arguments: JSON.stringify(input)}};
  await send(weir, OPENAI, {...asked('hi'), metadata: input, messages: [{role: 'assistant', tool_calls: [call]}]});
  const body = upstream.received[0]?.body ?? '{}';
  isFree(t, body, 'sent');
  const sent = JSON.parse(body) as {
    metadata: object;
    messages: {tool_calls: {function: {arguments: string}}[]}[];
  };
  t.is(Object.keys(sent.metadata).length, 4);
  const args = sent.messages[0]?.tool_calls[0]?.function.arguments ?? '{}';
  t.is(Object.keys(JSON.parse(args) as object).length, 4);
});

test('what names a model, a data set or a finish is masked in records and spans too', async (t) => {
  const stream = delta('x', CANARY) + DONE;
  const {weir} = await start(t, (response) => {
    response.writeHead(200, SSE).end(stream);
  });
  await send(weir, OPENAI, {...asked('hi'), model: `m ${CANARY}`, metadata: {dataset: `d ${CANARY}`}});
  isFree(t, await traces(weir), 'kept');
});

test('a model that is refused is not repeated', async (t) => {
  const upstream = await startUpstream(t, () => undefined);
  const policy = testPolicy(upstream.url).replace(
    'credential: upstream-key',
    'models: ["gpt-*"], credential: upstream-key',
  );
  const weir = await startProxy(t, {upstreamUrl: upstream.url, policy});
  isFree(t, await (await send(weir, OPENAI, {...asked('hi'), model: `m ${CANARY}`})).text(), 'answered');
  isFree(t, await traces(weir), 'kept');
});

test('headers and parameters that go to the provider hold nothing that a rule masks', async (t) => {
  const {weir, upstream} = await start(t);
  const headers = {
    'user-agent': `bot ${CANARY}`,
    'x-stainless-lang': CANARY,
    'openai-beta': CANARY,
    'anthropic-beta': CANARY,
    accept: `text/${CANARY}`,
  };
  await send(weir, OPENAI, asked('hi'), headers);
  await send(weir, ANTHROPIC, {...asked('hi'), max_tokens: 9}, headers);
  const credentials = {authorization: `Bearer ${CALLER_KEY}`, 'anthropic-version': '1'};
  await fetch(`${weir.url}/v1/models?after_id=${CANARY}&limit=${CANARY}`, {headers: credentials});
  t.is(upstream.received.length, 3);
  for (const {url, headers: sent} of upstream.received) isFree(t, url + JSON.stringify(sent), 'sent');
  isFree(t, await traces(weir), 'kept');
});

test("the provider's headers hold nothing that a rule masks, and leave the charset alone", async (t) => {
  const {weir} = await start(t, (response) => {
    const headers = {
      'openai-echo': CANARY,
      'request-id': CANARY,
      'content-type': `application/json; charset=utf-7; x=${CANARY}`,
    };
    response.writeHead(200, headers).end(completion('fine'));
  });
  const response = await send(weir, OPENAI, asked('hi'));
  isFree(t, JSON.stringify([...response.headers]), 'answered');
  t.is(response.headers.get('content-type'), 'application/json');
});

test('a server that writes an empty finish reason into every event is masked like any other', async (t) => {
  const {weir} = await start(t, (response) => {
    response.writeHead(200, SSE);
    for (const piece of ['see TIC', 'KET-4', '242 and']) response.write(delta(piece, ''));
    response.end(delta('', 'stop') + DONE);
  });
  const text = await (await send(weir, OPENAI, {...asked('hi'), stream: true})).text();
  isFree(
    t,
    joined(text, (event: {choices: {delta: {content?: string}}[]}) => event.choices[0]?.delta.content),
    'read',
  );
});

test('text that goes on after its end was announced ends the stream', async (t) => {
  const {weir} = await start(t, (response) => {
    response.writeHead(200, SSE).end(delta('see TICKET-', 'stop') + delta('4242') + DONE);
  });
  const text = await (await send(weir, OPENAI, {...asked('hi'), stream: true})).text();
  t.regex(text, /upstream_invalid/);
  t.notRegex(text, /4242/);
});

const frame = (event: {type: string}) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const textDelta = (text: string) =>
  frame({type: 'content_block_delta', index: 0, delta: {type: 'text_delta', text}} as {type: string});

for (const [name, between] of [
  ['its block was closed', frame({type: 'content_block_stop', index: 0} as {type: string})],
  ['the message ended', frame({type: 'message_delta', delta: {stop_reason: 'end_turn'}, usage: {}} as {type: string})],
] as const) {
  test(`text that goes on after ${name} ends the stream`, async (t) => {
    const {weir} = await start(t, (response) => {
      const block = {type: 'content_block_start', index: 0, content_block: {type: 'text', text: ''}};
      response.writeHead(200, SSE);
      response.end(frame(block) + textDelta('TICKET-') + between + textDelta('4242'));
    });
    const text = await (await send(weir, ANTHROPIC, {...asked('hi'), max_tokens: 9, stream: true})).text();
    t.regex(text, /upstream_invalid/);
    t.notRegex(text, /4242/);
  });
}

const chunk = (value: object) => `data: ${JSON.stringify({choices: [{index: 0, ...value}]})}\n\n`;

test('fragments of thinking parts and of fields that are not known are masked as they join', async (t) => {
  const {weir} = await start(t, (response) => {
    response.writeHead(200, SSE);
    for (const text of ['TICKET-4', '242', '. ']) {
      const thinking = [{type: 'thinking', thinking: [{type: 'text', text}]}];
      const details = [{type: 'reasoning.text', index: 0, format: 'unknown', text}];
      response.write(chunk({delta: {role: 'assistant', content: thinking, musing: text, reasoning_details: details}}));
    }
    response.end(chunk({delta: {}, finish_reason: 'stop'}) + DONE);
  });
  const text = await (await send(weir, OPENAI, {...asked('hi'), stream: true})).text();
  interface Delta {
    musing?: string;
    content?: {thinking: {text: string}[]}[];
    reasoning_details?: {text?: string; type?: string}[];
  }
  interface Event {
    choices: {delta: Delta}[];
  }
  for (const read of [
    (event: Event) => event.choices[0]?.delta.musing,
    (event: Event) => event.choices[0]?.delta.content?.[0]?.thinking[0]?.text,
    (event: Event) => event.choices[0]?.delta.reasoning_details?.[0]?.text,
  ]) {
    t.is(joined(text, read), '[tickets]. ');
  }
});

test('fragments of a kind of delta that is not known are masked as they join', async (t) => {
  const {weir} = await start(t, (response) => {
    response.writeHead(200, SSE);
    response.write(frame({type: 'content_block_start', index: 0, content_block: {type: 'musing'}} as {type: string}));
    for (const text of ['TICKET-4', '242', '. ']) {
      response.write(
        frame({type: 'content_block_delta', index: 0, delta: {type: 'musing_delta', musing: text}} as {type: string}),
      );
    }
    response.end(frame({type: 'content_block_stop', index: 0} as {type: string}) + frame({type: 'message_stop'}));
  });
  const text = await (await send(weir, ANTHROPIC, {...asked('hi'), max_tokens: 9, stream: true})).text();
  t.is(
    joined(text, (event: {delta?: {musing?: string}}) => event.delta?.musing),
    '[tickets]. ',
  );
});

test('token by token copies do not outlive the text they repeat', async (t) => {
  const token = (text: string) => ({token: text, logprob: 0, bytes: [...Buffer.from(text)]});
  const late = {content: ['TICKET-', '42', '42'].map(token)};
  const {weir} = await start(t, (response) => {
    response.writeHead(200, SSE);
    const pretty = JSON.stringify({choices: [{index: 0, delta: {content: 'TICKET-4242 '}, logprobs: late}]}, null, 1);
    response.write(`${pretty.replace(/^/gm, 'data: ')}\n\n`);
    response.write(chunk({delta: {content: ''}, logprobs: late}));
    response.write(chunk({delta: {content: 'on'}, logprobs: late}));
    response.end(delta('', 'stop') + DONE);
  });
  const text = await (await send(weir, OPENAI, {...asked('hi'), stream: true, logprobs: true})).text();
  t.notRegex(text, /"42"|TICKET-/);
  t.notThrows(() => openAiView(text));
});

test('a call that is taken up again after another one is not judged in two halves', async (t) => {
  const call = (id: string, text: string) =>
    chunk({delta: {tool_calls: [{index: 0, id, function: {name: 'f', arguments: text}}]}});
  const {weir} = await start(t, (response) => {
    response.writeHead(200, SSE).end(call('a', '{"q":"TICKET-') + call('b', '{}') + call('a', '4242"}') + DONE);
  });
  t.notRegex(await (await send(weir, OPENAI, {...asked('hi'), stream: true})).text(), /4242/);
});

test('numbers of a request are looked at wherever they stand', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.writeHead(200, JSON_TYPE).end(completion('fine'));
  });
  const policy = testPolicy(upstream.url).replace('TICKET-[0-9]+', '40001234[0-9]{8}');
  const weir = await startProxy(t, {upstreamUrl: upstream.url, policy});
  const calls = [{index: 4000123412341234, id: 'c', function: {name: 'f', arguments: '{"n":4000123412341234}'}}];
  await send(weir, OPENAI, {...asked('hi'), messages: [{role: 'assistant', tool_calls: calls}]});
  await send(weir, '/v1/embeddings', {model: 'e', input: 'x', dimensions: 4000123412341234});
  t.is(upstream.received.length, 2);
  for (const {body} of upstream.received) t.notRegex(body, /4000123412341234/);
});

test('text in the place of sound or of a vector is text', async (t) => {
  const {weir} = await start(t, (response) => {
    const message = {role: 'assistant', content: null, audio: {id: 'a', data: `see ${CANARY}`, transcript: ''}};
    const body = {data: [{embedding: CANARY}], choices: [{index: 0, message}]};
    response.writeHead(200, JSON_TYPE).end(JSON.stringify(body));
  });
  isFree(t, await (await send(weir, OPENAI, asked('hi'))).text(), 'chat');
  isFree(t, await (await send(weir, '/v1/embeddings', {model: 'e', input: 'x'})).text(), 'embeddings');
});

for (const allowed of [false, true]) {
  test(`sound of a provider ${allowed ? 'passes where policy allows it by name' : 'is refused where a rule would have to hear it'}`, async (t) => {
    const audio = {id: 'a', data: 'UklGRiQAAABXQVZF', transcript: 'fine'};
    const upstream = await startUpstream(t, (_request, response, body) => {
      if (body.includes('"stream":true')) {
        response.writeHead(200, SSE).end(chunk({delta: {content: 'see '}}) + chunk({delta: {audio}}) + DONE);
      } else {
        response.writeHead(200, JSON_TYPE).end(JSON.stringify({choices: [{index: 0, message: {audio}}]}));
      }
    });
    const policy = testPolicy(upstream.url);
    const weir = await startProxy(t, {
      upstreamUrl: upstream.url,
      policy: allowed ? policy.replace('  rules:', '  allowUninspectable: [audio]\n  rules:') : policy,
    });
    const whole = await send(weir, OPENAI, asked('hi'));
    const text = await whole.text();
    const stream = await (await send(weir, OPENAI, {...asked('hi'), stream: true})).text();
    t.is(whole.status, allowed ? 200 : 400);
    for (const answer of [text, stream]) t.is(answer.includes(audio.data), allowed);
    t.is(text.includes('uninspectable'), !allowed);
    const {ended} = await weir.last();
    const findings = ended.responseVerdict?.rules.map((match) => match.findings[0]?.finding) ?? [];
    t.deepEqual(findings, allowed ? [] : ['uninspectable:audio', 'uninspectable:audio']);
    t.is(ended.responseVerdict?.code, allowed ? '' : 'uninspectable');
  });
}

test('an answer of more values than a body needs is refused, and vectors are none', async (t) => {
  const many = JSON.stringify({choices: [], more: Array.from({length: 1_000_001}, () => [])});
  const vectors = JSON.stringify({data: [{embedding: Array.from({length: 1_100_000}, () => 0)}]});
  const upstream = await startUpstream(t, ({url}, response) => {
    response.writeHead(200, JSON_TYPE).end(url === '/v1/embeddings' ? vectors : many);
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const refused = await send(weir, OPENAI, asked('hi'));
  t.is(refused.status, 502);
  t.regex(await refused.text(), /more than 1000000 values/);
  t.is((await send(weir, '/v1/embeddings', {model: 'e', input: 'x'})).status, 200);
});

test('text in another encoding than is read here is not let through as text', async (t) => {
  const {weir, upstream} = await start(t);
  const data = Buffer.from(`see ${CANARY}`, 'utf16le').toString('base64');
  const url = `data:text/plain;charset=utf-16;base64,${data}`;
  const file = {type: 'file', file: {filename: 'a.txt', file_data: url}};
  const source = {type: 'base64', media_type: 'text/plain', data};
  for (const answer of [
    await send(weir, OPENAI, asked([file])),
    await send(weir, ANTHROPIC, {...asked([{type: 'document', source}]), max_tokens: 9}),
    await send(weir, ANTHROPIC, {
      ...asked([{type: 'document', source: {...source, media_type: 'text/plain; charset=utf-16'}}]),
      max_tokens: 9,
    }),
  ]) {
    t.is(answer.status, 400);
    t.regex(await answer.text(), /uninspectable/);
  }
  t.is(upstream.received.length, 0);
});

test('adjacent parts of an answer are one text to its reader', async (t) => {
  const {weir} = await start(t, (response) => {
    const content = ['see TICKET-', '4242'].map((text) => ({type: 'text', text}));
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({choices: [{index: 0, message: {content}}]}));
  });
  t.notRegex(await (await send(weir, OPENAI, asked('hi'))).text(), /4242/);
});

test('what a provider calls itself is no place for text in spans, also without a rule on responses', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({id: `about ${CANARY}`, model: `m ${CANARY}`, choices: []}));
  });
  const policy = testPolicy(upstream.url).replaceAll('on: [request, response]', 'on: [request]');
  const weir = await startProxy(t, {upstreamUrl: upstream.url, policy});
  t.is((await send(weir, OPENAI, asked('hi'))).status, 200);
  const spans = await weir.spans();
  isFree(t, JSON.stringify(spans.map(({name, attributes}) => ({name, attributes}))), 'traced');
});

test('a stream that opens ever more texts is ended', async (t) => {
  const {weir} = await start(t, (response) => {
    response.writeHead(200, SSE);
    for (let index = 0; index <= 10_000; index++) {
      response.write(`data: ${JSON.stringify({choices: [{index, delta: {content: 'a'}}]})}\n\n`);
    }
    response.end(DONE);
  });
  const text = await (await send(weir, OPENAI, {...asked('hi'), stream: true})).text();
  t.regex(text, /more than 10000 parts/);
});

test('a value in the JSON that a tool answered is masked, also right behind an escape', async (t) => {
  const {weir, upstream} = await start(t);
  const answer = JSON.stringify({out: `no\n${WHOLE_WORD}\tand ${WHOLE_WORD} "x"`, [`\n${WHOLE_WORD}`]: 1});
  const escaped = '{"a":"\\u0054ICKET-4242"}';
  for (const content of [answer, escaped, [{type: 'text', text: answer}]]) {
    await send(weir, OPENAI, {model: 'm', messages: [{role: 'tool', tool_call_id: 'c', content}]});
    const block = {type: 'tool_result', tool_use_id: 'c', content};
    await send(weir, ANTHROPIC, {...asked([block]), max_tokens: 9});
  }
  const call = {id: 'c', type: 'function', function: {name: 'f', arguments: '"\\u0054ICKET-4242"'}};
  await send(weir, OPENAI, {model: 'm', messages: [{role: 'assistant', tool_calls: [call]}]});
  t.is(upstream.received.length, 7);
  for (const {body} of upstream.received) {
    isFree(t, body, 'sent');
    t.false(body.includes('ICKET-4242'));
    t.notThrows(() => {
      const sent = /"content":"(.*?[^\\])"/.exec(body)?.[1];
      if (sent !== undefined) JSON.parse(JSON.parse(`"${sent}"`) as string);
    });
  }
});
