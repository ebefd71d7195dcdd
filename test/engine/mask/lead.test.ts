import test from 'ava';
import fc from 'fast-check';
import {openai} from '../../../engine/dialect/openai.ts';
import {spliceEdits} from '../../../engine/dialect/splice.ts';
import {maskClusters} from '../../../engine/mask/clusters.ts';
import {findInRun} from '../../../engine/mask/run-findings.ts';
import {finderOf} from '../detect/regex/support.ts';
import {CATALOGUE, cut, cuttings, openLane, type RuleSet, ruleSet, streamed} from './support.ts';

const PASSWORD = finderOf('password"?[:=] ?"?(?P<mask>[a-z0-9😀]{3,})(?:$|["\\s])', {label: 'pw'});
const PIN = finderOf('pin"?: ?(?P<mask>[0-9]{7,9})(?:$|[^0-9])', {label: 'pin'});
const TOGETHER = finderOf('secret\\W+\\w+', {label: 'all'});
const rules = ruleSet([PASSWORD, PIN, TOGETHER, finderOf('x+y', {label: 'xy'})]);

/** The arguments of a tool call in a request, masked where they stand. */
function inRequest(set: RuleSet, json: string): string {
  const calls = [{id: 'c', type: 'function', function: {name: 'f', arguments: json}}];
  const body = JSON.stringify({model: 'm', messages: [{role: 'assistant', tool_calls: calls}]});
  const route = openai.route('POST', '/v1/chat/completions');
  if (route === undefined) throw new Error('no route');
  const {runs} = openai.readRequest(route, body);
  const edits = runs.flatMap((run, index) =>
    maskClusters(run.text, findInRun(set.matcher, run, set.active), set.treatmentOf).map((edit) => ({
      ...edit,
      run: index,
    })),
  );
  const sent = JSON.parse(spliceEdits(body, runs, edits)) as {
    messages: {tool_calls: {function: {arguments: string}}[]}[];
  };
  return sent.messages[0]?.tool_calls[0]?.function.arguments ?? '';
}

for (const [json, expected] of [
  ['{"password": "abc123"}', '{"password": "‹pw›"}'],
  [
    '{"a": {"password":"abc123"}, "password" :["abc123", "def456"]}',
    '{"a": {"password":"‹pw›"}, "password" :["‹pw›", "‹pw›"]}',
  ],
  ['{"pin": 12345678, "pint": 12345678}', '{"pin": "‹pin›", "pint": 12345678}'],
  ['{"secret": "abc def"}', '{"secret": "‹all› def"}'],
  ['{"password": "abc123", "other": "abc123"}', '{"password": "‹pw›", "other": "abc123"}'],
  ['{"password": {"hint": "abc123"}}', '{"password": {"hint": "abc123"}}'],
  ['{"pass\\u0077ord": "abc\\u0031"}', '{"pass\\u0077ord": "‹pw›"}'],
  ['{"note": "say password=abc1 now"}', '{"note": "say password=‹pw› now"}'],
  ['{"password": "xxyabc and"}', '{"password": "‹pw› and"}'],
] as const) {
  test(`what a key says of its value counts: ${json}`, (t) => {
    t.is(inRequest(rules, json), expected);
    for (const lengths of [[1], [2, 5], [1000]]) t.is(streamed(rules, cut(json, lengths), 'json'), expected);
  });
}

test('a live document is masked like a whole one, whatever keys, values and cuts', (t) => {
  const word = fc.constantFrom(
    'password',
    'pin',
    'secret',
    'abc123',
    'xxy',
    '"',
    '\\',
    ' ',
    '12345678',
    '😀',
    'password=abc',
  );
  const text = fc.array(word, {maxLength: 3}).map((parts) => parts.join(''));
  const value = fc.letrec<{value: unknown}>((tie) => ({
    value: fc.oneof(
      {depthSize: 'small', maxDepth: 3},
      text,
      fc.constantFrom(12345678, true, null),
      fc.array(tie('value'), {maxLength: 3}),
      fc.dictionary(text, tie('value'), {maxKeys: 3}),
    ),
  })).value;
  t.notThrows(() => {
    fc.assert(
      fc.property(fc.dictionary(text, value, {minKeys: 1, maxKeys: 3}), cuttings, (document, lengths) => {
        const json = JSON.stringify(document);
        return streamed(rules, cut(json, lengths), 'json') === streamed(rules, [json], 'json');
      }),
      {numRuns: 2000},
    );
  });
});

test('a finding that is seen both ways is told once', (t) => {
  const lane = openLane(rules, 'json');
  lane.push('{"k": "password=abc1 xy", "password": "xxy"}');
  lane.masker.end();
  t.deepEqual(lane.findings.map(({finder, start}) => [finder, start]).sort(), [
    [0, 0],
    [0, 9],
    [3, 0],
    [3, 14],
  ]);
});

test('a password under its key is found by the catalogue', (t) => {
  const json = '{"host": "db.example.com", "password": "Tr0ub4dor-fake-9x7Q"}';
  const catalogue = ruleSet(CATALOGUE);
  t.false(streamed(catalogue, cut(json, [3]), 'json').includes('Tr0ub4dor'));
  t.false(inRequest(catalogue, json).includes('Tr0ub4dor'));
  t.true(inRequest(catalogue, json).startsWith('{"host": "db.example.com", "password": "‹'));
});
