import fc from 'fast-check';
import {DETECTORS} from '../../../engine/detect/catalogue.ts';

/** What every detector finds, and what it must not. */
export const SEEDS: readonly string[] = DETECTORS.flatMap(({examples, nearMisses}) => [...examples, ...nearMisses]);

/** Parts of what detectors look for, beside what cuts text in odd places. */
const FRAGMENTS = [
  ...['api_key=', 'password: ', 'Bearer ', 'AKIA', 'QWERTFAKEZXCVBNM', '-----BEGIN PRIVATE KEY-----', '\n', '\r\n'],
  ...['user', '@', 'example.com', '4111 1111', ' 1111 1111', 'DE89 3704 0044', ' 0532 0130 00', '+49 30 ', '123456'],
  ...['eyJFakeExample0', '.', 'postgres://u:', 'pw123', '203.0.113.7', ':', ' ', '"', 'ssn ', 'date of birth: '],
  ...['😀', '\ud83d', '\ude00', 'é', 'e\u0301', '\u200b', 'a1B2c3D4e5F6g7H8', '%40', '\\u0040', '\\n', 'ａ', '\ufb01'],
];

/** Texts that come close to findings: parts of them in any order, or whole ones cut, joined and changed. */
export const nearSecrets: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...FRAGMENTS), {maxLength: 14}).map((parts) => parts.join('')),
  fc.array(fc.constantFrom(...SEEDS), {minLength: 1, maxLength: 2}).map((parts) => parts.join(' ').slice(0, 400)),
  fc
    .tuple(fc.constantFrom(...SEEDS), fc.nat(400), fc.constantFrom(...FRAGMENTS, ''), fc.nat(3))
    .map(([seed, at, inserted, dropped]) => {
      const text = seed.slice(0, 400);
      const place = at % (text.length + 1);
      return text.slice(0, place) + inserted + text.slice(place + dropped);
    }),
);
