import test from 'ava';
import fc from 'fast-check';
import {UnicodeTables} from '../../../engine/detect/regex/unicode.ts';
import {finderOf, isUnambiguous, patterns, texts} from '../detect/regex/support.ts';
import {nearSecrets, SEEDS} from './near-secrets.ts';
import {re2ForV8} from './re2-for-v8.ts';
import {createReference} from './reference.ts';
import {CATALOGUE, masked, ruleSet} from './support.ts';

const catalogue = ruleSet(CATALOGUE);
const reference = createReference(CATALOGUE, catalogue.treatmentOf);
const tables = new UnicodeTables();

test('every example and near-miss of the catalogue is masked as the reference says', (t) => {
  t.deepEqual(
    SEEDS.filter((text) => masked(catalogue, text) !== reference(text)),
    [],
  );
});

test('any text near a finding is masked as the reference says', (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(nearSecrets, (text) => masked(catalogue, text) === reference(text)),
      {numRuns: 2500},
    );
  });
});

test('any text is masked as the reference says, with any patterns', (t) => {
  const rules = fc.array(patterns, {minLength: 1, maxLength: 4});
  t.notThrows(() => {
    fc.assert(
      fc.property(rules, fc.array(texts, {minLength: 10, maxLength: 10}), (sources, samples) => {
        fc.pre(sources.every((source) => isUnambiguous(source, tables)));
        const set = ruleSet(
          sources.map((source) => finderOf(source)),
          sources.map((_, id) => ({priority: id >> 1})),
        );
        const plain = createReference(set.finders, set.treatmentOf);
        return samples.every((text) => masked(set, text) === plain(text));
      }),
      {numRuns: 2000},
    );
  });
});

test('what a matcher finds does not depend on what it has seen before', (t) => {
  const set = ruleSet(['[ab]', '(?:.|(?:ca)*)(?:é|(?i:B))', '(?:😀){1,3}'].map((source) => finderOf(source)));
  const found = Array.from({length: 3}, () => masked(set, '😀aBa'));
  t.is(new Set(found).size, 1);
  t.is(found[0], createReference(set.finders, set.treatmentOf)('😀aBa'));
});

test('the order of rules makes no difference', (t) => {
  const numbered = CATALOGUE.map((finder, id) => ({finder, priority: id}));
  const reversed = numbered.toReversed();
  const backwards = ruleSet(
    reversed.map(({finder}) => finder),
    reversed.map(({priority}) => ({priority})),
  );
  t.deepEqual(
    SEEDS.filter((text) => masked(backwards, text) !== masked(catalogue, text)),
    [],
  );
});

for (const [re2, text, whole] of [
  ['(?i)a[b-d]', 'xAC', 'AC'],
  ['\\bk\\b', 'k\u017f', 'k'],
  ['^a$', 'a', 'a'],
  ['(?m)^a$', 'b\na\nc', 'a'],
  ['a.b', 'a\rb', 'a\rb'],
  ['(?s)a.b', 'a\nb', 'a\nb'],
  ['a\\sb', 'a\u00a0b a b', 'a b'],
  ['\\Qa.b\\E', 'a.b', 'a.b'],
  ['[[:digit:]x-]+', 'a1-x', '1-x'],
  ['(?U)a+', 'aaa', 'a'],
  ['\\x{1F600}\\x41', '😀A', '😀A'],
  ['(?i:a)b', 'AB Ab', 'Ab'],
  ['(?:^|[^a])(?P<mask>b)(?:[^a]|$)', 'cbc', 'b'],
] as const) {
  test(`the reference takes ${re2} as RE2 does`, (t) => {
    t.is(new RegExp(re2ForV8(re2, false), 'u').exec(text)?.[0], whole);
  });
}
