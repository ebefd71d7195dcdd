import {compact, digitsOf} from './checksums.ts';

/** What is checked of numbers that no single country gives out. */
export const PERSONAL_VALIDATORS = {
  phone: isPhone,
  phoneInternational: isInternationalPhone,
  plate: isPlate,
  reference: isReference,
};

/** Calling codes by their first digits (ITU-T E.164); spare ones are left out. */
const CALLING_CODE =
  /^(?:1[2-9]|7|2[07]|2[1-69]\d|3[0-469]|3[578]\d|4[013-9]|42\d|5[1-8]|5[09]\d|6[0-6]|6[7-9]\d|8[1246]|8[058]\d|9[0-58]|9[67]\d|99[2-68])/;

function isPhone(text: string): boolean {
  const {length} = digitsOf(text);
  return isBalanced(text) && length >= 7 && length <= 15 && !isDate(text) && new Set(digitsOf(text)).size > 1;
}

/** With its calling code: eleven digits in North America, at least eight elsewhere. */
function isInternationalPhone(text: string): boolean {
  const digits = digitsOf(text).join('').replace(/^00/, '');
  const isComplete = digits.startsWith('1') ? digits.length === 11 : digits.length >= 8 && digits.length <= 15;
  return isComplete && isBalanced(text) && CALLING_CODE.test(digits) && new Set(digits).size > 2;
}

function isBalanced(text: string): boolean {
  return /^[^()]*(?:\([^()]*\)[^()]*)?$/.test(text);
}

function isDate(text: string): boolean {
  return /^(?:(?:19|20)\d{2}[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)\d{2})(?!\d)/.test(text);
}

/** Whether a text that is named as a number holds enough digits to be one, and is no date. */
function isReference(text: string): boolean {
  const digits = digitsOf(text);
  return digits.length >= 5 && new Set(digits).size > 1 && !isDate(text) && !isPseudonym(text);
}

/** The own part of a hash or placeholder that masking put in a value's place; see `mask/pseudonyms.ts`. */
function isPseudonym(text: string): boolean {
  return /^(?:[a-z2-7]{12}|[a-z2-7]{16})$/.test(text) && /(?:[a-z][^a-z]*){3}/.test(text);
}

/** At least a letter and a digit, and as many as a plate holds. */
function isPlate(text: string): boolean {
  const code = compact(text);
  return /\d/.test(code) && /\p{L}/u.test(code) && code.length >= 4 && code.length <= 9;
}
