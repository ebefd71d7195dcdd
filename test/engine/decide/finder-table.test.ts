import test from 'ava';
import fc from 'fast-check';
import {asAsked, createFinderTable} from '../../../engine/decide/finder-table.ts';
import {type Finder, type Finding, type Matcher, VIEW_NAMES} from '../../../engine/detect/finder.ts';
import {compileMatcher} from '../../../engine/detect/matcher.ts';
import {type DetectorDocument, detectorSchema} from '../../../engine/language/schema/detector.ts';
import {type RuleDocument, ruleSchema} from '../../../engine/language/schema/policy.ts';

function rule(name: string, find: object): RuleDocument {
  return ruleSchema.parse({name, find, action: 'mask'});
}

function detector(name: string, spec: object): DetectorDocument {
  return detectorSchema.parse({apiVersion: 'weir/v1', kind: 'Detector', metadata: {name}, spec});
}

const CODE = detector('code', {
  patterns: ['[A-Z]{4}'],
  confidence: 0.6,
  context: {raise: ['code'], lower: ['word']},
});

function idsOf(...rules: RuleDocument[]) {
  const table = createFinderTable(rules, [CODE]);
  return {table, ids: rules.map((one) => [...table.idsOf(one)])};
}

test('a match that context can lift or lower carries what its rule asks of it', (t) => {
  const {table} = idsOf(rule('a', {detectors: ['code'], threshold: 0.4}));
  t.deepEqual(table.finders, [
    {
      label: 'code',
      source: {kind: 'pattern', pattern: '[A-Z]{4}', ignoreCase: false},
      validator: undefined,
      minEntropy: 0,
      confidence: 0.6,
      context: {raise: ['code'], lower: ['word'], within: 64},
      threshold: 0.4,
    },
  ]);
});

test('rules share a finder unless their threshold or views make it another one', (t) => {
  const rules = [
    rule('a', {detectors: ['code']}),
    rule('b', {detectors: ['code'], threshold: 0.5}),
    rule('c', {detectors: ['code'], threshold: 0.2}),
    rule('d', {detectors: ['code'], threshold: 0.1}),
    rule('e', {detectors: ['code'], views: ['hex', 'base64']}),
    rule('f', {detectors: ['code'], views: ['base64', 'hex', 'hex']}),
    rule('g', {detectors: ['code'], views: 'none'}),
  ];
  const {table, ids} = idsOf(...rules);
  const [a, b, c, d, e, f, g] = ids;
  t.deepEqual(a, b);
  // At 0.2 no context keeps a match from counting, so nothing is left to tell apart.
  t.deepEqual(c, d);
  t.deepEqual(e, f);
  t.is(new Set([a, c, e, g].map(String)).size, 4);
  t.is(table.finders.length, 4);
  t.like(table.finders[e?.[0] ?? -1], {views: ['base64', 'hex']});
  t.like(table.finders[g?.[0] ?? -1], {views: []});
  t.like(table.finders[a?.[0] ?? -1], {views: undefined});
});

test('a finder that nothing lifts to the threshold is left out', (t) => {
  const {table, ids} = idsOf(rule('a', {detectors: ['code'], patterns: ['x+'], threshold: 1}));
  t.is(ids[0]?.length, 2);
  const lowered = detector('code', {...CODE.spec, context: {lower: ['word']}});
  const strict = createFinderTable([rule('a', {detectors: ['code'], patterns: ['x+'], threshold: 1})], [lowered]);
  t.deepEqual(
    strict.finders.map(({label}) => label),
    ['a'],
  );
  t.is(table.finders.length, 2);
});

test('what is excepted is not looked for', (t) => {
  const {table} = idsOf(rule('a', {detectors: ['code', 'email'], except: ['email']}));
  t.deepEqual(
    table.finders.map(({label}) => label),
    ['code'],
  );
});

test('what a finder says of confidence is left out only where it decides nothing', (t) => {
  const tenth = fc.integer({min: 1, max: 10}).map((tenths) => tenths / 10);
  const words = (word: string) => fc.constantFrom<string[]>([], [word]);
  const finders = fc.record({confidence: tenth, raise: words('code'), lower: words('word'), threshold: tenth});
  const texts = fc.array(fc.constantFrom('code', 'word', 'x', 'ABCD'), {maxLength: 6}).map((parts) => parts.join(' '));
  fc.assert(
    fc.property(finders, texts, ({confidence, raise, lower, threshold}, text) => {
      const source = {kind: 'pattern', pattern: '[A-Z]{4}', ignoreCase: false} as const;
      const context = {raise, lower, within: 12};
      const finder: Finder = {label: 'code', source, validator: undefined, minEntropy: 0, confidence, context};
      const asked = asAsked(finder, threshold, VIEW_NAMES);
      t.deepEqual(asked === undefined ? [] : found(asked, text), found({...finder, threshold}, text));
    }),
    {numRuns: 2000},
  );
});

const matchers = new Map<string, Matcher>();

function found(finder: Finder, text: string): Finding[] {
  const key = JSON.stringify(finder);
  let matcher = matchers.get(key);
  if (matcher === undefined) {
    const compiled = compileMatcher([finder]);
    if (!compiled.ok) throw new Error(compiled.problems[0]?.message);
    matchers.set(key, (matcher = compiled.matcher));
  }
  return matcher.find(text, new Uint8Array([1]));
}
