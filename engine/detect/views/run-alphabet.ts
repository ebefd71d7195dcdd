/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import type {ViewName} from '../finder.ts';
import {MIN_STRETCH} from './byte-lane.ts';
import {isFollowedByText, isText, NEXT_STATE, REJECTED, WHOLE} from './printable-utf8.ts';

/** Characters of the shortest run that is worth a look: base64 takes fewer than hexadecimal digits. */
export const MIN_RUN = Math.ceil((MIN_STRETCH * 4) / 3);
const NONE = 0xff;

/** The characters that runs of base64, base64url and hexadecimal digits are made of. */
export class RunAlphabet {
  readonly hasBase64: boolean;
  readonly hasHex: boolean;
  readonly #values = new Uint8Array(0x80).fill(NONE);
  /** The group that was read last. */
  #bits = 0;

  constructor(views: ReadonlySet<ViewName>) {
    this.hasBase64 = views.has('base64');
    this.hasHex = views.has('hex');
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
    if (this.hasBase64) {
      Array.from(`${digits}+/`).forEach((digit, value) => (this.#values[digit.charCodeAt(0)] = value));
      Array.from('-_').forEach((digit, index) => (this.#values[digit.charCodeAt(0)] = 62 + index));
    } else if (this.hasHex) {
      for (const digit of '0123456789abcdefABCDEF') this.#values[digit.charCodeAt(0)] = 0;
    }
  }

  /** What a member stands for in base64. */
  sextet(unit: number): number {
    return this.#values[unit]!;
  }

  /** Index of the first unit from `from` on that is no member, or the text's length. */
  endOfRun(text: string, from: number): number {
    const values = this.#values;
    let end = from;
    while (end < text.length) {
      const unit = text.charCodeAt(end);
      if (unit >= 0x80 || values[unit] === NONE) break;
      end++;
    }
    return end;
  }

  /** Index from which on all units up to the end of the text are members; not before `from`. */
  startOfLastRun(text: string, from: number): number {
    let start = text.length;
    while (start > from && this.#isMember(text, start - 1)) start--;
    return start;
  }

  /** Start of the first run of MIN_RUN members or more, or -1; looks at every MIN_RUN-th unit, while none is one. */
  longRun(text: string, from: number): number {
    let at = from + MIN_RUN - 1;
    while (at < text.length) {
      if (!this.#isMember(text, at)) {
        at += MIN_RUN;
        continue;
      }
      let start = at;
      while (start > from && this.#isMember(text, start - 1)) start--;
      let end = at + 1;
      while (end < text.length && end - start < MIN_RUN && this.#isMember(text, end)) end++;
      if (end - start === MIN_RUN) return start;
      at = end + MIN_RUN;
    }
    return -1;
  }

  /**
   * Whether a whole run may have MIN_STRETCH bytes of text in a row, whatever it is read as: two groups of base64, or
   * so many pairs of digits.
   */
  mayHoldText(text: string, from: number, to: number): boolean {
    const values = this.#values;
    let bits = 0;
    let groups = 0;
    let digits = 0;
    let pairs = 0;
    for (let i = from; i < to; i++) {
      const unit = text.charCodeAt(i);
      if (this.hasBase64) {
        bits = ((bits << 6) | values[unit]!) & 0xffffff;
        groups <<= 1;
        if (i - from >= 3 && isTextGroup(bits)) {
          groups |= 1;
          if ((groups & 0x11) === 0x11 && this.#hasStretch(text, from + ((i + 1 - from) & 3), i, to)) return true;
        }
      }
      if (this.hasHex) {
        const digit = hexDigit(unit);
        digits = digit < 0 ? 0 : ((digits << 4) | digit) & 0xffff;
        pairs = digit < 0 ? 0 : (pairs << 1) | (isFollowedByText(digits >> 8, digits) ? 1 : 0);
        if ((pairs & ALL_PAIRS) === ALL_PAIRS) return true;
      }
    }
    return false;
  }

  /** Whether the text around two groups, of which the second ends at `at`, is long enough. */
  #hasStretch(text: string, first: number, at: number, to: number): boolean {
    const start = Math.max(first, at - 15);
    let state = WHOLE;
    let count = 0;
    for (let i = start; i + 1 < Math.min(to, at + 5); i += 4) {
      const bytes = this.#group(text, i, to);
      for (let byte = 0; byte < bytes; byte++) {
        const next = (this.#bits >> (16 - 8 * byte)) & 0xff;
        const inside = count === 0 ? REJECTED : NEXT_STATE[state * 256 + next]!;
        state = inside === REJECTED ? NEXT_STATE[next]! : inside;
        count = inside === REJECTED ? (state === REJECTED ? 0 : 1) : count + 1;
        if (count === MIN_STRETCH) return true;
      }
    }
    return false;
  }

  /** Reads a group, which the end of the run may cut short; says how many bytes it has. */
  #group(text: string, at: number, to: number): number {
    let bits = 0;
    for (let i = at; i < at + 4; i++) bits = (bits << 6) | (i < to ? this.#values[text.charCodeAt(i)]! : 0);
    this.#bits = bits;
    return Math.min(4, to - at) - 1;
  }

  #isMember(text: string, at: number): boolean {
    const unit = text.charCodeAt(at);
    return unit < 0x80 && this.#values[unit] !== NONE;
  }
}

/** Every second bit, for the pairs behind the first of MIN_STRETCH. */
const ALL_PAIRS = 0x5555_5555 & ((1 << (2 * MIN_STRETCH - 2)) - 1);

function isTextGroup(bits: number): boolean {
  if (!isText(bits >> 16)) return false;
  return isFollowedByText(bits >> 16, bits >> 8) && isFollowedByText(bits >> 8, bits);
}

/** Value of a hexadecimal digit, or -1. */
export function hexDigit(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const letter = unit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
