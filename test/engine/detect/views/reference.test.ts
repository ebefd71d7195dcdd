import test from 'ava';
import fc from 'fast-check';
import {VIEW_NAMES, type ViewName} from '../../../../engine/detect/finder.ts';
import {referenceFind} from './reference.ts';
import {everything, KEY, matcherOf, streamed} from './support.ts';

const raw = matcherOf(() => new Set());

const bytesOf = (text: string): Buffer => Buffer.from(text);
const ENCODERS: readonly ((text: string) => string)[] = [
  (text) => bytesOf(text).toString('base64'),
  (text) => bytesOf(text).toString('base64url'),
  (text) => bytesOf(`\xff${text}`).toString('base64').replaceAll(/.{16}/g, '$&\r\n '),
  (text) => bytesOf(text).toString('hex'),
  (text) => `a${bytesOf(text).toString('hex').toUpperCase()}7`,
  (text) => bytesOf(text).toString('hex').replaceAll(/../g, '%$&'),
  (text) => encodeURIComponent(text.toWellFormed()),
  (text) => JSON.stringify(text),
  (text) => Array.from(text, (one) => `\\u{${one.codePointAt(0)?.toString(16) ?? ''}}`).join(''),
  (text) => text.replaceAll(/[^ ]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0').slice(-2)}`),
  (text) => Array.from(text, (one) => `&#${one.codePointAt(0) ?? 0};`).join(''),
  (text) => Array.from(text, (one) => `&#x${one.codePointAt(0)?.toString(16) ?? ''};`).join(''),
  (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
  (text) => Array.from(text).join('\u200b'),
  (text) => text.replaceAll(/[!-~]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0)),
  (text) => text.replaceAll('a', 'а').replaceAll('e', 'е').replaceAll('c', 'с').replaceAll('s', 'ѕ'),
];

const fragments = fc.constantFrom(
  ...[
    'key-abcdef01',
    'pass=va',
    'pass:',
    ' ',
    'BEGIN x',
    '#',
    '123-4567',
    '\u200b',
    '％',
    'ｋey',
    '\\',
    '\\u00',
    '\\u{4',
  ],
  ...['%', '%2', '%e2%82', '&', '&#', '&#x4', '&am', ';', '😀', '\ud83d', '\ude00', 'é', 'ﷺ', 'e\u0301', '\n', 'x'],
  ...['abcdefghijklmnop', '/', '-', '=', '"', '\r\n\t', '414243', '\u{1d41a}', `"${KEY}"`],
  ...Array.from({length: 12}, () => ` ${KEY} `),
);
const texts: fc.Arbitrary<string> = fc.letrec<{text: string; coded: string; row: string}>((tie) => ({
  text: fc.oneof({depthSize: 'small', withCrossShrink: true}, fragments, tie('coded'), tie('row')),
  coded: fc.tuple(tie('text'), fc.constantFrom(...ENCODERS)).map(([text, encode]) => encode(text)),
  row: fc.array(tie('text'), {minLength: 1, maxLength: 6}).map((parts) => parts.join('')),
})).text;

const SETS: Readonly<Record<string, readonly ViewName[]>> = {
  ...Object.fromEntries(VIEW_NAMES.map((view) => [view, [view]])),
  'JSON in JSON': ['jsonEscapes', 'nestedJson'],
  'escapes in base64': ['jsonEscapes', 'base64'],
  'all views': VIEW_NAMES,
};

for (const [name, views] of Object.entries(SETS)) {
  test(`what is found in texts of any encodings is what plain decoders find: ${name}`, (t) => {
    const set = new Set(views);
    const matcher = matcherOf(() => set);
    t.notThrows(() => {
      fc.assert(
        fc.property(texts, fc.array(fc.integer({min: 1, max: 40}), {minLength: 1, maxLength: 5}), (text, lengths) => {
          const expected = JSON.stringify(referenceFind(text, set, (one) => raw.find(one, everything)));
          const whole = JSON.stringify(matcher.find(text, everything));
          return whole === expected && JSON.stringify(streamed(matcher, text, lengths)) === expected;
        }),
        {numRuns: 2000},
      );
    });
  });
}
