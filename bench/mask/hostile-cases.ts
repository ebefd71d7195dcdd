import type {Finder} from '../../engine/detect/finder.ts';
import {BASE64, createRandom, HEX, LETTERS, type Random} from './texts/random.ts';

/** Text that is made to be slow to search. */
export interface HostileCase {
  name: string;
  /** The rule's pattern; undefined for the whole catalogue. */
  pattern: (() => string) | undefined;
  /** At least that many characters. */
  text: (length: number) => string;
}

const again = (part: string) => (length: number) => part.repeat(Math.ceil(length / part.length));

function drawn(part: (random: Random) => string): (length: number) => string {
  return (length) => {
    const random = createRandom(99);
    let text = '';
    while (text.length < length) text += part(random);
    return text;
  };
}

function rule(pattern: string, text: (length: number) => string, name = pattern): HostileCase {
  return {name, pattern: () => pattern, text};
}

function catalogue(name: string, text: (length: number) => string): HostileCase {
  return {name: `catalogue: ${name}`, pattern: undefined, text};
}

const WORD = 9;
const LOOK_ALIKES = Array.from('аеорсухіјѕ');

function tenThousandWords(): string {
  const {characters} = createRandom(7);
  return Array.from({length: 10_000}, () => characters(LETTERS, WORD)).join('|');
}

const nested = (text: string): string => JSON.stringify(JSON.stringify(JSON.stringify(text)));

/** Patterns that hurt other engines, and texts that come close to everything the catalogue looks for. */
export const HOSTILE_CASES: readonly HostileCase[] = [
  rule('(a+)+$', (length) => `${'a'.repeat(length)}!`),
  rule('(.*)*x', again('y')),
  rule('(x+x+)+y', again('x')),
  rule(
    '(a|b)*a(a|b){14}c',
    drawn(({characters}) => characters('ab', 64)),
  ),
  rule(
    '[a-z]{1,64}@[a-z]{1,64}\\.com',
    drawn(({characters}) => characters(LETTERS, 64)),
  ),
  rule('\\s+$', (length) => `${' '.repeat(length)}x`),
  {
    name: '10,000 words, near misses',
    pattern: tenThousandWords,
    text: (length) => {
      const words = tenThousandWords().split('|');
      const {pick} = createRandom(8);
      let text = '';
      while (text.length < length) text += pick(words).slice(0, WORD - 1);
      return text;
    },
  },
  catalogue('one letter', again('a')),
  catalogue(
    'random base64',
    drawn(({characters}) => characters(BASE64, 64)),
  ),
  catalogue(
    'random hex',
    drawn(({characters}) => characters(HEX, 64)),
  ),
  catalogue(
    'digits and separators',
    drawn(({characters}) => characters('0123456789 -./:', 64)),
  ),
  catalogue('key blocks that never end', again(`-----BEGIN RSA PRIVATE KEY-----\n${'Fake'.repeat(12)}\n`)),
  catalogue('token heads', again('eyJFakeFakeFake.eyJ')),
  catalogue('assignments', again('api_key=secret: token="password=')),
  catalogue('addresses', again('a.b@c-d.e@')),
  catalogue('credentials in links', again('https://user:')),
  catalogue('context words', again('ssn passport iban card 123456 ')),
  catalogue(
    'percent-encoding',
    drawn(({integer}) => `%${(32 + integer(95)).toString(16)}`),
  ),
  catalogue('percent-encoded percent signs', again('%25')),
  catalogue(
    'unicode escapes',
    drawn(({integer}) => `\\u00${(32 + integer(95)).toString(16)}`),
  ),
  catalogue('strings in strings', (length) => again(nested(`{"k":"${'a"\\'.repeat(8)}"}`))(length)),
  catalogue('backslashes', again('\\')),
  catalogue(
    'encoded text, encoded again',
    drawn(({characters}) => `${btoa(btoa(`key ${characters(LETTERS, 30)}`))} `),
  ),
  catalogue(
    'full-width letters',
    drawn(({integer}) => String.fromCharCode(0xff01 + integer(94))),
  ),
  catalogue('zero-width characters', again('a\u200b')),
  catalogue(
    'Cyrillic look-alikes',
    drawn(({pick}) => pick(LOOK_ALIKES)),
  ),
  catalogue(
    'lone surrogates',
    drawn(({integer}) => String.fromCharCode(0xd800 + integer(2048))),
  ),
];

/** A finder for a pattern as a rule of a policy has it. */
export function finderOf(pattern: string): Finder {
  return {
    label: 'hostile',
    source: {kind: 'pattern', pattern, ignoreCase: false},
    validator: undefined,
    minEntropy: 0,
  };
}
