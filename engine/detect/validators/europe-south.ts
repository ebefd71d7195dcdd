import {alphanumericValue, compact, digitsOf, hasDate, hasLuhn, isDay, pair, weighted} from './checksums.ts';

/** Numbers of Spain, Portugal, Italy, Greece, Cyprus and Turkey. */
export const SOUTH_VALIDATORS = {
  cyTic: isCypriot,
  esCif: isSpanishCompany,
  esNif: isSpanish,
  esNss: (text: string) => isSpanishInsurance(digitsOf(text)),
  grAfm: isGreekTax,
  grAmka: (text: string) => hasDate(digitsOf(text), 0, 'dmy') && hasLuhn(digitsOf(text)),
  itCodiceFiscale: isItalian,
  ptCc: isPortugueseCard,
  ptNif: isPortuguese,
  trTckn: isTurkish,
  trVkn: isTurkishTax,
};

function isCypriot(text: string): boolean {
  const code = compact(text);
  const odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
  const sum = digitsOf(code.slice(0, 8)).reduce(
    (total, digit, index) => total + (index % 2 === 0 ? (odd[digit] ?? 0) : digit),
    0,
  );
  return code.charCodeAt(8) - 65 === sum % 26;
}

/** A NIE's X, Y or Z stands for 0, 1 or 2; the letter is the remainder by 23. */
function isSpanish(text: string): boolean {
  const code = compact(text);
  const number = Number(code.slice(0, -1).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter))));
  return code.at(-1) === 'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23];
}

/** The check is a digit, or the letter of that place. */
function isSpanishCompany(text: string): boolean {
  const code = compact(text);
  const digits = digitsOf(code.slice(1, 8));
  const sum = digits.reduce((total, digit, index) => {
    const value = index % 2 === 0 ? digit * 2 : digit;
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  const check = (10 - (sum % 10)) % 10;
  return code.at(-1) === String(check) || code.at(-1) === 'JABCDEFGHI'[check];
}

/** Province, serial without leading zeros, and the remainder of both by 97. */
function isSpanishInsurance(digits: readonly number[]): boolean {
  const serial = Number(digits.slice(2, 10).join(''));
  const province = pair(digits, 0);
  const number = serial < 10_000_000 ? serial + province * 10_000_000 : Number(digits.slice(0, 10).join(''));
  return province >= 1 && province <= 66 && number % 97 === pair(digits, 10);
}

function isGreekTax(text: string): boolean {
  const digits = digitsOf(text);
  const check = (weighted(digits, [256, 128, 64, 32, 16, 8, 4, 2]) % 11) % 10;
  return check === digits[8] && digits.some((digit) => digit !== 0);
}

/** Letters may stand for digits where two persons share a code. */
function isItalian(text: string): boolean {
  const code = text.toUpperCase();
  const odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const character = code.charAt(i);
    const value = /[0-9]/.test(character) ? Number(character) : character.charCodeAt(0) - 65;
    sum += i % 2 === 0 ? (odd[value] ?? 0) : value;
  }
  const plain = code.replaceAll(/[LMNPQRSTUV]/g, (letter) => String('LMNPQRSTUV'.indexOf(letter)));
  const month = 'ABCDEHLMPRST'.indexOf(code.charAt(8)) + 1;
  return code.charCodeAt(15) - 65 === sum % 26 && isDay(month, Number(plain.slice(9, 11)) % 40);
}

function isPortuguese(text: string): boolean {
  const digits = digitsOf(text);
  const rest = weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest < 2 ? 0 : 11 - rest) === digits[8];
}

/** Citizen card: Luhn over digits and letters. */
function isPortugueseCard(text: string): boolean {
  const values = Array.from(compact(text), alphanumericValue);
  const sum = values.toReversed().reduce((total, value, index) => {
    const doubled = index % 2 === 1 ? value * 2 : value;
    return total + (index % 2 === 1 && doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

function isTurkish(text: string): boolean {
  const digits = digitsOf(text);
  const tenth = (weighted(digits, [7, -1, 7, -1, 7, -1, 7, -1, 7]) + 100) % 10;
  const sum = digits.slice(0, 10).reduce((total, digit) => total + digit, 0);
  return digits[0] !== 0 && digits[9] === tenth && digits[10] === sum % 10;
}

function isTurkishTax(text: string): boolean {
  const digits = digitsOf(text);
  const sum = digits.slice(0, 9).reduce((total, digit, index) => {
    const shifted = (digit + 9 - index) % 10;
    const powered = (shifted * 2 ** (9 - index)) % 9;
    return total + (shifted !== 0 && powered === 0 ? 9 : powered);
  }, 0);
  return (10 - (sum % 10)) % 10 === digits[9];
}
