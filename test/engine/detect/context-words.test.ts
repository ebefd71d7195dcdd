import test from 'ava';
import fc from 'fast-check';
import type {Finder} from '../../../engine/detect/finder.ts';
import {compileMatcher} from '../../../engine/detect/matcher.ts';
import {finderOf} from './regex/support.ts';

const WORDS = {raise: ['ssn', 'date of birth'], lower: ['order', 'tracking number'], within: 24};

function numbers(checks: Partial<Finder>): (text: string, cuts?: readonly number[]) => string[] {
  const compiled = compileMatcher([finderOf('\\b\\d{4,}\\b', checks)]);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const {matcher} = compiled;
  return (text, cuts) => {
    if (cuts === undefined) return matcher.find(text, Uint8Array.of(1)).map(({start, end}) => text.slice(start, end));
    const scan = matcher.open(Uint8Array.of(1));
    for (let at = 0, i = 0; at < text.length; i++) {
      const length = cuts[i % cuts.length] ?? 1;
      scan.push(text.slice(at, at + length));
      at += length;
    }
    scan.end();
    return scan.findings.map(({start, end}) => text.slice(start, end));
  };
}

const doubtful = numbers({confidence: 0.3, threshold: 0.5, context: WORDS});
const likely = numbers({confidence: 0.8, threshold: 0.5, context: WORDS});

for (const [text, counts] of [
  ['the number 1234', false],
  ['his SSN is 1234', true],
  ['ssn: 1234', true],
  ['"customerSsn": 1234', true],
  ['user_ssn=1234', true],
  ['assn 1234', false],
  ['ssnx 1234', false],
  ['ssn2 1234', false],
  ['dateOfBirth 1234', true],
  ['date-of\n birth 1234', true],
  ['date of birthday 1234', false],
  ['1234 is the ssn', false],
  ['order with ssn 1234', false],
  [`ssn${' '.repeat(21)}1234`, true],
  [`ssn${' '.repeat(22)}1234`, false],
] as const) {
  test(`a doubtful number ${counts ? 'counts' : 'does not count'} in ${JSON.stringify(text)}`, (t) => {
    t.deepEqual(doubtful(text), counts ? ['1234'] : []);
  });
}

for (const [text, counts] of [
  ['the number 1234', true],
  ['order 1234', false],
  ['trackingNumber=1234', false],
  ['reorder 1234', true],
  ['ordered 1234', true],
  ['ssn of the order 1234', true],
  ['1234 order', true],
] as const) {
  test(`a likely number ${counts ? 'counts' : 'does not count'} in ${JSON.stringify(text)}`, (t) => {
    t.deepEqual(likely(text), counts ? ['1234'] : []);
  });
}

test('a word is looked for before the mask group', (t) => {
  const compiled = compileMatcher([
    finderOf('(?i)ssn is (?P<mask>\\d+)', {confidence: 0.2, threshold: 0.6, context: WORDS}),
  ]);
  t.true(compiled.ok && compiled.matcher.mayMatch('ssn is 12', Uint8Array.of(1)));
  t.deepEqual(compiled.ok && compiled.matcher.find('ssn is 12', Uint8Array.of(1)), [{finder: 0, start: 7, end: 9}]);
});

test('what can never be likely enough is not looked for', (t) => {
  const compiled = compileMatcher([finderOf('\\d', {confidence: 0.2, threshold: 0.7, context: WORDS})]);
  t.false(compiled.ok && compiled.matcher.mayMatch('ssn 1', Uint8Array.of(1)));
});

test('letters that have no case or stand outside of the first plane are parts of words', (t) => {
  const find = numbers({confidence: 0.3, threshold: 0.5, context: {raise: ['номер', '身分證'], lower: [], within: 64}});
  t.deepEqual(find('НОМЕР 1234, 新身分證字號 5678'), ['1234', '5678']);
  t.deepEqual(find('𝒩номер 1234'), []);
});

test('however a text is cut, the same context counts', (t) => {
  const parts = fc.constantFrom(
    'ssn',
    'SSN ',
    ' ',
    '_',
    'order',
    '1234',
    ' 5678 ',
    'é',
    '😀',
    'a',
    '.',
    'date of birth',
  );
  const texts = fc.array(parts, {maxLength: 20}).map((all) => all.join(''));
  const cuts = fc.array(fc.integer({min: 1, max: 9}), {minLength: 1, maxLength: 5});
  t.notThrows(() => {
    fc.assert(
      fc.property(texts, cuts, (text, lengths) => {
        for (const find of [doubtful, likely]) {
          const [whole, streamed] = [find(text).join(), find(text, lengths).join()];
          if (whole !== streamed) throw new Error(`${JSON.stringify(text)}: ${whole}, in pieces ${streamed}`);
        }
      }),
      {numRuns: 2000},
    );
  });
});
