/** Checks that a regular expression cannot make; each is given the finding's text. */
export const VALIDATORS: Readonly<Record<string, (text: string) => boolean>> = {
  luhn: (text) => isLuhn(text.replaceAll(/[^0-9]/g, '')),
};

function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length > 0 && sum % 10 === 0;
}
