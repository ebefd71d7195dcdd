/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import type {ViewName} from '../finder.ts';
import {findStretch, MIN_STRETCH, mayBeText, mayBeWithinText} from './printable-utf8.ts';

/** Characters of the shortest run that is worth a look: base64 takes fewer than hexadecimal digits. */
export const MIN_RUN = Math.ceil((MIN_STRETCH * 4) / 3);
/** Hexadecimal digits of the shortest text. */
export const MIN_DIGITS = 2 * MIN_STRETCH;
/** Units between two lines of a run: a line break and an indentation. */
export const MAX_BREAK = 64;

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const HEX = '0123456789abcdefABCDEF';

/** The characters that runs of base64, base64url and hexadecimal digits are made of. */
export class RunAlphabet {
  readonly hasBase64: boolean;
  readonly hasHex: boolean;
  /** 1 for each unit that runs are made of. */
  readonly members = new Uint8Array(0x1_0000);
  /** By character, what it stands for in base64; a half of base64url like its other form. */
  readonly sextets = new Uint8Array(0x1_0000);
  /** Bytes around two groups. */
  readonly #around = new Uint8Array(12);

  constructor(views: ReadonlySet<ViewName>) {
    this.hasBase64 = views.has('base64');
    this.hasHex = views.has('hex');
    for (const member of this.hasBase64 ? `${BASE64}-_` : HEX) this.members[member.charCodeAt(0)] = 1;
    Array.from(BASE64).forEach((digit, value) => (this.sextets[digit.charCodeAt(0)] = value));
    Array.from('-_').forEach((digit, index) => (this.sextets[digit.charCodeAt(0)] = 62 + index));
  }

  /** Index of the first unit from `from` on that is no member, or the text's length. */
  endOfRun(text: string, from: number): number {
    let end = from;
    while (end < text.length && this.members[text.charCodeAt(end)] === 1) end++;
    return end;
  }

  /** Index from which on all units up to the end of the text are members; not before `from`. */
  startOfLastRun(text: string, from: number): number {
    let start = text.length;
    while (start > from && this.members[text.charCodeAt(start - 1)] === 1) start--;
    return start;
  }

  /** Start of the first run of MIN_RUN members or more that starts at `from` or later, or -1. */
  longRun(text: string, from: number): number {
    const {members} = this;
    let start = from;
    for (let at = from + MIN_RUN - 1; at < text.length; at = start + MIN_RUN - 1) {
      while (at >= start && members[text.charCodeAt(at)] === 1) at--;
      if (at < start) return start;
      start = at + 1;
    }
    return -1;
  }

  /**
   * Whether a run `[from, to)` holds MIN_STRETCH bytes of text in base64: these have two whole groups in a row, of which
   * one is at an odd place, wherever the run is read from.
   */
  holdsGroups(units: Uint16Array, from: number, to: number): boolean {
    if (!this.hasBase64) return false;
    for (let odd = from + 4; odd + 4 <= to; odd += 8) {
      for (let i = odd; i < odd + 4 && i + 4 <= to; i++) {
        const group = this.#groupAt(units, i);
        if (!mayBeText(group)) continue;
        if (mayBeWithinText(this.#groupAt(units, i - 4), group) && this.#isStretch(units, from, i - 4, to)) return true;
        if (i + 8 > to || !mayBeWithinText(group, this.#groupAt(units, i + 4))) continue;
        if (this.#isStretch(units, from, i, to)) return true;
      }
    }
    return false;
  }

  /** Whether a run `[from, to)` has MIN_DIGITS hexadecimal digits in a row. */
  mayHoldDigits(units: Uint16Array, from: number, to: number): boolean {
    if (!this.hasHex) return false;
    let start = from;
    for (let at = from + MIN_DIGITS - 1; at < to; at = start + MIN_DIGITS - 1) {
      while (at >= start && DIGITS[units[at]!] !== NO_DIGIT) at--;
      if (at < start) return true;
      start = at + 1;
    }
    return false;
  }

  /** Whether two groups, the first at `at`, are part of MIN_STRETCH bytes of text, which may end in a part of a group. */
  #isStretch(units: Uint16Array, from: number, at: number, to: number): boolean {
    const bytes = this.#around;
    let count = 0;
    for (let i = at - 4 < from ? at : at - 4; i < at + 12 && i + 2 <= to; i += 4) {
      // Behind the run stands what is cut off.
      const bits = this.#groupAt(units, i);
      bytes[count] = bits >> 16;
      bytes[count + 1] = bits >> 8;
      bytes[count + 2] = bits;
      count += Math.min(4, to - i) - 1;
    }
    return findStretch(bytes, 0, count) !== -1;
  }

  #groupAt(units: Uint16Array, at: number): number {
    const {sextets} = this;
    return (
      (sextets[units[at]!]! << 18) |
      (sextets[units[at + 1]!]! << 12) |
      (sextets[units[at + 2]!]! << 6) |
      sextets[units[at + 3]!]!
    );
  }

  endOfRunOf(units: Uint16Array, from: number, to: number): number {
    let end = from;
    while (end < to && this.members[units[end]!] === 1) end++;
    return end;
  }

  /** Like `longRun`, in units. */
  longRunOf(units: Uint16Array, from: number, to: number): number {
    const {members} = this;
    let start = from;
    for (let at = from + MIN_RUN - 1; at < to; at = start + MIN_RUN - 1) {
      while (at >= start && members[units[at]!] === 1) at--;
      if (at < start) return start;
      start = at + 1;
    }
    return -1;
  }
}

/** By ASCII character, the value of a hexadecimal digit; NO_DIGIT for others. */
export const NO_DIGIT = 0xff;
export const DIGITS = Uint8Array.from({length: 0x80}, (_, unit) => {
  const digit = hexDigit(unit);
  return digit < 0 ? NO_DIGIT : digit;
});

/** Value of a hexadecimal digit, or -1. */
export function hexDigit(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const letter = unit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

export function isLineEnd(unit: number): boolean {
  return unit === 0x0a || unit === 0x0d;
}

export function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || isLineEnd(unit);
}
