import test from 'ava';
import fc from 'fast-check';
import {RE2JS} from 're2js';
import {compileMatcher} from '../../../../engine/detect/matcher.ts';
import {UnicodeTables} from '../../../../engine/detect/regex/unicode.ts';
import {finderOf, isUnambiguous, patterns, texts} from './support.ts';

const tables = new UnicodeTables();

function spansOf(pattern: string, text: string): [number, number][] {
  const compiled = compileMatcher([finderOf(pattern)]);
  if (!compiled.ok) throw new Error(`${pattern}: ${JSON.stringify(compiled.problems)}`);
  return compiled.matcher.find(text, Uint8Array.of(1)).map(({start, end}) => [start, end]);
}

/** What re2js finds, without the empty matches. */
function oracle(pattern: string, text: string): [number, number][] {
  const matcher = RE2JS.compile(pattern).matcher(text);
  const spans: [number, number][] = [];
  while (matcher.find()) if (matcher.end() > matcher.start()) spans.push([matcher.start(), matcher.end()]);
  return spans;
}

test('findings are those of RE2, for any pattern that cannot match the empty text', (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(patterns, fc.array(texts, {minLength: 4, maxLength: 4}), (pattern, samples) => {
        fc.pre(isUnambiguous(pattern, tables));
        for (const text of samples) {
          const actual = JSON.stringify(spansOf(pattern, text));
          const expected = JSON.stringify(oracle(pattern, text));
          if (actual !== expected) throw new Error(`${pattern} in ${JSON.stringify(text)}: ${actual}, RE2 ${expected}`);
        }
      }),
      {numRuns: 4000},
    );
  });
});

for (const [pattern, text] of [
  ['(?i)straße', 'STRASSE Straße STRAßE'],
  ['(?i)[k-s]+', 'KELVIN K ſ K'],
  ['(?i)σ+', 'Σσς'],
  ['\\p{Greek}+', 'abc αβγ def Ω'],
  ['\\p{Lu}\\p{^Lu}+', 'Hello World Ä'],
  ['\\PN+', 'ab12cd'],
  ['[[:alpha:]]+[[:^alpha:]]', 'ab1 cd'],
  ['[\\d\\-x]+', '12-x y'],
  ['[]a]+', 'a]b'],
  ['[^]a]+', 'xa]b'],
  ['\\x41\\x{1F600}', 'A😀'],
  ['\\Qa.b\\E+', 'a.bbb axb'],
  ['(?U)a+', 'aaa'],
  ['(?s).+', 'a\nb'],
  ['.+', 'a\nb'],
  ['\\Aab\\z', 'ab'],
  ['a{,3}', 'a{,3} aaa'],
  ['x{2,5}?y', 'xxxxy'],
  ['(?P<n>a)|(b)', 'ab'],
  ['\\101+', 'AAA'],
  ['[\\w-]+', 'a-b c'],
  ['(?i)É', 'é É'],
  ['\\pL+', 'naïve Ünïcode ß'],
  ['[^\\x00-\\x7F]', 'a😀é'],
] as const) {
  test(`${pattern} finds what RE2 finds in ${JSON.stringify(text)}`, (t) => {
    t.deepEqual(spansOf(pattern, text), oracle(pattern, text));
  });
}

for (const pattern of [
  '(?=a)b',
  '(?<!a)b',
  '(a)\\1',
  '(?>a)',
  'a**',
  'a{1001}',
  '((a{100}){100})',
  '(a',
  'a)',
  '[a',
  '\\',
  '*a',
  '\\pX',
  '[b-a]',
  '(?P<n>a)(?P<n>b)',
  '(?<n',
  'a{5,2}',
  '\\C',
  '[[:nope:]]',
  '\\y',
  '(?z)a',
]) {
  test(`${pattern} is refused, as RE2 refuses it`, (t) => {
    t.throws(() => RE2JS.compile(pattern === '\\C' ? '\\y' : pattern));
    const compiled = compileMatcher([finderOf('ok'), finderOf(pattern)]);
    t.like(compiled, {ok: false, problems: [{finder: 1}]});
  });
}
