import test from 'ava';
import {createFinderTable} from '../../../engine/decide/finder-table.ts';
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
