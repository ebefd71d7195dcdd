import {digitsOf, hasDate, hasLuhn, pair, weighted} from './checksums.ts';

/** Numbers of Africa and Oceania. */
export const SOUTHERN_VALIDATORS = {
  auAbn: isAustralianBusiness,
  auAcn: isAustralianCompany,
  auMedicare: isMedicare,
  auTfn: isAustralianTax,
  egId: isEgyptian,
  nzIrd: isNewZealandTax,
  nzNhi: isNewZealandHealth,
  zaId: isSouthAfrican,
};

/** One is taken from the first digit; then the weighted sum is a multiple of 89. */
function isAustralianBusiness(text: string): boolean {
  const digits = digitsOf(text);
  const sum = weighted(digits, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) - 10;
  return sum % 89 === 0 && digits[0] !== 0;
}

function isAustralianCompany(text: string): boolean {
  const digits = digitsOf(text);
  const check = (10 - (weighted(digits, [8, 7, 6, 5, 4, 3, 2, 1]) % 10)) % 10;
  return check === digits[8] && digits.some((digit) => digit !== 0);
}

/** The ninth digit checks the eight before it; card issue and place on the card follow. */
function isMedicare(text: string): boolean {
  const digits = digitsOf(text);
  return weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === digits[8] && digits[9] !== 0;
}

function isAustralianTax(text: string): boolean {
  const digits = digitsOf(text);
  return weighted(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0 && new Set(digits).size > 1;
}

/** Century, date of birth, governorate, serial. */
function isEgyptian(text: string): boolean {
  const digits = digitsOf(text);
  const place = pair(digits, 7);
  return hasDate(digits, 1, 'ymd') && ((place >= 1 && place <= 35) || place === 88);
}

/** Where the first weighting gives ten a second one decides. */
function isNewZealandTax(text: string): boolean {
  const digits = digitsOf(text);
  const padded = digits.length === 8 ? [0, ...digits] : digits;
  const number = Number(padded.join(''));
  const check = (weights: readonly number[]): number => (11 - (weighted(padded, weights) % 11)) % 11;
  const first = check([3, 2, 7, 6, 5, 4, 3, 2]);
  const last = first === 10 ? check([7, 4, 3, 2, 5, 2, 7, 6]) : first;
  return number >= 10_000_000 && number <= 150_000_000 && last === padded[8];
}

function isNewZealandHealth(text: string): boolean {
  const code = text.toUpperCase();
  const values = Array.from(code, (character) => {
    const letter = 'ABCDEFGHJKLMNPQRSTUVWXYZ'.indexOf(character);
    return letter === -1 ? Number(character) : letter + 1;
  });
  const rest = weighted(values, [7, 6, 5, 4, 3, 2]) % 11;
  return rest !== 0 && (11 - rest) % 10 === values[6];
}

/** Date of birth, serial, citizenship (0 to 2), Luhn. */
function isSouthAfrican(text: string): boolean {
  const digits = digitsOf(text);
  return hasDate(digits, 0, 'ymd') && (digits[10] ?? 9) <= 2 && hasLuhn(digits);
}
