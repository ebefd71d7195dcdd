import {compact, digitsOf, hasLuhn, hasMod1110, remainder, weighted} from './checksums.ts';
import {CENTRAL_VALIDATORS} from './europe-central.ts';
import {EAST_VALIDATORS} from './europe-east.ts';
import {SOUTH_VALIDATORS} from './europe-south.ts';
import {WEST_VALIDATORS} from './europe-west.ts';

/** Value added tax numbers with the country's prefix. */
export const VAT_VALIDATORS = {
  vat: isVat,
};

/** Forms by country, and what the check digits have to be where the country publishes it. */
const CHECKS: Readonly<Record<string, (number: string) => boolean>> = {
  ATU: (number) => isAustrian(digitsOf(number)),
  BE: WEST_VALIDATORS.beEnterprise,
  DE: (number) => hasMod1110(digitsOf(number)),
  DK: (number) => weighted(digitsOf(number), [2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0,
  EE: (number) => weighted(digitsOf(number), [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0,
  EL: SOUTH_VALIDATORS.grAfm,
  ES: (number) => /^[0-9XYZ]/.test(number) || SOUTH_VALIDATORS.esCif(number) || SOUTH_VALIDATORS.esNif(number),
  FI: (number) => weighted(digitsOf(number), [7, 9, 10, 5, 8, 4, 2, 1]) % 11 === 0,
  FR: isFrench,
  HR: (number) => hasMod1110(digitsOf(number)),
  HU: (number) => weighted(digitsOf(number), [9, 7, 3, 1, 9, 7, 3, 1]) % 10 === 0,
  IT: WEST_VALIDATORS.luhnNumber,
  LU: (number) => remainder(digitsOf(number).slice(0, 6), 89) === remainder(digitsOf(number).slice(6), 100),
  MT: (number) => weighted(digitsOf(number), [3, 4, 6, 7, 8, 9, 10, 1]) % 37 === 0,
  PL: EAST_VALIDATORS.plNip,
  PT: SOUTH_VALIDATORS.ptNif,
  RO: isRomanian,
  SE: (number) => hasLuhn(digitsOf(number).slice(0, 10)),
  SI: (number) => weighted(digitsOf(number), [8, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0,
  SK: (number) => Number(number) % 11 === 0,
  CHE: CENTRAL_VALIDATORS.chUid,
};

function isVat(text: string): boolean {
  const code = compact(text);
  const prefix = /^(?:ATU|CHE)/.test(code) ? code.slice(0, 3) : code.slice(0, 2);
  const isRight = CHECKS[prefix];
  return isRight === undefined || isRight(code.slice(prefix.length));
}

function isAustrian(digits: readonly number[]): boolean {
  const sum = [1, 2, 1, 2, 1, 2, 1].reduce((total, weight, index) => {
    const product = weight * (digits[index] ?? 0);
    return total + Math.floor(product / 10) + (product % 10);
  }, 4);
  return (10 - (sum % 10)) % 10 === digits[7];
}

/** Old style: key of two digits over the company's number; letters are of the new style, without a published check. */
function isFrench(number: string): boolean {
  const siren = digitsOf(number.slice(2));
  const key = number.slice(0, 2);
  return hasLuhn(siren) && (!/^[0-9]{2}$/.test(key) || (12 + 3 * remainder(siren, 97)) % 97 === Number(key));
}

function isRomanian(number: string): boolean {
  const digits = digitsOf(number.padStart(10, '0'));
  return ((weighted(digits, [7, 5, 3, 2, 1, 7, 5, 3, 2]) * 10) % 11) % 10 === digits[9];
}
