import test from 'ava';
import fc from 'fast-check';
import {Alphabet} from '../../../../engine/detect/regex/alphabet.ts';
import {ExactDfa} from '../../../../engine/detect/regex/exact-dfa.ts';
import {parsePattern} from '../../../../engine/detect/regex/parse.ts';
import {compile, Program, SetRegistry} from '../../../../engine/detect/regex/program.ts';
import type {ExactPattern} from '../../../../engine/detect/regex/tracker.ts';
import {UnicodeTables} from '../../../../engine/detect/regex/unicode.ts';

const tables = new UnicodeTables();

function exactOf(source: string, isRejected: boolean): {pattern: ExactPattern; alphabet: Alphabet} {
  const node = parsePattern(source, false, tables);
  const sets = new SetRegistry();
  sets.addAll(node);
  const alphabet = new Alphabet(sets.sets, [], sets.contexts);
  const program = new Program();
  const pattern: ExactPattern = {
    program,
    start: compile(program, node, 0, sets),
    first: new Uint8Array(alphabet.size).fill(1),
    isMaskRepeated: false,
    isAlwaysMasked: false,
    acceptance: isRejected ? {reach: 0, accepts: () => false} : undefined,
    limit: 100_000,
  };
  return {pattern, alphabet};
}

/** Makes the attempts that a search makes, and tells of each where it ended and how much it read. */
function attempts(dfa: () => ExactDfa, alphabet: Alphabet, text: string, isRejected: boolean) {
  const found: (readonly [from: number, match: number, start: number, end: number])[] = [];
  let steps = 0;
  for (let from = 0; from < text.length; ) {
    const exact = dfa();
    const match = exact.run(text, from, alphabet.flagsBefore(text, from));
    steps += exact.steps;
    found.push(match < 0 ? [from, match, 0, 0] : [from, match, exact.start, exact.end]);
    from = match > from && !isRejected ? match : from + ((text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1);
  }
  return {found, steps};
}

const READ_ON = [
  'a(.*x)?',
  'a([^c]*c){0,3}',
  '(?:a|b)*a(?:a|b){5}c',
  'a(?P<mask>b*)(.*x)?',
  '(?P<mask>a[ab]*)(x.{3,30}c)?',
  '[ab]{3,}?x|a',
  'a(?P<mask>[^x]*)x?😀?',
  '(?:ab|a)(?P<mask>.{2,60}c)?',
  '.{20,40}x',
];

test('an attempt that joins an earlier one ends as if it had read everything itself', (t) => {
  const units = fc.constantFrom('a', 'a', 'a', 'b', 'b', 'x', 'c', '\n', '😀', '\ud83d');
  const texts = fc.string({unit: units, minLength: 20, maxLength: 200});
  t.notThrows(() => {
    fc.assert(
      fc.property(fc.constantFrom(...READ_ON), texts, fc.boolean(), (source, text, isRejected) => {
        const {pattern, alphabet} = exactOf(source, isRejected);
        const shared = new ExactDfa(pattern, alphabet);
        const together = attempts(() => shared, alphabet, text, isRejected);
        const apart = attempts(() => new ExactDfa(pattern, alphabet), alphabet, text, isRejected);
        const [actual, expected] = [together, apart].map(({found}) => JSON.stringify(found));
        if (actual !== expected) throw new Error(`${source} in ${JSON.stringify(text)}: ${actual}, alone ${expected}`);
      }),
      {numRuns: 1500},
    );
  });
});

for (const [source, unit, isRejected] of [
  ['a(.*x)?', 'a', false],
  ['a(.*x)?', 'aab', false],
  ['[a-z]{8,}', 'abcd', true],
  ['(?P<mask>[a-z]+)(=.*x)?', 'ab=', false],
] as const) {
  test(`attempts of ${source} read a line of ${unit} a bounded number of times, however long it is`, (t) => {
    const {pattern, alphabet} = exactOf(source, isRejected);
    const exact = new ExactDfa(pattern, alphabet);
    const text = unit.repeat(Math.floor(4000 / unit.length));
    const {steps} = attempts(() => exact, alphabet, text, isRejected);
    t.true(steps <= 20 * text.length, `${steps}`);
  });
}

test('attempts in one text know nothing of another that begins alike', (t) => {
  const {pattern, alphabet} = exactOf('a(?:.*x)?', false);
  const exact = new ExactDfa(pattern, alphabet);
  t.is(exact.run('a'.repeat(50), 0, 8), 1);
  t.is(exact.run(`${'a'.repeat(49)}x`, 1, 0), 50);
  t.is(exact.run('a'.repeat(50), 2, 0), 3);
});
