/** The digits of a text, whatever stands between them. */
export function digitsOf(text: string): number[] {
  const digits: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9) digits.push(digit);
  }
  return digits;
}

/** Letters and digits of a text, in upper case. */
export function compact(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]/gu, '').toUpperCase();
}

/** Digits as they are, A as 10 up to Z as 35. */
export function alphanumericValue(character: string): number {
  return Number.parseInt(character, 36);
}

/** The sum of digits times weights, as far as there are weights. */
export function weighted(digits: readonly number[], weights: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * (digits[index] ?? 0), 0);
}

/** Whether it is the same character again and again, as no number that was given out is. */
export function isMonotone(text: string): boolean {
  return /^(.)\1*$/.test(text);
}

/** Luhn's check digit at the end (ISO/IEC 7812). */
export function hasLuhn(digits: readonly number[]): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits[digits.length - 1 - i] ?? 0;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** ISO 7064, MOD 11-10: the check digit at the end. */
export function hasMod1110(digits: readonly number[]): boolean {
  let product = 10;
  for (const digit of digits.slice(0, -1)) product = (((digit + product) % 10 || 10) * 2) % 11;
  return (product + (digits.at(-1) ?? 0)) % 10 === 1;
}

/** The remainder of a number too long for arithmetic. */
export function remainder(digits: readonly number[], modulus: number): number {
  return digits.reduce((rest, digit) => (rest * 10 + digit) % modulus, 0);
}

/** EAN-13: weights 1 and 3 in turn, a multiple of ten. */
export function hasEan(digits: readonly number[]): boolean {
  return digits.reduce((sum, digit, index) => sum + digit * (index % 2 === 0 ? 1 : 3), 0) % 10 === 0;
}

/** Verhoeff's check digit at the end: multiplication in the dihedral group of order ten. */
export function hasVerhoeff(digits: readonly number[]): boolean {
  const turn = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
  let check = 0;
  digits.toReversed().forEach((digit, index) => {
    let value = digit;
    for (let i = 0; i < index % 8; i++) value = turn[value] ?? 0;
    check = dihedral(check, value);
  });
  return check === 0;
}

function dihedral(a: number, b: number): number {
  if (a < 5) return b < 5 ? (a + b) % 5 : ((a + b) % 5) + 5;
  return b < 5 ? ((a - b + 5) % 5) + 5 : (a - b + 10) % 5;
}

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether there is such a day in some year. */
export function isDay(month: number, day: number): boolean {
  return day >= 1 && day <= (DAYS[month - 1] ?? 0);
}

/** Two digits of a list as one number. */
export function pair(digits: readonly number[], index: number): number {
  return (digits[index] ?? 0) * 10 + (digits[index + 1] ?? 0);
}

/** Whether a date of six digits stands at an index: year, month, day or day, month, year. */
export function hasDate(digits: readonly number[], index: number, order: 'ymd' | 'dmy'): boolean {
  const month = pair(digits, index + 2);
  return isDay(month, pair(digits, order === 'ymd' ? index + 4 : index));
}
