/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {Buffer} from 'node:buffer';
import {findStretch} from './printable-utf8.ts';
import {DIGITS, MIN_DIGITS, NO_DIGIT, type RunAlphabet} from './run-alphabet.ts';

const FIRST_SIZE = 1024;

/** The characters of a run, and what they stand for from each place that it may have been encoded from. */
export class RunBytes {
  readonly alphabet: RunAlphabet;
  characters = new Uint16Array(FIRST_SIZE);
  length = 0;
  /** What was decoded last. */
  bytes = Buffer.alloc(FIRST_SIZE);

  constructor(alphabet: RunAlphabet) {
    this.alphabet = alphabet;
  }

  clear(): void {
    this.length = 0;
  }

  /** Appends members `[from, to)`. */
  append(units: Uint16Array, from: number, to: number): void {
    const length = this.length + to - from;
    if (length > this.characters.length) this.#resize(2 * length);
    const characters = this.characters;
    for (let i = from, at = this.length; i < to; i++, at++) characters[at] = units[i]!;
    this.length = length;
  }

  /** Whether members `[from, to)`, a whole run, stand for text; what was there before is gone. */
  holdsText(text: string, from: number, to: number): boolean {
    this.clear();
    if (to - from > this.characters.length) this.#resize(2 * (to - from));
    for (let i = from; i < to; i++) this.characters[i - from] = text.charCodeAt(i);
    this.length = to - from;
    if (this.alphabet.holdsGroups(this.characters, 0, this.length)) return true;
    for (let start = this.digitsFrom(0); start !== -1; ) {
      const end = this.endOfDigits(start);
      for (let first = start; first < start + 2; first++) {
        if (findStretch(this.bytes, 0, this.decodeDigits(first, end)) !== -1) return true;
      }
      start = this.digitsFrom(end);
    }
    return false;
  }

  /** Decodes base64 from a character on, and says how many bytes it is. */
  decodeGroups(phase: number): number {
    const {sextets} = this.alphabet;
    const characters = this.characters;
    const {bytes, length} = this;
    let count = 0;
    let i = phase;
    for (; i + 4 <= length; i += 4) {
      const bits =
        (sextets[characters[i]!]! << 18) |
        (sextets[characters[i + 1]!]! << 12) |
        (sextets[characters[i + 2]!]! << 6) |
        sextets[characters[i + 3]!]!;
      bytes[count] = bits >> 16;
      bytes[count + 1] = bits >> 8;
      bytes[count + 2] = bits;
      count += 3;
    }
    // The last group may be cut short.
    if (i + 2 > length) return count;
    const rest = (sextets[characters[i]!]! << 10) | (sextets[characters[i + 1]!]! << 4);
    bytes[count++] = rest >> 8;
    if (i + 3 === length) bytes[count++] = rest | (sextets[characters[i + 2]!]! >> 2);
    return count;
  }

  /** Start of the first MIN_DIGITS hexadecimal digits in a row that start at `from` or behind, or -1. */
  digitsFrom(from: number): number {
    if (!this.alphabet.hasHex) return -1;
    const characters = this.characters;
    let start = from;
    for (let at = from + MIN_DIGITS - 1; at < this.length; at = start + MIN_DIGITS - 1) {
      while (at >= start && DIGITS[characters[at]!] !== NO_DIGIT) at--;
      if (at < start) return start;
      start = at + 1;
    }
    return -1;
  }

  endOfDigits(start: number): number {
    let end = start;
    while (end < this.length && DIGITS[this.characters[end]!] !== NO_DIGIT) end++;
    return end;
  }

  /** Decodes pairs of digits `[from, to)`, and says how many bytes it is. */
  decodeDigits(from: number, to: number): number {
    const characters = this.characters;
    const {bytes} = this;
    let count = 0;
    for (let at = from; at + 1 < to; at += 2) {
      bytes[count++] = (DIGITS[characters[at]!]! << 4) | DIGITS[characters[at + 1]!]!;
    }
    return count;
  }

  #resize(capacity: number): void {
    const characters = new Uint16Array(capacity);
    characters.set(this.characters.subarray(0, this.length));
    this.characters = characters;
    this.bytes = Buffer.alloc(capacity);
  }
}
