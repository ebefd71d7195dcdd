import test from 'ava';
import fc from 'fast-check';
import {VIEW_NAMES} from '../../../engine/detect/finder.ts';
import {compileMatcher} from '../../../engine/detect/matcher.ts';
import {withViews} from '../../../engine/detect/views/with-views.ts';
import {nearSecrets} from './near-secrets.ts';
import {CATALOGUE, cut, cuttings, masked, ruleSet, streamed} from './support.ts';

const TEXTS = 2500;
const CUTTINGS = 6;

/** Of every kind one: fixed length, unbounded, validated, with context, over several lines. */
const LABELS = new Set(
  'email card-number password private-key connection-string jwt iban us-ssn phone-number'.split(' '),
);
const finders = CATALOGUE.filter(({label}) => LABELS.has(label));
const compiled = compileMatcher(finders);
if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
const rules = {...ruleSet(finders), matcher: withViews(compiled.matcher, () => new Set(VIEW_NAMES))};

const HIDINGS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => encodeURIComponent(text.toWellFormed()),
  (text) => Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  (text) => JSON.stringify(text),
  (text) => JSON.stringify({a: JSON.stringify({b: text})}),
  (text) => Array.from(text, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(text).toString('hex'),
  (text) => Array.from(text).join('\u200b'),
  (text) => text.replaceAll(/[!-~]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0)),
];

/** Texts near findings, parts of them written in ways that a reader undoes, some cut off. */
const hidden = fc
  .array(fc.tuple(nearSecrets, fc.constantFrom(...HIDINGS), fc.constantFrom(...HIDINGS), fc.nat(600)), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) =>
    parts.map(([text, outer, inner, length]) => outer(inner(text.slice(0, 120))).slice(0, length)).join(' '),
  );

test(`${TEXTS * CUTTINGS} random cuttings of encoded texts are masked like the whole, in all views`, (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(hidden, fc.array(cuttings, {minLength: CUTTINGS, maxLength: CUTTINGS}), (text, cuts) => {
        const whole = masked(rules, text);
        return cuts.every((lengths) => streamed(rules, cut(text, lengths)) === whole);
      }),
      {numRuns: TEXTS},
    );
  });
});
