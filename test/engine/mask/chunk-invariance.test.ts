import test from 'ava';
import fc from 'fast-check';
import {DETECTORS} from '../../../engine/detect/catalogue.ts';
import {UnicodeTables} from '../../../engine/detect/regex/unicode.ts';
import {applyEdits, maskClusters} from '../../../engine/mask/clusters.ts';
import {finderOf, isUnambiguous, patterns, texts} from '../detect/regex/support.ts';
import {referenceMask} from './reference.ts';
import {CATALOGUE, cut, cuttings, ruleSet, streamed} from './support.ts';

const tables = new UnicodeTables();
const catalogue = ruleSet(CATALOGUE);
const seeds = DETECTORS.flatMap(({examples, nearMisses}) => [...examples, ...nearMisses]);

/** Fragments of what detectors look for, so that random texts come close to it. */
const fragments = fc.constantFrom(
  ...['api_key=', 'password: ', 'Bearer ', 'AKIA', 'QWERTFAKEZXCVBNM', '-----BEGIN PRIVATE KEY-----', '\n', ' ', '"'],
  ...['user', '@', 'example.com', '4111 1111', ' 1111 1111', 'DE89 3704 0044', ' 0532 0130 00', '+49 30 ', '123456'],
  ...[
    'eyJFakeExample0',
    '.',
    'postgres://u:',
    'pw123',
    '203.0.113.7',
    ':',
    '😀',
    '\ud83d',
    '\ude00',
    'é',
    'a1B2c3D4e5F6g7H8',
  ],
);
const nearSecrets = fc.oneof(
  fc.array(fragments, {maxLength: 14}).map((parts) => parts.join('')),
  fc.array(fc.constantFrom(...seeds), {minLength: 1, maxLength: 3}).map((parts) => parts.join(' ')),
);

test('the masking of a whole text is that of the reference', (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(nearSecrets, (text) => {
        const whole = applyEdits(
          text,
          maskClusters(text, catalogue.matcher.find(text, catalogue.active), catalogue.treatmentOf),
        );
        return whole === referenceMask(text, CATALOGUE, catalogue.treatmentOf);
      }),
      {numRuns: 300},
    );
  });
});

test('every cutting of a text is masked like the whole, with all detectors', (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(nearSecrets, fc.array(cuttings, {minLength: 5, maxLength: 5}), (text, cuts) => {
        const whole = applyEdits(
          text,
          maskClusters(text, catalogue.matcher.find(text, catalogue.active), catalogue.treatmentOf),
        );
        return cuts.every((lengths) => streamed(catalogue, cut(text, lengths)) === whole);
      }),
      {numRuns: 4000},
    );
  });
});

test('every cutting of a text is masked like the whole, with any patterns', (t) => {
  const rules = fc.array(patterns, {minLength: 1, maxLength: 4});
  t.notThrows(() => {
    fc.assert(
      fc.property(rules, fc.array(texts, {minLength: 10, maxLength: 10}), cuttings, (sources, samples, lengths) => {
        fc.pre(sources.every((source) => isUnambiguous(source, tables)));
        const set = ruleSet(
          sources.map((source) => finderOf(source)),
          sources.map((_, id) => ({priority: id >> 1})),
        );
        return samples.every((text) => {
          const whole = referenceMask(text, set.finders, set.treatmentOf);
          return streamed(set, cut(text, lengths)) === whole && streamed(set, cut(text, [1])) === whole;
        });
      }),
      {numRuns: 1500},
    );
  });
});

test('every two-part cutting of every example is masked like the whole', (t) => {
  const violations: string[] = [];
  for (const text of seeds) {
    const whole = streamed(catalogue, [text]);
    for (let at = 1; at < text.length; at++) {
      if (streamed(catalogue, [text.slice(0, at), text.slice(at)]) !== whole) violations.push(`${text} cut at ${at}`);
    }
  }
  t.deepEqual(violations, []);
});

for (const [name, mask] of [
  ['checks each piece alone', (pieces: string[]) => pieces.map((piece) => streamed(catalogue, [piece])).join('')],
  ['flushes at a space', (pieces: string[]) => flushing(pieces, (text) => text.lastIndexOf(' ') + 1)],
  ['keeps a fixed tail', (pieces: string[]) => flushing(pieces, (text) => text.length - 16)],
] as const) {
  test(`the property tells a masker that ${name}`, (t) => {
    const violations = seeds.filter((text) => {
      const whole = streamed(catalogue, [text]);
      return cut(text, [1]).some((_, at) => at > 0 && mask([text.slice(0, at), text.slice(at)]) !== whole);
    });
    t.true(violations.length > 0);
  });
}

/** A masker that releases up to a place that it believes safe: what this engine must not be. */
function flushing(pieces: readonly string[], safe: (text: string) => number): string {
  let held = '';
  let output = '';
  for (const piece of pieces) {
    held += piece;
    const to = Math.max(0, safe(held));
    output += streamed(catalogue, [held.slice(0, to)]);
    held = held.slice(to);
  }
  return output + streamed(catalogue, [held]);
}
