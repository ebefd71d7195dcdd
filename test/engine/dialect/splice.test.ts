import test from 'ava';
import fc from 'fast-check';
import type {MaskEdit} from '../../../engine/decide/decision.ts';
import {TextCollector} from '../../../engine/dialect/collect.ts';
import type {Route} from '../../../engine/dialect/dialect.ts';
import {scanJson} from '../../../engine/dialect/json/scan.ts';
import {openai} from '../../../engine/dialect/openai.ts';
import {spliceEdits} from '../../../engine/dialect/splice.ts';
import type {TextRun} from '../../../engine/exchange.ts';
import {applyEdits} from '../../../engine/mask/clusters.ts';

const chat: Route = {operation: 'chat', method: 'POST', upstreamPath: '/chat/completions'};

function runsOf(body: string): readonly TextRun[] {
  const collector = new TextCollector(body, scanJson(body));
  collector.walk(collector.root, 'other');
  return collector.runs;
}

/** The same JSON value as a writer may spell it that escapes some characters of strings without need. */
const spelled = (value: fc.JsonValue, isEscaped: (unit: string) => boolean): string =>
  JSON.stringify(value, null, 1).replace(/"(?:[^"\\]|\\.)*"/g, (token) =>
    token.replace(/\\(?:u[0-9a-f]{4}|.)|[a-z\u00e0-\u00ff]/g, (unit) =>
      unit.length === 1 && isEscaped(unit) ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}` : unit,
    ),
  );

test('without edits the body is the same string', (t) => {
  const body = '{"a": [1.0, "x"]}';
  t.is(spliceEdits(body, runsOf(body), []), body);
});

test('an edit changes its own characters only, whatever escapes stand around it', (t) => {
  const body = '{"k" :"a\\u00e9\\n\\ud83d\\ude00secret\\/z" , "n":1.0}';
  const run = runsOf(body).findIndex(({text}) => text.includes('secret'));
  const start = runsOf(body)[run]?.text.indexOf('secret') ?? -1;
  const masked = spliceEdits(body, runsOf(body), [{run, start, end: start + 6, token: '"\n'}]);
  t.is(masked, '{"k" :"a\\u00e9\\n\\ud83d\\ude00\\"\\n\\/z" , "n":1.0}');
});

test('for any document and edits the result is JSON with exactly these texts changed', (t) => {
  const escapes = fc.constantFrom(
    (): boolean => false,
    (unit: string) => unit < 'm',
  );
  fc.assert(
    fc.property(fc.jsonValue({maxDepth: 3}), escapes, fc.infiniteStream(fc.nat(9)), (value, escape, choices) => {
      const body = spelled(value, escape);
      if (!body.isWellFormed() || /\\u[dD][89a-fA-F]/.test(body)) return;
      const choose = (limit: number): number => (choices.next().value ?? 0) % (limit + 1);
      const runs = runsOf(body);
      const edits = runs.flatMap(({text}, run): MaskEdit[] => {
        const start = choose(text.length - 1);
        const end = start + choose(text.length - start);
        return end > start && isWholeUnits(text, start, end) ? [{run, start, end, token: '[é"\\]'}] : [];
      });
      const masked = spliceEdits(body, runs, edits);
      const expected = runs.map(({text}, run) =>
        applyEdits(
          text,
          edits.filter((edit) => edit.run === run),
        ),
      );
      const texts = expected.filter((text) => text !== '');
      const actual = textsOf(masked);
      t.is(actual.length, texts.length);
      texts.forEach((text, i) => {
        t.true(actual[i] === text || actual[i]?.replace(/ \d+$/, '') === text, `${actual[i]} for ${text}`);
      });
    }),
  );
});

function isWholeUnits(text: string, start: number, end: number): boolean {
  return (text.slice(0, start) + text.slice(end)).isWellFormed() && text.slice(start, end).isWellFormed();
}

/** Of a document that is still acceptable: masked keys that would be equal are numbered. */
function textsOf(body: string): string[] {
  return runsOf(body)
    .map(({text}) => text)
    .filter((text) => text !== '');
}

test('a finding over adjacent text parts leaves its token in the first, is gone from the others, and leaves none empty', (t) => {
  const parts = ['my key is sk-', 'abc', 'def, thanks'].map((text) => ({type: 'text', text}));
  const body = JSON.stringify({model: 'm', messages: [{role: 'user', content: parts}]});
  const {runs} = openai.readRequest(chat, body);
  const run = runs.findIndex(({text}) => text.includes('sk-abcdef'));
  const masked = JSON.parse(spliceEdits(body, runs, [{run, start: 10, end: 19, token: '[KEY]'}])) as {
    messages: [{content: {text: string}[]}];
  };
  t.deepEqual(
    masked.messages[0].content.map(({text}) => text),
    ['my key is [KEY]', '…', ', thanks'],
  );
});

test('a masked number becomes a quoted token', (t) => {
  const body = '{"a":[ 4111111111111111 ]}';
  const run = runsOf(body).findIndex(({text}) => text.startsWith('4111'));
  t.is(spliceEdits(body, runsOf(body), [{run, start: 0, end: 16, token: '[CARD]'}]), '{"a":[ "[CARD]" ]}');
});

test('text inside tool arguments is masked so that the arguments stay JSON', (t) => {
  const inner = '{"to": "jo\\u00e9 \\"x\\" secret", "secret": 5551234567, "deep": ["secret\\n"]}';
  const call = {id: 'c', type: 'function', function: {name: 'f', arguments: inner}};
  const body = JSON.stringify({model: 'm', messages: [{role: 'assistant', content: null, tool_calls: [call]}]});
  const {runs} = openai.readRequest(chat, body);
  const edits = runs.flatMap(({text}, run): MaskEdit[] => {
    const start = text.search(/secret|5551234567/);
    return start < 0 ? [] : [{run, start, end: start + (/\d/.test(text) ? 10 : 6), token: '<"T\\">'}];
  });
  const masked = JSON.parse(spliceEdits(body, runs, edits)) as {
    messages: [{tool_calls: [{function: {arguments: string}}]}];
  };
  const sent = masked.messages[0].tool_calls[0].function.arguments;
  t.deepEqual(JSON.parse(sent), {to: 'joé "x" <"T\\">', '<"T\\">': '<"T\\">', deep: ['<"T\\">\n']});
  t.true(sent.startsWith('{"to": "jo\\u00e9 \\"x\\" '));
});

test('text in a base64 data URL is masked inside the encoding', (t) => {
  const file = {file_data: `data:text/plain;base64,${Buffer.from('key: secret é').toString('base64')}`};
  const body = JSON.stringify({model: 'm', messages: [{role: 'user', content: [{type: 'file', file}]}]});
  const {runs, uninspectable} = openai.readRequest(chat, body);
  const run = runs.findIndex(({text}) => text.includes('secret'));
  const masked = spliceEdits(body, runs, [{run, start: 5, end: 11, token: '[X]'}]);
  t.is(masked, body.replace(/base64,[^"]*/, `base64,${Buffer.from('key: [X] é').toString('base64')}`));
  t.deepEqual(uninspectable, []);
});

test('very many edits, in one text or over very many parts, are made in time that grows with them', (t) => {
  const startedAtMs = performance.now();
  for (const content of [
    'secret '.repeat(200_000),
    Array.from({length: 60_000}, () => ({type: 'text', text: 'secret '})),
  ] as const) {
    const body = JSON.stringify({model: 'm', messages: [{role: 'user', content}]});
    const {runs} = openai.readRequest(chat, body);
    const run = runs.findIndex(({text}) => text.startsWith('secret secret'));
    const edits = [...(runs[run]?.text.matchAll(/secret/g) ?? [])].map(
      ({index}): MaskEdit => ({run, start: index, end: index + 6, token: 'X'}),
    );
    t.true(edits.length >= 60_000);
    t.is(spliceEdits(body, runs, edits), body.replaceAll('secret', 'X'));
  }
  t.true(performance.now() - startedAtMs < 8_000);
});
