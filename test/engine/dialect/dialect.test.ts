import test from 'ava';
import type {Route} from '../../../engine/dialect/dialect.ts';
import {DIALECTS} from '../../../engine/dialect/index.ts';
import {decodeBody} from '../../../engine/dialect/json/decode-body.ts';
import {upstreamUrl} from '../../../engine/dialect/upstream-url.ts';
import {errorCode, publicMessage} from '../../../lib/errors.ts';

const {openai, anthropic} = DIALECTS;

for (const path of ['/v1/chat/completions', '//v1/chat/completions', '/chat/completions']) {
  test(`POST ${path} is a chat completion`, (t) => {
    t.like(openai.route('POST', path), {operation: 'chat', upstreamPath: '/chat/completions'});
  });
}

for (const [method, path] of [
  ['GET', '/v1/chat/completions'],
  ['POST', '/v1/responses'],
  ['POST', '/v1/chat/completions/'],
  ['POST', '/v1//chat/completions'],
  ['DELETE', '/v1/models'],
  ['GET', '/v1/models/gpt-4o'],
] as const) {
  test(`${method} ${path} is not governed`, (t) => {
    t.is(openai.route(method, path), undefined);
  });
}

test('both base URL styles lead to the same address', (t) => {
  const chat: Route = {operation: 'chat', method: 'POST', upstreamPath: '/chat/completions'};
  const messages: Route = {operation: 'chat', method: 'POST', upstreamPath: '/v1/messages'};
  for (const base of ['https://api.openai.com', 'https://api.openai.com/v1', 'https://api.openai.com/v1/']) {
    t.is(upstreamUrl(base, chat), 'https://api.openai.com/v1/chat/completions');
  }
  t.is(upstreamUrl('https://example.com/openai/v4', chat), 'https://example.com/openai/v4/chat/completions');
  for (const base of ['https://api.anthropic.com', 'https://api.anthropic.com/v1']) {
    t.is(upstreamUrl(base, messages), 'https://api.anthropic.com/v1/messages');
  }
});

test('a refusal has the shape of each provider', (t) => {
  const refusal = {status: 400, code: 'no_policy', message: 'nothing allows this', retryAfterSeconds: undefined};
  t.deepEqual(JSON.parse(openai.refusalBody(refusal)), {
    error: {message: 'nothing allows this', type: 'invalid_request_error', param: null, code: 'no_policy'},
  });
  t.deepEqual(JSON.parse(anthropic.refusalBody({...refusal, status: 503})), {
    type: 'error',
    error: {type: 'overloaded_error', message: 'no_policy: nothing allows this'},
    request_id: null,
  });
});

test('the caller key is found wherever an SDK puts it', (t) => {
  t.is(openai.callerToken({authorization: 'Bearer weir-1'}), 'weir-1');
  t.is(openai.callerToken({authorization: 'bearer weir-1 '}), 'weir-1');
  t.is(anthropic.callerToken({'x-api-key': 'weir-2'}), 'weir-2');
  t.is(openai.callerToken({'api-key': 'weir-3'}), 'weir-3');
  t.is(openai.callerToken({authorization: 'Basic eDp5'}), undefined);
  t.is(openai.callerToken({'x-api-key': ['a', 'b']}), undefined);
});

test('no header that names an account or carries a key is passed on', (t) => {
  for (const {requestHeaders} of Object.values(DIALECTS)) {
    for (const name of ['authorization', 'x-api-key', 'api-key', 'cookie', 'baggage', 'openai-organization']) {
      t.false(requestHeaders.has(name));
    }
  }
});

const UNREADABLE: readonly [string, string][] = [
  ['a list', '[]'],
  ['a model that is no string', '{"model":5}'],
  ['a model that ends with a blank', '{"model":"gpt-4 "}'],
  ['a model with a character nobody sees', '{"model":"gpt\u200b-4"}'],
  ['further models that may answer instead', '{"model":"m","models":["other"]}'],
  ['models to fall back to', '{"model":"m","fallbacks":["other"]}'],
  ['a stream flag that is no truth value', '{"model":"m","stream":"true"}'],
  ['a message key in another case', '{"model":"m","messages":[{"role":"user","Content":"x"}]}'],
  ['a key with a long s', '{"model":"m","me\u017f\u017fages":[]}'],
  ['a top-level key in another case', '{"model":"m","MESSAGES":[]}'],
  ['a duplicate key in a message', '{"model":"m","messages":[{"role":"user","content":"a","content":"b"}]}'],
];

test('tool arguments beyond what is looked into are refused, not taken for plain text', (t) => {
  const route = openai.route('POST', '/v1/chat/completions');
  const hidden = '"\\u0073ecret"';
  for (const inner of [`${'['.repeat(101)}${hidden}${']'.repeat(101)}`, `[${'1,'.repeat(500_000)}${hidden}]`]) {
    const call = {id: 'c', type: 'function', function: {name: 'f', arguments: inner}};
    const body = JSON.stringify({model: 'm', messages: [{role: 'assistant', tool_calls: [call]}]});
    const error = t.throws(() => route && openai.readRequest(route, body));
    t.is(errorCode(error), 'BODY_UNREADABLE');
  }
});

for (const [what, body] of UNREADABLE) {
  test(`a request with ${what} is refused`, (t) => {
    for (const [dialect, path] of [
      [openai, '/v1/chat/completions'],
      [anthropic, '/v1/messages'],
    ] as const) {
      const route = dialect.route('POST', path);
      const error = t.throws(() => route && dialect.readRequest(route, body));
      t.is(errorCode(error), 'BODY_UNREADABLE');
      t.false(publicMessage(error).includes('model":'));
    }
  });
}

test('a tool is known by every name it has, and a hosted one by its type too', (t) => {
  const route = openai.route('POST', '/v1/chat/completions');
  const tools = [
    {type: 'custom', function: {name: 'harmless'}, custom: {name: 'shell'}, name: 'outer'},
    {type: 'web_search', name: 'harmless'},
    {type: 'function', function: {name: 'f'}},
  ];
  const body = JSON.stringify({model: 'm', messages: [], tools, functions: [{name: 'old'}]});
  const names = ['outer', 'harmless', 'shell', 'harmless', 'web_search', 'f', 'old'];
  t.deepEqual(route && openai.readRequest(route, body).tools, names);
});

test('a body of very many parts is read in time that grows with its size', (t) => {
  const route = openai.route('POST', '/v1/chat/completions');
  const part = {type: 'image_url', image_url: {url: 'https://example.com/a.png'}};
  const messages = [{role: 'user', content: Array.from({length: 60_000}, () => part)}];
  const startedAtMs = performance.now();
  const reading = route && openai.readRequest(route, JSON.stringify({model: 'm', messages}));
  t.is(reading?.uninspectable.at(-1)?.pointer, '/messages/0/content/59999/image_url/url');
  t.true(performance.now() - startedAtMs < 4_000);
});

test('the same words as keys of a tool schema or of tool input are no offence', (t) => {
  const route = anthropic.route('POST', '/v1/messages');
  const tools = [{name: 'f', input_schema: {type: 'object', properties: {Name: {type: 'string'}, Messages: {}}}}];
  const content = [{type: 'tool_use', id: 'a', name: 'f', input: {Name: 'x', Type: 'y'}}];
  const body = JSON.stringify({model: 'm', messages: [{role: 'assistant', content}], tools});
  t.notThrows(() => route && anthropic.readRequest(route, body));
});

test('a body that is not UTF-8 is refused', (t) => {
  const error = t.throws(() => decodeBody(Buffer.from([0x7b, 0xff, 0x7d])));
  t.is(errorCode(error), 'BODY_UNREADABLE');
});
