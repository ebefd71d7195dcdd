import {compact, digitsOf, hasDate, hasLuhn, isDay, pair, weighted} from './checksums.ts';

/** Personal numbers of the Nordic and Baltic countries. */
export const NORTH_VALIDATORS = {
  dkCpr: isDanish,
  dkCprOld: (text: string) => isDanish(text) && weighted(digitsOf(text), [4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0,
  eeIsikukood: isEstonian,
  fiHetu: isFinnish,
  isKennitala: isIcelandic,
  lvPersonasKods: isLatvian,
  noFodselsnummer: isNorwegian,
  seOrganisation: isSwedishOrganisation,
  sePersonnummer: isSwedish,
};

function isDanish(text: string): boolean {
  return hasDate(digitsOf(text), 0, 'dmy');
}

/** Estonia and Lithuania share the form: century and sex, date, serial, check digit of two weightings. */
function isEstonian(text: string): boolean {
  const digits = digitsOf(text);
  const first = weighted(digits, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
  const second = weighted(digits, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
  const check = first < 10 ? first : second % 10;
  return hasDate(digits, 1, 'ymd') && check === digits[10];
}

function isFinnish(text: string): boolean {
  const code = text.toUpperCase();
  const digits = digitsOf(code.slice(0, 10));
  const serial = Number(code.slice(7, 10));
  const check = '0123456789ABCDEFHJKLMNPRSTUVWXY'[Number(digits.join('')) % 31];
  return hasDate(digits, 0, 'dmy') && serial >= 2 && code.at(-1) === check;
}

function isIcelandic(text: string): boolean {
  const digits = digitsOf(text);
  // The first digit of a company's date is raised by four.
  const day = pair(digits, 0) % 40;
  const isRight = weighted(digits, [3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;
  return isDay(pair(digits, 2), day) && isRight && [0, 8, 9].includes(digits[9] ?? -1);
}

/** Numbers given out since 2017 begin with 32 and hold no date. */
function isLatvian(text: string): boolean {
  const digits = digitsOf(text);
  if (pair(digits, 0) === 32) return true;
  const check = ((1101 - weighted(digits, [1, 6, 3, 7, 9, 10, 5, 8, 4, 2])) % 11) % 10;
  return hasDate(digits, 0, 'dmy') && (digits[6] ?? 9) <= 2 && check === digits[10];
}

/** Day 41 on is a D number, month 41 or 81 on a test or synthetic one. */
function isNorwegian(text: string): boolean {
  const digits = digitsOf(text);
  const isRight =
    weighted(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
    weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;
  return isRight && isDay(pair(digits, 2) % 40, pair(digits, 0) % 40);
}

/** A coordination number has sixty added to its day. */
function isSwedish(text: string): boolean {
  const all = digitsOf(text);
  const digits = all.slice(-10);
  const isCentury = all.length === 10 || [18, 19, 20].includes(pair(all, 0));
  return isCentury && hasLuhn(digits) && isDay(pair(digits, 2), pair(digits, 4) % 60);
}

/** The third digit is at least 2, so that no organisation's number is a date. */
function isSwedishOrganisation(text: string): boolean {
  const digits = digitsOf(compact(text)).slice(-10);
  return (digits[2] ?? 0) >= 2 && hasLuhn(digits);
}
