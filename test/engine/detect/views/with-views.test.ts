import test from 'ava';
import fc from 'fast-check';
import {MAX_DEPTH} from '../../../../engine/detect/views/view-readers.ts';
import {everything, found, KEY, matcherOf, streamed} from './support.ts';

const matcher = matcherOf();

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const hex = (text: string): string => Buffer.from(text).toString('hex');
const percent = (text: string): string => Buffer.from(text).toString('hex').replaceAll(/../g, '%$&');
const escaped = (text: string): string =>
  Array.from({length: text.length}, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');
const wide = (text: string): string =>
  text.replaceAll(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0));
const bold = (text: string): string =>
  text.replaceAll(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) - 0x61 + 0x1d41a));
const cyrillic = (text: string): string => text.replaceAll('a', 'а').replaceAll('e', 'е').replaceAll('c', 'с');
const joined = (text: string): string => Array.from(text).join('\u200b');
const wrapped = (text: string): string => base64(text).replaceAll(/.{16}(?=.)/g, '$&\n  ');
const braced = (text: string): string =>
  Array.from(text, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`).join('');
const referenced = (text: string): string =>
  Array.from(text, (character) => `&#x${character.codePointAt(0)?.toString(16) ?? ''};`).join('');

const ENCODINGS = Object.fromEntries(
  [base64, base64url, hex, percent, escaped, wide, bold, cyrillic, joined, wrapped, braced, referenced].map(
    (encode) => [encode.name, encode],
  ),
);

for (const [name, encode] of Object.entries(ENCODINGS)) {
  test(`a key is found when it is written in ${name}`, (t) => {
    const text = `see "${encode(KEY)}" there`;
    t.deepEqual(found(matcher, text), [encode(KEY).replaceAll('=', '')]);
  });
}

for (const [outerName, outer] of Object.entries(ENCODINGS)) {
  for (const [innerName, inner] of Object.entries(ENCODINGS)) {
    test(`a key in ${innerName} is found within ${outerName}`, (t) => {
      t.not(found(matcher, `see "${outer(` "${inner(KEY)}" `)}" there`).length, 0);
    });
  }
}

test('a key is found up to the greatest depth, and a text is decoded no deeper', (t) => {
  let text = KEY;
  for (let depth = 0; depth < MAX_DEPTH; depth++) text = base64(text);
  t.is(found(matcher, text).length, 1);
  t.is(found(matcher, base64(text)).length, 0);
});

test('a JSON document within a string within a string is looked through', (t) => {
  const text = JSON.stringify({a: JSON.stringify({b: JSON.stringify({c: `\u200b${KEY}`})})});
  t.deepEqual(found(matcher, text), [KEY]);
});

test('what is encoded beside a key moves the edges that its pattern looks at', (t) => {
  t.deepEqual(found(matcher, `a%20${KEY}`), [KEY]);
  t.deepEqual(found(matcher, `a\\n${KEY}`), [KEY]);
});

test('a key within base64 of other bytes is found, from any place in its group', (t) => {
  for (let before = 0; before < 6; before++) {
    const bytes = Buffer.concat([Buffer.alloc(before, 0xff), Buffer.from(` ${KEY} `), Buffer.alloc(5, 0x81)]);
    t.is(found(matcher, `x,${bytes.toString('base64')}`).length, 1);
  }
});

test('a text between tags is read as a browser reads it', (t) => {
  t.deepEqual(found(matcher, 'a&nbsp;b&lt;pass&#61;abc&#x3C;'), ['abc&#x3C;']);
});

test('a finding in a view that lies within one in the text is not listed again', (t) => {
  t.deepEqual(found(matcher, 'pass=abc%20123-4567'), ['abc%20123-4567', '123-4567']);
});

test('bytes that are no text are no finding', (t) => {
  t.deepEqual(found(matcher, Buffer.from([0xff, 0xfe, 1, 2, 3, 0x80, 0x81, 4, 5, 6, 7, 8]).toString('base64')), []);
});

test('a finder is looked for in its own views only', (t) => {
  const own = matcherOf((finder) => new Set(finder === 0 ? (['base64'] as const) : []));
  t.is(found(own, base64(KEY)).length, 1);
  t.deepEqual(found(own, percent(KEY)), []);
  t.deepEqual(found(own, base64('pass=abcdefgh')), []);
});

/** Fragments of what is looked for and of what encodes it, so that cuts and edges fall anywhere. */
const fragments = fc.constantFrom(
  ...['key-abcdef01', 'pass=va', 'pass:', ' ', 'BEGIN x', '#', '123-4567', '\u200b', '％', 'ｋey', 'ѕ', '\\', '\\u00'],
  ...['%', '%2', '😀', '\ud83d', '\ude00', 'é', 'ﷺ', 'e\u0301', '\n', 'x', 'abcdefghijkl', '/', '-', '=', '"'],
);
const encoders = fc.constantFrom(...Object.values(ENCODINGS));
const texts: fc.Arbitrary<string> = fc.letrec<{text: string; coded: string; row: string}>((tie) => ({
  text: fc.oneof({depthSize: 'small', withCrossShrink: true}, fragments, tie('coded'), tie('row')),
  coded: fc.tuple(tie('text'), encoders).map(([text, encode]) => encode(text)),
  row: fc.array(tie('text'), {minLength: 1, maxLength: 5}).map((parts) => parts.join('')),
})).text;
const cuttings = fc.oneof(
  fc.constant<number[]>([1]),
  fc.array(fc.integer({min: 1, max: 5}), {minLength: 1, maxLength: 12}),
  fc.array(fc.integer({min: 1, max: 60}), {minLength: 1, maxLength: 6}),
);

test('every cutting of a text is found what the whole is', (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(texts, fc.array(cuttings, {minLength: 3, maxLength: 3}), (text, cuts) => {
        const whole = JSON.stringify(matcher.find(text, everything));
        return cuts.every((lengths) => JSON.stringify(streamed(matcher, text, lengths)) === whole);
      }),
      {numRuns: 1500},
    );
  });
});

test('every two-part cutting of every encoding is found what the whole is', (t) => {
  for (const encode of Object.values(ENCODINGS)) {
    const text = `a "${encode(` ${KEY} `)}" b`;
    const whole = matcher.find(text, everything);
    t.not(whole.length, 0);
    for (let at = 1; at < text.length; at++) t.deepEqual(streamed(matcher, text, [at, text.length]), whole);
  }
});

for (const [name, unit] of Object.entries({
  percents: '%25',
  backslashes: '\\',
  base64: 'QUFB',
  marks: '\u0301',
  ligatures: 'ﷺ',
  digits: '41',
})) {
  test(`a text of ${name} takes time in proportion to its length`, (t) => {
    const time = (size: number): number => {
      const text = unit.repeat(Math.ceil(size / unit.length));
      const start = process.threadCpuUsage();
      matcher.find(text, everything);
      streamed(matcher, text, [4096]);
      return process.threadCpuUsage(start).user / 1000;
    };
    const least = (size: number): number => Math.min(time(size), time(size), time(size));
    const few = least(50_000);
    t.true(least(400_000) < 40 * Math.max(few, 5));
  });
}
