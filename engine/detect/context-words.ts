import type {ContextWords} from './finder.ts';

/** The most that is looked through before a match. */
export const MAX_CONTEXT = 256;

/** What the text before a finding says of it. */
export interface ContextReader {
  /** Units before a finding that have to be there for `raises` and `lowers`. */
  readonly reach: number;
  /**
   * Whether any raising, or lowering, word stands in `text` within the reach before `start`. The text may begin at
   * `start - reach`, or at its own start if that is later.
   */
  raises: (text: string, start: number) => boolean;
  lowers: (text: string, start: number) => boolean;
}

/**
 * Looks for context words.
 *
 * Case does not count. A word stands at word boundaries: letters and digits next to it make it another word, a change
 * from a lower-case to an upper-case letter does not. One space in a phrase stands for any run of white space, `_`
 * and `-`, and for such a change. So `date of birth` stands in `"dateOfBirth":` and in `date_of_birth=`.
 * Scripts that are written without spaces have no boundaries.
 */
export function createContextReader({raise, lower, within}: ContextWords): ContextReader {
  const units = Math.min(Math.max(within, 0), MAX_CONTEXT);
  const raising = raise.map(plainWord).filter((word) => word !== '');
  const lowering = lower.map(plainWord).filter((word) => word !== '');
  const stands = (words: readonly string[], text: string, start: number): boolean => {
    if (words.length === 0) return false;
    const before = plainWord(wholeWords(text, start, units));
    return words.some((word) => hasWord(before, word));
  };
  return {
    reach: units + 1,
    raises: (text, start) => stands(raising, text, start),
    lowers: (text, start) => stands(lowering, text, start),
  };
}

/** The units before `start`, without words that are cut by the limit or go on in the finding. */
function wholeWords(text: string, start: number, units: number): string {
  let from = Math.max(0, start - units);
  let to = start;
  if (from > 0 && isLetter(text, from - 1)) while (from < to && isLetter(text, from)) from++;
  if (isLetter(text, to)) while (to > from && isLetter(text, to - 1)) to--;
  return text.slice(from, to);
}

/** A text as words are compared: small letters, one space for all that separates words. */
export function plainWord(text: string): string {
  return text
    .replaceAll(/(\p{Ll})(?=\p{Lu})/gu, '$1 ')
    .replaceAll(/[\s_-]+/gu, ' ')
    .toLowerCase();
}

function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const end = at + word.length;
    const isCutBefore = isLetter(text, at - 1) && isLetter(text, at);
    if (!isCutBefore && !(isLetter(text, end - 1) && isLetter(text, end))) return true;
  }
  return false;
}

const SPACED =
  /[[\p{L}\p{M}\p{N}]--[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]/v;

/** Whether the unit belongs to a word. Half a pair does: there are more letters than signs beyond the first plane. */
function isLetter(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  if (unit < 0x80) return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) || isDigit(unit);
  return unit >= 0x80 && ((unit >= 0xd800 && unit <= 0xdfff) || SPACED.test(text.charAt(index)));
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}
