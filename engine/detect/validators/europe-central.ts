import {compact, digitsOf, hasEan, hasMod1110, isDay, pair, weighted} from './checksums.ts';

/** Numbers of Germany, Austria and Switzerland. */
export const CENTRAL_VALIDATORS = {
  atSvnr: isAustrianInsurance,
  chAhv: (text: string) => hasEan(digitsOf(text)) && text.startsWith('756'),
  chUid: isSwissCompany,
  deKvnr: isGermanHealth,
  deLanr: isGermanDoctor,
  dePension: isGermanPension,
  deTaxId: (text: string) => hasMod1110(digitsOf(text)),
  deTaxIdIssued: isGermanTaxId,
};

function isAustrianInsurance(text: string): boolean {
  const digits = digitsOf(text);
  const check = weighted(digits, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11;
  // Where the serials of a day are used up, the month goes on to 15.
  const month = pair(digits, 6) > 12 ? 1 : pair(digits, 6);
  return check === digits[3] && pair(digits, 6) <= 15 && isDay(month, pair(digits, 4));
}

function isSwissCompany(text: string): boolean {
  const digits = digitsOf(text);
  return (11 - (weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4]) % 11)) % 11 === digits[8];
}

/** Letters as two digits, then each product's own digits are added up. */
function crossSum(text: string, weights: readonly number[]): number {
  const spelled = text.replaceAll(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 64).padStart(2, '0'));
  const digits = digitsOf(spelled);
  return weights.reduce((sum, weight, index) => {
    const product = weight * (digits[index] ?? 0);
    return sum + Math.floor(product / 10) + (product % 10);
  }, 0);
}

function isGermanHealth(text: string): boolean {
  const code = text.toUpperCase();
  return crossSum(code, [1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) % 10 === Number(code.at(-1));
}

function isGermanPension(text: string): boolean {
  const code = compact(text);
  const digits = digitsOf(code.slice(0, 8));
  const isRight = crossSum(code, [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10 === Number(code.at(-1));
  return isRight && isDay(pair(digits, 4), pair(digits, 2));
}

/** Six digits, their check digit, two for the field; 555555 stands for doctors without a number of their own. */
function isGermanDoctor(text: string): boolean {
  const digits = digitsOf(text);
  if (text.startsWith('555555')) return true;
  const check = (10 - (weighted(digits, [4, 9, 4, 9, 4, 9]) % 10)) % 10;
  return check === digits[6] && !text.startsWith('000000');
}

/** As they are given out: of the first ten digits one stands twice or three times, every other at most once. */
function isGermanTaxId(text: string): boolean {
  const digits = digitsOf(text);
  const counts = new Array<number>(10).fill(0);
  for (const digit of digits.slice(0, 10)) counts[digit] = (counts[digit] ?? 0) + 1;
  const often = counts.filter((count) => count > 1);
  return digits[0] !== 0 && often.length === 1 && (often[0] ?? 9) <= 3 && hasMod1110(digits);
}
