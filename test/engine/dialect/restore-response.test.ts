import test from 'ava';
import fc from 'fast-check';
import {anthropic} from '../../../engine/dialect/anthropic.ts';
import type {Dialect, Route} from '../../../engine/dialect/dialect.ts';
import {openai} from '../../../engine/dialect/openai.ts';
import {createStreamRestorer, restoreResponse} from '../../../engine/dialect/restore-response.ts';
import {createPseudonyms} from '../../../engine/mask/pseudonyms.ts';
import {RestoreTable} from '../../../engine/mask/restore-table.ts';
import {anthropicView, openAiView} from './support/client-view.ts';
import {cutAt, deltasOf} from './support/cuttings.ts';

const VALUES = ['joe@example.com', 'ann@example.com', 'a "quoted"\nline\\', '[x]'];
const names = createPseudonyms({
  key: Buffer.alloc(32, 3),
  caller: {kind: 'apiKey', authority: 'a', subject: 's'},
  conversation: 'c',
});
const PLACEHOLDERS = VALUES.map((value) => names.placeholderOf('email', value));
const [JOE = '', ANN = '', QUOTED = ''] = PLACEHOLDERS;
/** Of somebody else's conversation. */
const FOREIGN = names.placeholderOf('email', 'eve@example.com');
const table = new RestoreTable();
VALUES.forEach((value, i) => table.add(PLACEHOLDERS[i] ?? '', {value, tools: [['crm_*', 'mail']]}));

const restored = (text: string): string =>
  VALUES.reduce((all, value, i) => all.replaceAll(PLACEHOLDERS[i] ?? '', () => value), text);

function routeOf(dialect: Dialect): Route {
  const route = dialect.route('POST', dialect.name === 'openai' ? '/v1/chat/completions' : '/v1/messages');
  if (route === undefined) throw new Error('no route');
  return route;
}

function streamed(dialect: Dialect, chunks: readonly Buffer[]): string {
  const restorer = createStreamRestorer({dialect, route: routeOf(dialect), table});
  const parts = chunks.map((chunk) => restorer.push(chunk));
  return Buffer.concat([...parts, restorer.end().bytes]).toString();
}

function openAiStream(deltas: readonly object[], end = 'stop'): Buffer {
  const chunk = (choice: object) =>
    `data: ${JSON.stringify({id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [choice]})}\n\n`;
  const events = deltas.map((delta) => chunk({index: 0, delta, finish_reason: null}));
  return Buffer.from([...events, chunk({index: 0, delta: {}, finish_reason: end}), 'data: [DONE]\n\n'].join(''));
}

function anthropicStream(start: object, deltas: readonly object[]): Buffer {
  const event = (data: {type: string}) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
  const message = {id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null};
  const events = [
    {type: 'message_start', message: {...message, stop_sequence: null, usage: {input_tokens: 1, output_tokens: 1}}},
    {type: 'content_block_start', index: 0, content_block: start},
    ...deltas.map((delta) => ({type: 'content_block_delta', index: 0, delta})),
    {type: 'content_block_stop', index: 0},
    {type: 'message_delta', delta: {stop_reason: 'end_turn', stop_sequence: null}, usage: {output_tokens: 1}},
    {type: 'message_stop'},
  ];
  return Buffer.from(events.map(event).join(''));
}

const sizes = fc.array(fc.integer({min: 1, max: 40}), {minLength: 1, maxLength: 5});
const pieces = fc.constantFrom(
  ...PLACEHOLDERS,
  FOREIGN,
  JOE.slice(0, 9),
  JOE.slice(1),
  '[',
  '[[',
  ']',
  '[email-',
  ' to ',
  'é😀',
  '{',
);
const spoken = fc.array(pieces, {maxLength: 10}).map((parts) => `so ${parts.join('')}`);

test('a caller gets its values back in text, however it is cut, and no other ones', (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(spoken, sizes, sizes, (text, lengths, byteSizes) => {
        const deltas = deltasOf(text, lengths);
        const chat = streamed(openai, cutAt(openAiStream(deltas.map((content) => ({content}))), byteSizes));
        const blocks = deltas.map((delta) => ({type: 'text_delta', text: delta}));
        const message = streamed(anthropic, cutAt(anthropicStream({type: 'text', text: ''}, blocks), byteSizes));
        const whole = JSON.stringify({choices: [{index: 0, message: {role: 'assistant', content: text}}]});
        const body = restoreResponse({dialect: openai, route: routeOf(openai), table}, whole);
        const content = (JSON.parse(body) as {choices: {message: {content: string}}[]}).choices[0]?.message.content;
        return [openAiView(chat).texts['0/content'], anthropicView(message).texts['0/text'], content].every(
          (got) => got === restored(text),
        );
      }),
      {numRuns: 500},
    );
  });
});

for (const [tool, isAllowed] of [
  ['mail', true],
  ['crm_update', true],
  ['web_search', false],
  ['', false],
] as const) {
  test(`arguments of the tool "${tool}" ${isAllowed ? 'hold the values' : 'keep the placeholders'}`, (t) => {
    const given = {to: [JOE, `"${QUOTED}"`], [ANN]: 1, note: `x${FOREIGN}`};
    const expected = isAllowed
      ? {to: ['joe@example.com', '"a "quoted"\nline\\"'], 'ann@example.com': 1, note: `x${FOREIGN}`}
      : given;
    const json = JSON.stringify(given);
    for (const lengths of [[1], [2, 3], [7], [1000]]) {
      const [first = '', ...rest] = deltasOf(json, lengths);
      const call = (more: object) => ({tool_calls: [{index: 0, ...more}]});
      const head = tool === '' ? {arguments: first} : {name: tool, arguments: first};
      const deltas = [
        call({id: 'call_1', type: 'function', function: head}),
        ...rest.map((fragment) => call({function: {arguments: fragment}})),
      ];
      const chat = streamed(openai, cutAt(openAiStream(deltas, 'tool_calls'), lengths));
      t.deepEqual(JSON.parse(openAiView(chat).texts['0/0/call_1'] ?? ''), expected);

      const start = {type: 'tool_use', id: 'toolu_1', input: {}, ...(tool === '' ? {} : {name: tool})};
      const fragments = [first, ...rest].map((fragment) => ({type: 'input_json_delta', partial_json: fragment}));
      const message = streamed(anthropic, cutAt(anthropicStream(start, fragments), lengths));
      t.deepEqual(JSON.parse(anthropicView(message).texts['0/input'] ?? ''), expected);
    }
    const named = tool === '' ? {arguments: json} : {name: tool, arguments: json};
    const calls = [{id: 'call_1', type: 'function', function: named}];
    const whole = JSON.stringify({
      choices: [{index: 0, message: {role: 'assistant', content: null, tool_calls: calls}}],
    });
    const body = restoreResponse({dialect: openai, route: routeOf(openai), table}, whole);
    const sent = JSON.parse(body) as {choices: {message: {tool_calls: {function: {arguments: string}}[]}}[]};
    t.deepEqual(JSON.parse(sent.choices[0]?.message.tool_calls[0]?.function.arguments ?? ''), expected);

    const block = {type: 'tool_use', id: 'toolu_1', input: given, ...(tool === '' ? {} : {name: tool})};
    const message = JSON.stringify({type: 'message', role: 'assistant', content: [block]});
    const answer = restoreResponse({dialect: anthropic, route: routeOf(anthropic), table}, message);
    t.deepEqual((JSON.parse(answer) as {content: {input: unknown}[]}).content[0]?.input, expected);
  });
}

test('calls of one stream are told apart: only the one of an allowed tool holds values', (t) => {
  const call = (index: number, more: object) => ({tool_calls: [{index, ...more}]});
  const json = JSON.stringify({to: JOE});
  const stream = openAiStream([
    call(0, {id: 'a', function: {name: 'mail', arguments: json.slice(0, 12)}}),
    call(1, {id: 'b', function: {name: 'web_search', arguments: json.slice(0, 20)}}),
    call(0, {function: {arguments: json.slice(12)}}),
    call(1, {function: {arguments: json.slice(20)}}),
  ]);
  const {texts} = openAiView(streamed(openai, [stream]));
  t.deepEqual(texts, {'0/0/a': '{"to":"joe@example.com"}', '0/1/b': json});
});

test('a tool whose name comes in parts is judged by the whole name, and not at all once arguments have begun', (t) => {
  const call = (more: object) => ({tool_calls: [{index: 0, ...more}]});
  const parts = [{id: 'a', function: {name: 'ma', arguments: ''}}, {function: {name: 'il', arguments: ''}}];
  const json = JSON.stringify({to: JOE});
  const late = openAiStream([...parts.map(call), call({function: {arguments: json}})]);
  t.is(openAiView(streamed(openai, [late])).texts['0/0/a'], '{"to":"joe@example.com"}');
  const changing = openAiStream([
    call({id: 'a', function: {name: 'mail', arguments: '{"a":1,'}}),
    call({function: {name: '_all', arguments: `"to":"${JOE}"}`}}),
  ]);
  const restorer = createStreamRestorer({dialect: openai, route: routeOf(openai), table});
  t.false(restorer.push(changing).toString().includes('joe@'));
  t.is(restorer.summary.failure?.code, 'UPSTREAM_INVALID');
});

for (const [kind, value] of [
  ['object', {to: QUOTED}],
  ['list', [{to: QUOTED}]],
  ['list of texts', [QUOTED, 'x']],
] as const) {
  test(`an answer that is a JSON ${kind} stays one`, (t) => {
    const expected: unknown = JSON.parse(JSON.stringify(value).replace(QUOTED, JSON.stringify(VALUES[2]).slice(1, -1)));
    for (const indent of [0, 2]) {
      const json = JSON.stringify(value, null, indent);
      for (const lengths of [[1], [5], [1000]]) {
        const chat = streamed(openai, [openAiStream(deltasOf(json, lengths).map((content) => ({content})))]);
        t.deepEqual(JSON.parse(openAiView(chat).texts['0/content'] ?? ''), expected);
      }
      const whole = JSON.stringify({choices: [{index: 0, message: {role: 'assistant', content: json}}]});
      const body = restoreResponse({dialect: openai, route: routeOf(openai), table}, whole);
      const sent = JSON.parse(body) as {choices: {message: {content: string}}[]};
      t.deepEqual(JSON.parse(sent.choices[0]?.message.content ?? ''), expected);
    }
  });
}

test('nothing but texts for the caller is restored, and what holds no placeholder is the same bytes', (t) => {
  const whole = JSON.stringify({id: JOE, model: JOE, system_fingerprint: JOE, usage: {prompt_tokens: 3}, choices: []});
  t.is(restoreResponse({dialect: openai, route: routeOf(openai), table}, whole), whole);
  const plain = openAiStream([{content: 'a [link](x) and [email-'}, {content: 'x]'}]);
  t.is(
    streamed(openai, [plain]).replaceAll(/"content":"(?:[^"]*)"/g, ''),
    plain.toString().replaceAll(/"content":"(?:[^"]*)"/g, ''),
  );
  const chunk = openAiStream([{content: 'nothing here'}]);
  const restorer = createStreamRestorer({dialect: openai, route: routeOf(openai), table});
  t.is(restorer.push(chunk), chunk);
});
