import test from 'ava';
import {DIALECTS} from '../../../engine/dialect/index.ts';
import {createStreamGuard, type StreamGuard} from '../../../engine/dialect/stream-guard.ts';
import type {DialectName} from '../../../engine/exchange.ts';
import {dataOf, openAiView} from './support/client-view.ts';
import {cuttings} from './support/cuttings.ts';
import {emails, planFor} from './support/plans.ts';

function guardOf(name: DialectName = 'openai', {matcher, plan} = emails()): StreamGuard {
  const dialect = DIALECTS[name];
  const route = dialect.route('POST', name === 'openai' ? '/v1/chat/completions' : '/v1/messages');
  if (route === undefined) throw new Error('no route');
  return createStreamGuard({dialect, route, matcher, plan});
}

function chunk(delta: object, more: object = {}, finish: string | null = null): string {
  const choices = [{index: 0, delta, ...more, finish_reason: finish}];
  return `data: ${JSON.stringify({id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices})}\n\n`;
}

function send(guard: StreamGuard, ...events: string[]): string {
  return events.map((event) => guard.push(Buffer.from(event)).toString()).join('');
}

test('what a lane holds goes out before the event that ends it, in an event of its own', (t) => {
  const guard = guardOf();
  const held = send(guard, chunk({content: 'hi joe'}));
  t.is(openAiView(held).texts['0/content'], 'hi ');
  const usage = {id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', usage: {prompt_tokens: 1}};
  const last = send(guard, chunk({}, {}, 'stop'), `data: ${JSON.stringify({...usage, choices: []})}\n\n`);
  t.deepEqual(openAiView(last).events[0], {
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{index: 0, delta: {content: 'joe'}, finish_reason: null}],
  });
  t.is(dataOf(last).length, 3);
});

test('an end event that carries text itself takes the rest along', (t) => {
  const out = send(guardOf(), chunk({content: 'to joe@exam'}), chunk({content: 'ple.com'}, {}, 'stop'));
  t.is(openAiView(out).texts['0/content'], 'to [EMAIL]');
  t.is(dataOf(out).length, 2);
});

const BROKEN: readonly [string, string][] = [
  ['JSON that ends early', 'data: {"choices":[{"index":0,"delta":{"content":"joe@example.com"\n\n'],
  ['text that is no JSON', 'data: joe@example.com\n\n'],
  ['JSON that is no object', 'data: ["joe@example.com"]\n\n'],
  ['a duplicate key', 'data: {"choices":[],"choices":[{"index":0,"delta":{"content":"joe@example.com"}}]}\n\n'],
  ['a key that differs only in case', 'data: {"choices":[{"index":0,"delta":{"Content":"joe@example.com"}}]}\n\n'],
];

for (const [name, event] of BROKEN) {
  test(`a stream with ${name} ends with the dialect's error and lets nothing more pass`, (t) => {
    const guard = guardOf();
    const out = send(guard, chunk({content: 'fine'}), event, chunk({content: 'more'}), 'data: [DONE]\n\n');
    t.is(dataOf(out).length, 2);
    const [, error = ''] = dataOf(out);
    t.like(JSON.parse(error), {error: {type: 'server_error', code: 'upstream_invalid'}});
    t.false(out.includes('joe@example.com'));
    t.is(guard.summary.failure?.code, 'UPSTREAM_INVALID');
    t.false(guard.end().complete);
  });
}

test('a broken Anthropic stream ends with an error event', (t) => {
  const out = send(guardOf('anthropic'), 'event: content_block_delta\ndata: {"type"\n\n');
  t.true(
    out.startsWith('event: error\ndata: {"type":"error","error":{"type":"api_error","message":"upstream_invalid: '),
  );
});

test('bytes that are not UTF-8 end the stream', (t) => {
  const guard = guardOf();
  const out = guard.push(Buffer.from([...Buffer.from('data: {"a":"'), 0xff, ...Buffer.from('"}\n\n')]));
  t.true(out.toString().includes('upstream_invalid'));
});

test('a stream without its own end is not complete, and what was held still comes out masked', (t) => {
  const guard = guardOf();
  send(guard, chunk({content: 'to joe@example.com and joe'}));
  const {bytes, complete} = guard.end();
  t.is(openAiView(bytes.toString()).texts['0/content'], 'joe');
  t.false(complete);
  t.false(bytes.toString().includes('[DONE]'));
});

test('an event that was cut short by the end of the stream is left out', (t) => {
  const guard = guardOf();
  send(guard, chunk({content: 'a '}), 'data: {"choices":[{"index":0,"delta":{"content":"joe@exa');
  t.deepEqual({...guard.end(), bytes: ''}, {bytes: '', complete: false});
  t.is(guard.summary.failure, undefined);
});

test('a last event without its blank line is judged and passed', (t) => {
  const guard = guardOf();
  send(guard, chunk({content: 'a '}), chunk({}, {}, 'stop'), 'data: [DONE]\n');
  t.deepEqual(guard.end(), {bytes: Buffer.from('data: [DONE]\n'), complete: true});
});

test('an error inside a 200 is noticed and passed', (t) => {
  const guard = guardOf();
  const error = 'data: {"error":{"message":"overloaded","type":"server_error"}}\n\n';
  t.is(send(guard, error), error);
  t.is(guard.summary.error, 'server_error');
});

test('log probabilities go where the text they repeat is held, masked or late, and for good once anything was masked', (t) => {
  const logprobs = (token: string): object => ({logprobs: {content: [{token, logprob: -1, bytes: [1]}]}});
  const out = send(
    guardOf(),
    chunk({content: 'to '}, logprobs('to ')),
    chunk({content: 'joe@example'}, logprobs('joe@example')),
    chunk({content: '.com'}, logprobs('.com')),
    chunk({content: ' . '}, logprobs(' . ')),
    chunk({content: '! '}, logprobs('! ')),
  );
  const kept = openAiView(out).events.map((event) => JSON.stringify(event).includes('"logprobs":null'));
  t.deepEqual(kept, [false, true, true, true, true]);
  t.false(out.includes('example'));
});

test('parallel calls that share an index are lanes of their own', (t) => {
  const call = (id: string, fragment: string): string =>
    chunk({tool_calls: [{index: 0, id, function: {name: 'f', arguments: fragment}}]});
  const guard = guardOf();
  const out = send(guard, call('a', '{"x":"joe'), call('', '"}'), call('b', '{"y":"ann@example.org"}'));
  const rest = send(guard, chunk({}, {}, 'tool_calls'));
  t.deepEqual(openAiView(out + rest).texts, {'0/0/a': '{"x":"joe"}', '0/0/b': '{"y":"[EMAIL]"}'});
});

test('a tool name, a comment and an unknown field are judged too', (t) => {
  const guard = guardOf();
  const named = send(
    guard,
    chunk({tool_calls: [{index: 0, id: 'a', function: {name: 'joe@example.com', arguments: ''}}]}),
  );
  t.true(named.includes('"name":"[EMAIL]"'));
  t.is(send(guard, ': for joe@example.com\n\n'), ':\n\n');
  t.is(send(guard, ': keep-alive\n\n'), ': keep-alive\n\n');
  const unknown = send(guard, chunk({new_field: {deep: ['joe@example.com']}}));
  t.true(unknown.includes('"new_field":{"deep":["[EMAIL]"]}'));
});

test('a blocked tool name ends the stream without that event', (t) => {
  const guard = guardOf('anthropic', emails('block'));
  const start = {type: 'content_block_start', index: 0, content_block: {type: 'tool_use', name: 'joe@example.com'}};
  const out = send(guard, `event: content_block_start\ndata: ${JSON.stringify(start)}\n\n`);
  t.deepEqual(
    dataOf(out).map((data) => (JSON.parse(data) as {type: string}).type),
    ['message_start', 'message_delta', 'message_stop'],
  );
});

test('an id that holds a finding is masked everywhere, also in events that the guard adds', (t) => {
  const matcher = planFor('c{3}', 'mask', '[ID]');
  const guard = guardOf('openai', matcher);
  const events = [chunk({content: 'abcc'}), chunk({}, {}, 'stop')].map((event) => event.replace('"c"', '"ccc"'));
  const out = send(guard, ...events);
  t.deepEqual(
    openAiView(out).events.map((event) => (event as {id: string}).id),
    ['[ID]', '[ID]', '[ID]'],
  );
  t.is(guard.summary.id, '[ID]');
});

test('data over several lines is spliced where it stands', (t) => {
  const lines =
    'data: {"choices":[{"index":0,\r\ndata:"delta":{"content":\r\ndata:  "x joe@example.com y "}}]}\r\n\r\n';
  t.is(send(guardOf(), lines), lines.replace('joe@example.com', '[EMAIL]'));
});

test('nothing is inserted between the last CR and LF of an event, wherever it is cut', (t) => {
  const events = [chunk({content: 'x joe@exa'}), chunk({}, {}, 'stop')].map((event) =>
    event.replace('\n\n', '\r\n\r\n'),
  );
  for (const pieces of cuttings(Buffer.from(events.join('')))) {
    const guard = guardOf();
    const text = pieces.map((piece) => guard.push(piece).toString()).join('');
    t.is(text.split('\r\n\r\n').length, 3);
    t.is(openAiView(text).texts['0/content'], 'x joe@exa');
    t.false(text.includes('\r\n\rd'));
  }
});

test('after an abort nothing comes out', (t) => {
  const guard = guardOf();
  guard.abort();
  t.is(send(guard, chunk({content: 'x'})), '');
  t.is(guard.end().bytes.length, 0);
});

test('a guard that fails itself cuts the stream', (t) => {
  const {matcher, plan} = emails();
  const broken = {
    ...plan,
    treatmentOf: (): never => {
      throw new Error('bug');
    },
  };
  const guard = guardOf('openai', {matcher, plan: broken});
  const out = send(guard, chunk({content: 'joe@example.com '}), chunk({content: 'more'}));
  t.is(dataOf(out).length, 1);
  t.true(out.includes('guard_failed'));
});
