import {compact, digitsOf, hasDate, hasLuhn, hasVerhoeff, isDay, pair, remainder, weighted} from './checksums.ts';

/** Numbers of France, the Benelux, Ireland and the United Kingdom. */
export const WEST_VALIDATORS = {
  beEnterprise: (text: string) => isComplement(digitsOf(text).slice(-10), 8),
  beRijksregister: isBelgian,
  frNir: isFrench,
  frSpi: (text: string) => remainder(digitsOf(text).slice(0, 10), 511) === Number(compact(text).slice(10)),
  gbDriver: isBritishDriver,
  iePps: isIrish,
  luMatricule: isLuxembourgish,
  luhnNumber: (text: string) => hasLuhn(digitsOf(text)),
  nhs: isNhs,
  nino: (text: string) => !/^(?:BG|GB|NK|KN|TN|NT|ZZ)/i.test(text),
  nlBsn: isDutch,
  ukUtr: isBritishTax,
};

/** The last two digits are 97 less the remainder of what stands before them. */
function isComplement(digits: readonly number[], length: number): boolean {
  return 97 - remainder(digits.slice(0, length), 97) === pair(digits, length);
}

/** Who was born from 2000 on has a 2 before the number that the check digits are made of. */
function isBelgian(text: string): boolean {
  const digits = digitsOf(text);
  const isRight = isComplement(digits, 9) || isComplement([2, ...digits], 10);
  const month = pair(digits, 2) % 20;
  // Month 00 where the date of birth is not known; 20 and 40 are added for numbers without registration.
  return isRight && (month === 0 || isDay(month, pair(digits, 4) || 1));
}

/** Corsica's 2A and 2B count as 19 and 18. */
function isFrench(text: string): boolean {
  const code = compact(text);
  const digits = digitsOf(code.replace('2A', '19').replace('2B', '18'));
  return 97 - remainder(digits.slice(0, 13), 97) === pair(digits, 13);
}

/** Surname, decade, month of birth (50 added for women), day, year, initials, and what tells doubles apart. */
function isBritishDriver(text: string): boolean {
  const month = Number(text.slice(6, 8)) % 50;
  return isDay(month, Number(text.slice(8, 10))) && !/[A-Z].*9.*[A-Z]/i.test(text.slice(0, 5));
}

function isIrish(text: string): boolean {
  const code = compact(text);
  const second = code.length === 9 && code[8] !== 'W' ? code.charCodeAt(8) - 64 : 0;
  const sum = weighted(digitsOf(code.slice(0, 7)), [8, 7, 6, 5, 4, 3, 2]) + 9 * second;
  return code[7] === 'WABCDEFGHIJKLMNOPQRSTUV'[sum % 23];
}

/** Date of birth, serial, then Luhn's and Verhoeff's check digits over the same eleven digits. */
function isLuxembourgish(text: string): boolean {
  const digits = digitsOf(text);
  const base = digits.slice(0, 11);
  const isDated = hasDate(digits, 2, 'ymd') && [18, 19, 20].includes(pair(digits, 0));
  return isDated && hasLuhn([...base, digits[11] ?? 0]) && hasVerhoeff([...base, digits[12] ?? 0]);
}

function isNhs(text: string): boolean {
  const digits = digitsOf(text);
  return weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0 && new Set(digits).size > 1;
}

/** The eleven test: weights 9 to 2, and -1 for the last digit. */
function isDutch(text: string): boolean {
  const digits = digitsOf(text);
  return weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && new Set(digits).size > 1;
}

/** The check digit stands first. */
function isBritishTax(text: string): boolean {
  const digits = digitsOf(text);
  const check = '21987654321'[weighted(digits.slice(1), [6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11];
  return String(digits[0]) === check;
}
