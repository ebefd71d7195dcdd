import {alphanumericValue, compact, digitsOf, hasLuhn, isDay, isMonotone, pair, weighted} from './checksums.ts';

/** Numbers of the Americas. */
export const AMERICAS_VALIDATORS = {
  arCuit: isArgentine,
  brCnpj: isBrazilianCompany,
  brCpf: isBrazilian,
  caSin: (text: string) => hasLuhn(digitsOf(text)) && !/^[08]/.test(text) && !isMonotone(compact(text)),
  clRut: isChilean,
  clabe: isMexicanAccount,
  coNit: isColombian,
  dea: isPrescriber,
  ecCedula: isEcuadorian,
  mxCurp: isMexican,
  mxRfc: (text: string) => isMexicanDate(compact(text).slice(-9, -3)),
  npi: (text: string) => hasLuhn(digitsOf(`80840${text}`)) && !isMonotone(compact(text).slice(1)),
  peRuc: isPeruvian,
  usEin: isEmployer,
  usItin: isItin,
  ssn: isSsn,
  uyCi: isUruguayan,
  veRif: isVenezuelan,
  vin: isVehicle,
};

function isArgentine(text: string): boolean {
  const digits = digitsOf(text);
  const check = (11 - (weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
  return [20, 23, 24, 25, 26, 27, 30, 33, 34].includes(pair(digits, 0)) && check === digits[10];
}

/** Both check digits: 11 less the remainder, nought for ten and eleven. */
function hasTwoChecks(digits: readonly number[], first: readonly number[], second: readonly number[]): boolean {
  return [first, second].every((weights) => {
    const rest = weighted(digits, weights) % 11;
    return (rest < 2 ? 0 : 11 - rest) === digits[weights.length];
  });
}

function isBrazilian(text: string): boolean {
  const digits = digitsOf(text);
  const isRight = hasTwoChecks(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2], [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  return isRight && new Set(digits).size > 1;
}

/** Letters are allowed since 2026 and count as their code less 48. */
function isBrazilianCompany(text: string): boolean {
  const code = compact(text);
  const values = Array.from(code, (character) => character.charCodeAt(0) - 48);
  const weights = [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
  return hasTwoChecks(values, weights, [6, ...weights]) && !isMonotone(code);
}

function isChilean(text: string): boolean {
  const code = compact(text);
  const reversed = digitsOf(code.slice(0, -1)).reverse();
  const check = 11 - (weighted(reversed, [2, 3, 4, 5, 6, 7, 2, 3]) % 11);
  return code.at(-1) === (check === 11 ? '0' : check === 10 ? 'K' : String(check)) && !isMonotone(code);
}

function isMexicanAccount(text: string): boolean {
  const digits = digitsOf(text);
  const sum = digits
    .slice(0, 17)
    .reduce((total, digit, index) => total + ((digit * ([3, 7, 1][index % 3] ?? 0)) % 10), 0);
  return (10 - (sum % 10)) % 10 === digits[17] && pair(digits, 0) > 0;
}

function isColombian(text: string): boolean {
  const digits = digitsOf(text);
  const check = digits.pop();
  const rest = weighted(digits.reverse(), [3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47]) % 11;
  return (rest < 2 ? rest : 11 - rest) === check;
}

function isPrescriber(text: string): boolean {
  const digits = digitsOf(text.slice(2));
  return weighted(digits, [1, 2, 1, 2, 1, 2]) % 10 === digits[6];
}

/** Province 1 to 24, or 30 for those abroad; the third digit tells persons from companies. */
function isEcuadorian(text: string): boolean {
  const digits = digitsOf(text);
  const province = pair(digits, 0);
  return ((province >= 1 && province <= 24) || province === 30) && (digits[2] ?? 9) < 6 && hasLuhn(digits.slice(0, 10));
}

function isMexicanDate(digits: string): boolean {
  return isDay(Number(digits.slice(2, 4)), Number(digits.slice(4, 6)));
}

function isMexican(text: string): boolean {
  const code = text.toUpperCase();
  const alphabet = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ';
  const sum = Array.from(code.slice(0, 17)).reduce(
    (total, character, index) => total + alphabet.indexOf(character) * (18 - index),
    0,
  );
  return isMexicanDate(code.slice(4, 10)) && code.at(-1) === String((10 - (sum % 10)) % 10);
}

function isPeruvian(text: string): boolean {
  const digits = digitsOf(text);
  const check = (11 - (weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 10;
  return [10, 15, 16, 17, 20].includes(pair(digits, 0)) && check === digits[10];
}

/** Campuses that give out employer numbers have prefixes of their own; these were never used. */
function isEmployer(text: string): boolean {
  const unused = [0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97];
  return !unused.includes(Number(text.slice(0, 2)));
}

/** The areas, groups and serials that were ever given out. */
function isSsn(text: string): boolean {
  const digits = compact(text);
  const area = digits.slice(0, 3);
  const isGiven = area !== '000' && area !== '666' && !area.startsWith('9');
  return isGiven && digits.slice(3, 5) !== '00' && !digits.endsWith('0000') && !isMonotone(digits);
}

/** Individual taxpayers: 9xx with groups of their own. */
function isItin(text: string): boolean {
  const digits = compact(text);
  const group = Number(digits.slice(3, 5));
  return digits.startsWith('9') && group >= 50 && group !== 66 && group !== 89 && group !== 93;
}

function isUruguayan(text: string): boolean {
  const digits = digitsOf(text);
  return (10 - (weighted(digits, [2, 9, 8, 7, 6, 3, 4]) % 10)) % 10 === digits[7] && new Set(digits).size > 1;
}

function isVenezuelan(text: string): boolean {
  const code = compact(text);
  const kind = {V: 4, E: 8, J: 12, P: 16, G: 20}[code.charAt(0)] ?? 0;
  const rest = (kind + weighted(digitsOf(code), [3, 2, 7, 6, 5, 4, 3, 2])) % 11;
  return (rest < 2 ? 0 : 11 - rest) === Number(code.at(-1));
}

/** Check digit in the ninth place, as North America asks for (49 CFR 565). */
function isVehicle(text: string): boolean {
  const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
  const values = Array.from(text.toUpperCase(), (character) => {
    const value = alphanumericValue(character);
    if (value < 10) return value;
    return Number('12345678012345070923456789'.charAt(value - 10));
  });
  const rest = weighted(values, weights) % 11;
  return (
    /[0-9]/.test(text) && /[A-Z]/i.test(text) && text.charAt(8).toUpperCase() === (rest === 10 ? 'X' : String(rest))
  );
}
