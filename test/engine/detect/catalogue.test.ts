import test from 'ava';
import {DETECTORS} from '../../../engine/detect/catalogue.ts';
import type {Detector} from '../../../engine/detect/detector.ts';
import {compileMatcher} from '../../../engine/detect/matcher.ts';

const REGIONS: ReadonlySet<string> = new Set(
  DETECTORS.flatMap(({groups}) => groups.filter((group) => group.startsWith('pii.'))),
);
/** What a rule asks for that says nothing else. */
const THRESHOLD = 0.5;

for (const {name, finders, examples, nearMisses} of DETECTORS) {
  const compiled = compileMatcher(finders.map((finder) => ({...finder, label: name, threshold: THRESHOLD})));
  const active = new Uint8Array(finders.length).fill(1);
  const found = (text: string): string[] =>
    compiled.ok ? compiled.matcher.find(text, active).map(({start, end}) => text.slice(start, end)) : [];

  test(`${name} finds each of its examples`, (t) => {
    t.true(compiled.ok);
    t.deepEqual(
      examples.filter((text) => found(text).length === 0),
      [],
    );
  });

  test(`${name} finds nothing in its near-misses`, (t) => {
    t.deepEqual(nearMisses.flatMap(found), []);
  });
}

test('detectors have names of their own that a policy can spell', (t) => {
  const names = DETECTORS.map(({name}) => name);
  t.is(new Set(names).size, names.length);
  t.deepEqual(
    names.filter((name) => !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)),
    [],
  );
});

test('every detector is described, grouped, and shown by two examples and two near-misses', (t) => {
  const isBare = ({description, groups, finders, examples, nearMisses}: Detector): boolean =>
    description === '' || groups.length === 0 || finders.length === 0 || examples.length < 2 || nearMisses.length < 2;
  t.deepEqual(
    DETECTORS.filter(isBare).map(({name}) => name),
    [],
  );
});

test('no example is that of a detector twice, and none is a near-miss too', (t) => {
  const isDoubled = ({examples, nearMisses}: Detector): boolean =>
    new Set([...examples, ...nearMisses]).size < examples.length + nearMisses.length;
  t.deepEqual(
    DETECTORS.filter(isDoubled).map(({name}) => name),
    [],
  );
});

test('at least 220 kinds of secrets are known', (t) => {
  t.true(DETECTORS.filter(({groups}) => groups.includes('secrets')).length >= 220);
});

test('national numbers of at least 30 countries are known', (t) => {
  const personal = DETECTORS.filter(({groups}) => groups.some((group) => REGIONS.has(group)));
  const countries = new Set(personal.flatMap(({name}) => /^(?!eu-)[a-z]{2}(?=-)/.exec(name) ?? []));
  t.true(countries.size >= 30);
});

test('all that the groups of personal data by region hold is personal data', (t) => {
  const strays = DETECTORS.filter(({groups}) => groups.some((group) => REGIONS.has(group)) && !groups.includes('pii'));
  t.deepEqual(
    strays.map(({name}) => name),
    [],
  );
});

/** What `secrets` and `pii` stand for: an address of a page is neither. */
const usual = DETECTORS.filter(({groups}) => groups.includes('secrets') || groups.includes('pii'));
const allFinders = usual.flatMap(({name, finders}) =>
  finders.map((finder) => ({...finder, label: name, threshold: THRESHOLD})),
);
const everything = compileMatcher(allFinders);

for (const text of [
  'The quick brown fox jumps over the lazy dog, and then it rests for 25 minutes at 12:34:56.',
  'import {createHash} from "node:crypto";\nconst token = parseToken(input.next(), {strict: true});\n',
  '{"id": 12345, "price": 19.99, "password": null, "tokens": 4096, "created": "2026-11-22T00:05:00Z"}',
  '"integrity": "sha512-8vJ1Fake0ExampleFake0ExampleFake0ExampleFake0ExampleFake0ExampleFake0Example0123456789AbCd==",',
  'password: string; secret?: Buffer; apiKey = options.apiKey ?? env.API_KEY;',
  '3f786850e387550fdaadc4c1e7a5d0c1b2a3f4e5 commit 3f78685',
  'v1.2.3 lodash@4.17.21 https://example.com/path?page=2&sort=asc#top',
  '0.4532015112830366 1700000000000000 550e8400-e29b-41d4-a716-446655440000',
]) {
  test(`ordinary text is left alone: ${text.slice(0, 40)}`, (t) => {
    t.true(everything.ok);
    t.deepEqual(
      everything.ok ? everything.matcher.find(text, new Uint8Array(allFinders.length).fill(1)) : undefined,
      [],
    );
  });
}
