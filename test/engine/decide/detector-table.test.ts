import test from 'ava';
import {createDetectorTable} from '../../../engine/decide/detector-table.ts';
import {DETECTORS} from '../../../engine/detect/catalogue.ts';
import {type DetectorDocument, detectorSchema} from '../../../engine/language/schema/detector.ts';

function detector(name: string, spec: object): DetectorDocument {
  return detectorSchema.parse({apiVersion: 'weir/v1', kind: 'Detector', metadata: {name}, spec});
}

const EMAIL = DETECTORS.find(({name}) => name === 'email');

test('a group stands for all detectors in it and in its parts, those of the policy too', (t) => {
  const table = createDetectorTable([detector('badge', {keywords: ['badge'], groups: ['pii.staff']})]);
  const names = (...groups: string[]) => table.select(groups).map(({name}) => name);
  t.deepEqual(names('pii.staff'), ['badge']);
  t.true(names('pii').includes('badge'));
  t.true(names('pii').includes('email'));
  t.deepEqual(names('badge', 'pii.staff', 'badge'), ['badge']);
  t.throws(() => table.select(['pii.nobody']), {instanceOf: RangeError});
});

test('what is excepted is taken away, be it a detector or a group', (t) => {
  const table = createDetectorTable([detector('badge', {keywords: ['badge'], groups: ['pii.staff']})]);
  const pii = table.select(['pii']);
  t.deepEqual(
    table.select(['pii'], ['email', 'pii.staff']),
    pii.filter(({name}) => name !== 'email' && name !== 'badge'),
  );
});

test('a detector that extends another finds what that finds, under its name, and its own', (t) => {
  const [found] = createDetectorTable([detector('contact', {extends: 'email', keywords: ['pigeon']})]).select([
    'contact',
  ]);
  t.deepEqual(
    found?.finders.map(({label}) => label),
    [...(EMAIL?.finders.map(() => 'email') ?? []), 'contact'],
  );
  t.deepEqual(found?.finders[0], {...EMAIL?.finders[0], label: 'email'} as never);
});

test('extending adds context words, allow-lists and entropy, and sets confidence', (t) => {
  const documents = [
    detector('base', {
      patterns: ['a'],
      minEntropy: 2,
      validator: 'luhn',
      confidence: 0.7,
      context: {raise: ['card'], within: 40},
      allow: {values: ['x']},
    }),
    detector('more', {
      extends: 'base',
      minEntropy: 1,
      confidence: 0.2,
      context: {raise: ['card', 'visa'], lower: ['order']},
      allow: {values: ['y'], patterns: ['z+']},
    }),
  ];
  const [more] = createDetectorTable(documents).select(['more']);
  t.deepEqual(more?.finders, [
    {
      label: 'base',
      source: {kind: 'pattern', pattern: 'a', ignoreCase: false},
      validator: 'luhn',
      minEntropy: 2,
      confidence: 0.2,
      context: {raise: ['card', 'visa'], lower: ['order'], within: 40},
      allow: {values: ['x', 'y'], patterns: ['z+']},
    },
  ]);
});

test('a detector that extends a group changes what is in it for those who name the detector only', (t) => {
  const table = createDetectorTable([detector('lenient', {extends: 'secrets', confidence: 0.123})]);
  const [lenient] = table.select(['lenient']);
  t.deepEqual(new Set(lenient?.finders.map(({confidence}) => confidence)), new Set([0.123]));
  const names = table.select(['secrets']).flatMap(({finders}) => finders.map(({label}) => label));
  t.deepEqual(lenient?.finders.map(({label}) => label).sort(), names.sort());
  t.false(table.select(['secrets']).some(({finders}) => finders.some(({confidence}) => confidence === 0.123)));
});

test('finders that extend a group with an allow-list share it', (t) => {
  const allow = {values: ['AKIAEXAMPLE']};
  const [lenient] = createDetectorTable([detector('lenient', {extends: 'secrets', allow})]).select(['lenient']);
  t.is(new Set(lenient?.finders.map((finder) => finder.allow)).size, 1);
});

test('a detector that extends an analyzer asks it too', (t) => {
  const external = {url: 'http://127.0.0.1:5002', entities: ['PERSON']};
  const documents = [
    detector('names', {external}),
    detector('names-and-badges', {extends: 'names', keywords: ['badge']}),
    detector('all-of-it', {extends: 'names-and-badges', external: {...external, entities: ['LOCATION']}}),
  ];
  const [found] = createDetectorTable(documents).select(['all-of-it']);
  t.deepEqual(
    found?.externals.map(({name, spec}) => [name, spec.entities]),
    [
      ['names', ['PERSON']],
      ['all-of-it', ['LOCATION']],
    ],
  );
});

test('detectors that extend each other are refused', (t) => {
  const circle = [detector('a', {extends: 'b'}), detector('b', {extends: 'c'}), detector('c', {extends: 'a'})];
  t.throws(() => createDetectorTable(circle), {message: 'detectors extend each other: a → b → c → a'});
});

test('a detector of the bundle is not pushed aside by a built-in one of the same name that came later', (t) => {
  const [found] = createDetectorTable([detector('email', {keywords: ['pigeon']})]).select(['email']);
  t.deepEqual(
    found?.finders.map(({source}) => source),
    [{kind: 'keyword', text: 'pigeon'}],
  );
});

test('the order of documents changes nothing', (t) => {
  const documents = [
    detector('a', {extends: 'staff', keywords: ['a']}),
    detector('b', {keywords: ['b'], groups: ['staff']}),
    detector('c', {extends: 'b', keywords: ['c'], groups: ['staff']}),
  ];
  const names = ['a', 'staff', 'pii'];
  const expected = createDetectorTable(documents).select(names);
  t.deepEqual(createDetectorTable(documents.toReversed()).select(names), expected);
  t.deepEqual(
    expected.find(({name}) => name === 'a')?.finders.map(({label}) => label),
    ['b', 'b', 'c', 'a'],
  );
});
