import test from 'ava';
import fc from 'fast-check';
import {finderOf} from '../detect/regex/support.ts';
import {CATALOGUE, cut, cuttings, openLane, ruleSet, streamed} from './support.ts';

const rules = ruleSet([
  finderOf('secret-[0-9]+', {label: 'key'}),
  finderOf('\\b[0-9]{7,}\\b', {label: 'number'}),
  finderOf('"quoted"', {label: 'q"\\q'}),
  finderOf('[a-z]+@[a-z]+\\.com', {label: 'email'}),
]);

/** What masking a document means: every key, string and long number by itself. */
function expected(value: unknown): unknown {
  if (typeof value === 'string') return streamed(rules, [value]);
  if (typeof value === 'number') {
    const text = String(value);
    const masked = text.replaceAll(/[^0-9]/g, '').length >= 7 ? streamed(rules, [text]) : text;
    return masked === text ? value : masked;
  }
  if (Array.isArray(value)) return value.map(expected);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [expected(key), expected(item)]));
}

test('keys of one object that are masked alike are numbered, however they are cut', (t) => {
  const json = '{"secret-1":1,"o":{"secret-2":[{"secret-1":0}],"secret-3":2},"secret-4":3,"x secret-5":4,"secret-6":5}';
  const masked = '{"‹key›":1,"o":{"‹key›":[{"‹key›":0}],"‹key› 2":2},"‹key› 2":3,"x ‹key›":4,"‹key› 3":5}';
  for (let at = 0; at <= json.length; at++) {
    t.is(streamed(rules, [json.slice(0, at), json.slice(at)], 'json'), masked);
  }
  t.is(streamed(rules, Array.from(json), 'json'), masked);
});

const strings = fc
  .array(
    fc.constantFrom('secret-', '12', '3456789', 'ab', '@', 'x.com', ' ', '"quoted"', '\\', '\n', '😀', 'é', '\u0001'),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''));
const documents = fc.letrec<{value: unknown}>((tie) => ({
  value: fc.oneof(
    {maxDepth: 3},
    strings,
    fc.integer(),
    fc.double({noNaN: true, noDefaultInfinity: true}),
    fc.constantFrom(true, false, null),
    fc.array(tie('value'), {maxLength: 4}),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'secret-1', 'c"d'), tie('value')), {
        selector: ([key]) => key,
        maxLength: 3,
      })
      .map((entries) => Object.fromEntries(entries) as unknown),
  ),
})).value;

test('a document is masked as the texts it means and stays JSON, however it is cut', (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(documents, cuttings, fc.constantFrom(undefined, 2), (document, lengths, indent) => {
        const json = JSON.stringify(document, null, indent);
        const output = streamed(rules, cut(json, lengths), 'json');
        return JSON.stringify(JSON.parse(output)) === JSON.stringify(expected(document));
      }),
      {numRuns: 3000},
    );
  });
});

test('any text in a JSON lane comes out the same, however it is cut', (t) => {
  const broken = fc
    .array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ':',
        ',',
        '"',
        '\\',
        '\\u0073',
        '\\u00',
        'secret-123',
        '1234567',
        ' ',
        'true',
        'x',
        '😀',
        '\ud83d',
      ),
      {
        maxLength: 16,
      },
    )
    .map((parts) => parts.join(''));
  t.notThrows(() => {
    fc.assert(
      fc.property(broken, cuttings, (text, lengths) => {
        return streamed(rules, cut(text, lengths), 'json') === streamed(rules, [text], 'json');
      }),
      {numRuns: 5000},
    );
  });
});

test('what is not masked stays byte for byte', (t) => {
  const json = '{ "a\\u0062" : [1.0e2, -0,\t"\\/ \\uD83D\\uDE00 é"], "secret": null }\n';
  t.is(streamed(rules, cut(json, [1]), 'json'), json);
});

test('a value hidden by escapes is found, and its token is escaped', (t) => {
  t.is(streamed(rules, cut('{"k":"\\u0073ecret-12 \\"quoted\\""}', [1]), 'json'), '{"k":"‹key› ‹q\\"\\\\q›"}');
});

test('a long number becomes a string', (t) => {
  t.is(streamed(rules, cut('{"n": -4111111111 ,"m":123456}', [1]), 'json'), '{"n": "-‹number›" ,"m":123456}');
});

test('a key is masked like a value', (t) => {
  t.is(streamed(rules, ['{"secret-1":"secret-2"}'], 'json'), '{"‹key›":"‹key›"}');
});

for (const [text, output] of [
  ['I said: secret-42!', 'I said: ‹key›!'],
  ['{"a": secret-42}', '{"a": ‹key›}'],
  ['{"a": 1} secret-42', '{"a": 1} ‹key›'],
  ['4111111 x', '‹number› x'],
  ['{"a" "secret-4"}', '{"a" "‹key›"}'],
  ['[1234567 1234567]', '[‹number› ‹number›]'],
  ['{"a":"secret-4', '{"a":"‹key›'],
  ['', ''],
] as const) {
  test(`a lane that is no JSON is masked as text: ${text}`, (t) => {
    t.is(streamed(rules, cut(text, [1]), 'json'), output);
    t.is(streamed(rules, text === '' ? [] : [text], 'json'), output);
  });
}

test('a blocking finding in a string releases nothing from where it starts', (t) => {
  const blocking = ruleSet([finderOf('secret-[0-9]+')], [{action: 'block'}]);
  const lane = openLane(blocking, 'json');
  for (const unit of '{"a":"say secret-1", "b": 2}') lane.push(unit);
  lane.masker.end();
  t.is(lane.output, '{"a":"say ');
  t.like(lane.blocked, {finder: 0});
});

test('with all detectors a tool call is masked and stays JSON', (t) => {
  const json = JSON.stringify({to: 'jane.doe@example.com', card: 4111111111111111, note: 'key AKIAQWERTFAKEZXCVBNM'});
  const output = streamed(ruleSet(CATALOGUE), cut(json, [4]), 'json');
  t.deepEqual(JSON.parse(output), {to: '‹email›', card: '‹card-number›', note: 'key ‹aws-access-key-id›'});
});
