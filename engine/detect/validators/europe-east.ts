import {alphanumericValue, compact, digitsOf, isDay, pair, remainder, weighted} from './checksums.ts';

/** Numbers of the countries between the Baltic, the Adriatic and the Black Sea. */
export const EAST_VALIDATORS = {
  bgEgn: isBulgarian,
  czRodneCislo: isCzech,
  huTax: isHungarianTax,
  huTaj: isHungarianInsurance,
  plDowod: (text: string) => isPolishDocument(text, 3),
  plNip: (text: string) => isRemainder(text, [6, 5, 7, 2, 3, 4, 5, 6, 7]),
  plPassport: (text: string) => isPolishDocument(text, 2),
  plPesel: isPolish,
  plRegon: (text: string) => isRemainder(text, [8, 9, 2, 3, 4, 5, 6, 7]),
  roCnp: isRomanian,
  uaRnokpp: isUkrainian,
  yuJmbg: isYugoslav,
};

/** The check digit is the weighted sum's remainder by 11, where ten counts as nought. */
function isRemainder(text: string, weights: readonly number[]): boolean {
  const digits = digitsOf(text);
  return (weighted(digits, weights) % 11) % 10 === digits[weights.length] && digits.some((digit) => digit !== 0);
}

/** Twenty is added to the month for the 19th century, forty for the 21st. */
function isBulgarian(text: string): boolean {
  const digits = digitsOf(text);
  return isRemainder(text, [2, 4, 8, 5, 10, 9, 7, 3, 6]) && isDay(pair(digits, 2) % 20, pair(digits, 4));
}

/** Fifty is added to the month for women, twenty more where the serials of a day are used up. */
function isCzech(text: string): boolean {
  const digits = digitsOf(text);
  const month = (pair(digits, 2) % 50) % 20;
  const base = remainder(digits.slice(0, 9), 11);
  // Nine digits were given out until 1953, without a check digit.
  const isRight = digits.length === 9 ? pair(digits, 0) <= 53 : base % 10 === digits[9];
  return isRight && isDay(month, pair(digits, 4)) && (digits.length === 10 || digits.slice(6).some((d) => d !== 0));
}

function isHungarianTax(text: string): boolean {
  const digits = digitsOf(text);
  return digits[0] === 8 && weighted(digits, [1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 === digits[9];
}

function isHungarianInsurance(text: string): boolean {
  const digits = digitsOf(text);
  return weighted(digits, [3, 7, 3, 7, 3, 7, 3, 7]) % 10 === digits[8] && digits.some((digit) => digit !== 0);
}

/** Identity card: the check digit stands behind three letters; passport: behind two. */
function isPolishDocument(text: string, letters: 2 | 3): boolean {
  const values = Array.from(compact(text), alphanumericValue);
  const weights = letters === 3 ? [7, 3, 1, 9, 7, 3, 1, 7, 3] : [7, 3, 9, 1, 7, 3, 1, 7, 3];
  return weighted(values, weights) % 10 === 0;
}

/** The month tells the century: 80, 20, 40 or 60 is added. */
function isPolish(text: string): boolean {
  const digits = digitsOf(text);
  const isRight = weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
  return isRight && isDay(pair(digits, 2) % 20, pair(digits, 4));
}

function isRomanian(text: string): boolean {
  const digits = digitsOf(text);
  const rest = weighted(digits, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
  const county = pair(digits, 7);
  const isDated = isDay(pair(digits, 3), pair(digits, 5)) && digits[0] !== 0;
  return isDated && county >= 1 && county <= 70 && (rest === 10 ? 1 : rest) === digits[12];
}

function isUkrainian(text: string): boolean {
  const digits = digitsOf(text);
  const sum = weighted(digits, [-1, 5, 7, 9, 4, 6, 10, 5, 7]);
  return (((sum % 11) + 11) % 11) % 10 === digits[9];
}

/** Date with three digits of the year, region, serial; still in use in the successor states. */
function isYugoslav(text: string): boolean {
  const digits = digitsOf(text);
  const check = (11 - (weighted(digits, [7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
  const isYear = digits[4] === 9 || digits[4] === 0;
  return isYear && isDay(pair(digits, 2), pair(digits, 0)) && check === digits[12];
}
