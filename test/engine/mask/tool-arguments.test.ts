import test from 'ava';
import fc from 'fast-check';
import {guardResponse} from '../../../engine/dialect/guard-response.ts';
import {DIALECTS} from '../../../engine/dialect/index.ts';
import {createStreamGuard} from '../../../engine/dialect/stream-guard.ts';
import {openAiView} from '../dialect/support/client-view.ts';
import {nothing} from '../dialect/support/plans.ts';
import {nearSecrets} from './near-secrets.ts';
import {CATALOGUE, cut, cuttings, ruleSet} from './support.ts';

const LABELS = new Set('email card-number password generic-secret us-ssn date-of-birth private-key'.split(' '));
const {matcher, active: finders, treatmentOf} = ruleSet(CATALOGUE.filter(({label}) => LABELS.has(label)));
const plan = {...nothing().plan, finders, plainFinders: finders, treatmentOf};
const dialect = DIALECTS.openai;

const HEAD = {id: 'c', created: 1, model: 'm'};

/** The arguments of a call as a client has them from a whole answer. */
function whole(json: string): string {
  const route = dialect.route('POST', '/v1/chat/completions');
  if (route === undefined) throw new Error('there is no route for chat completions');
  const calls = [{id: 'call', type: 'function', function: {name: 'act', arguments: json}}];
  const message = {role: 'assistant', content: null, tool_calls: calls};
  const answer = {...HEAD, object: 'chat.completion', choices: [{index: 0, message, finish_reason: 'tool_calls'}]};
  const {body} = guardResponse({dialect, route, matcher, plan, body: JSON.stringify(answer)});
  const guarded = JSON.parse(body) as {choices: {message: {tool_calls: {function: {arguments: string}}[]}}[]};
  return guarded.choices[0]?.message.tool_calls[0]?.function.arguments ?? '';
}

/** The same from a stream. */
function streamed(pieces: readonly string[]): string {
  const route = dialect.route('POST', '/v1/chat/completions');
  if (route === undefined) throw new Error('there is no route for chat completions');
  const chunk = (delta: object, finish: string | null) =>
    `data: ${JSON.stringify({...HEAD, object: 'chat.completion.chunk', choices: [{index: 0, delta, finish_reason: finish}]})}\n\n`;
  const first = {index: 0, id: 'call', type: 'function', function: {name: 'act', arguments: ''}};
  const events = [
    chunk({tool_calls: [first]}, null),
    ...pieces.map((piece) => chunk({tool_calls: [{index: 0, function: {arguments: piece}}]}, null)),
    chunk({}, 'tool_calls'),
    'data: [DONE]\n\n',
  ];
  const guard = createStreamGuard({dialect, route, matcher, plan});
  const out = [guard.push(Buffer.from(events.join(''))), guard.end().bytes];
  return openAiView(Buffer.concat(out).toString()).texts['0/0/call'] ?? '';
}

const keys = fc.constantFrom('password', 'api_key', 'apiKey', 'ssn', 'dateOfBirth', 'card', 'note', 'to', 'a b', 'x"y');
const leaves = fc.oneof(
  nearSecrets.map((text) => text.slice(0, 150)),
  fc.constantFrom('hunter2-fake9', 'aB3dE6gH9jK2', '536-90-4399', '1980-04-12', 'jane.doe@example.com'),
  fc.constantFrom(4111111111111111, 536904399, 1, true, null),
);
const documents = fc.letrec<{value: unknown}>((tie) => ({
  value: fc.oneof(
    {maxDepth: 3},
    leaves,
    fc.array(tie('value'), {maxLength: 3}),
    fc.dictionary(keys, tie('value'), {maxKeys: 4}),
  ),
})).value;
const calls = fc.dictionary(keys, documents, {minKeys: 1, maxKeys: 4});

test('arguments of a tool call are masked alike, streamed and whole, and stay JSON', (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(calls, cuttings, fc.constantFrom(undefined, 2), (call, lengths, indent) => {
        const json = JSON.stringify(call, null, indent);
        const fromStream = JSON.parse(streamed(cut(json, lengths))) as unknown;
        return JSON.stringify(fromStream) === JSON.stringify(JSON.parse(whole(json)));
      }),
      {numRuns: 2000},
    );
  });
});

test('a value is masked by what its key says of it', (t) => {
  const json = JSON.stringify({
    user: {password: 'hunter2-fake9'},
    ssn: 536904399,
    api_key: ['aB3dE6gH9jK2'],
    note: 'ok',
  });
  for (const lengths of [[1], [6], [1000]]) {
    const output = streamed(cut(json, lengths));
    t.deepEqual(JSON.parse(output), JSON.parse(whole(json)));
    t.notRegex(output, /hunter2|536904399|aB3d/);
  }
});
