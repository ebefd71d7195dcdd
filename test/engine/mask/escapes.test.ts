import test from 'ava';
import fc from 'fast-check';
import {openai} from '../../../engine/dialect/openai.ts';
import {spliceEdits} from '../../../engine/dialect/splice.ts';
import {maskClusters} from '../../../engine/mask/clusters.ts';
import {outsideEscapes} from '../../../engine/mask/escapes.ts';
import {findInRun} from '../../../engine/mask/run-findings.ts';
import {finderOf} from '../detect/regex/support.ts';
import {ruleSet} from './support.ts';

const ADDRESS = '[a-z]{1,20}@[a-z]{1,20}\\.com';
const rules = ruleSet([finderOf(ADDRESS)], [{tokenOf: (value) => `<${value}>`}]);

/** What a tool answered, as it would be sent. */
function answered(content: string): string {
  const body = JSON.stringify({model: 'm', messages: [{role: 'tool', tool_call_id: 'c', content}]});
  const route = openai.route('POST', '/v1/chat/completions');
  if (route === undefined) throw new Error('no route');
  const {runs} = openai.readRequest(route, body);
  const edits = runs.flatMap((run, index) =>
    maskClusters(run.text, findInRun(rules.matcher, run, rules.active), rules.treatmentOf).map((edit) => ({
      ...edit,
      run: index,
    })),
  );
  return (JSON.parse(spliceEdits(body, runs, edits)) as {messages: {content: string}[]}).messages[0]?.content ?? '';
}

test('JSON that a tool answered stays JSON, and each of its strings is masked as what it means', (t) => {
  const part = fc.constantFrom('joe@example.com', '\n', '\t', '"', '\\', '\\n', 'é', '\u0007', ' ', 'x', '.');
  const text = fc.array(part, {maxLength: 6}).map((parts) => parts.join(''));
  const masked = (value: string) => value.replaceAll(new RegExp(ADDRESS, 'g'), (address) => `<${address}>`);
  t.notThrows(() => {
    fc.assert(
      fc.property(fc.array(text, {minLength: 1, maxLength: 3}), (leaves) => {
        const sent = JSON.parse(answered(JSON.stringify({leaves}))) as {leaves: string[]};
        return JSON.stringify(sent.leaves) === JSON.stringify(leaves.map(masked));
      }),
      {numRuns: 2000},
    );
  });
});

test('text that only looks like JSON is masked as it is written', (t) => {
  t.is(answered('{"a": "x\\njoe@example.com'), '{"a": "x\\<njoe@example.com>');
});

test('a finding begins behind the escape that it begins in, and ends behind the one it ends in', (t) => {
  const at = (text: string, start: number, end: number) =>
    outsideEscapes(text, [{finder: 0, start, end}]).map((finding) => text.slice(finding.start, finding.end));
  t.deepEqual(at('\\njoe', 1, 5), ['joe']);
  t.deepEqual(at('\\\\njoe', 2, 6), ['njoe']);
  t.deepEqual(at('\\u0041BC', 3, 8), ['BC']);
  t.deepEqual(at('AB\\u0041', 0, 4), ['AB\\u0041']);
  t.deepEqual(at('\\u0041', 2, 5), []);
});
