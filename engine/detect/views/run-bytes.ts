/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {Buffer} from 'node:buffer';
import {findStretch} from './printable-utf8.ts';
import {DIGITS, MIN_DIGITS, NO_DIGIT, type RunAlphabet} from './run-alphabet.ts';

/** Characters for which space is kept from one run to the next. */
const MAX_KEPT = 1 << 20;
const FIRST_SIZE = 1024;

/** Where bytes were decoded from: `characters` of the run from `first` on stand for `bytes`, over and over. */
export interface Coding {
  first: number;
  characters: number;
  bytes: number;
}

/** The characters of a run, and what they stand for from each place that it may have been encoded from. */
export class RunBytes {
  readonly alphabet: RunAlphabet;
  #characters = new Uint8Array(FIRST_SIZE);
  length = 0;
  /** What was decoded last. */
  bytes = Buffer.alloc(FIRST_SIZE);

  constructor(alphabet: RunAlphabet) {
    this.alphabet = alphabet;
  }

  clear(): void {
    this.length = 0;
    if (this.#characters.length > MAX_KEPT) this.#resize(MAX_KEPT);
  }

  /** Appends members `[from, to)`. */
  append(units: Uint16Array, from: number, to: number): void {
    const length = this.length + to - from;
    if (length > this.#characters.length) this.#resize(2 * length);
    const characters = this.#characters;
    for (let i = from, at = this.length; i < to; i++, at++) characters[at] = units[i]!;
    this.length = length;
  }

  /** Whether members `[from, to)`, a whole run, may stand for text; what was there before is gone. */
  mayHoldText(text: string, from: number, to: number): boolean {
    this.clear();
    if (to - from > this.#characters.length) this.#resize(2 * (to - from));
    for (let i = from; i < to; i++) this.#characters[i - from] = text.charCodeAt(i);
    this.length = to - from;
    return this.decode((_, count) => findStretch(this.bytes, 0, count) !== -1);
  }

  /** Decodes the run in every way, and asks each time whether that is enough. */
  decode(isEnough: (coding: Coding, count: number) => boolean): boolean {
    if (this.alphabet.hasBase64) {
      for (let phase = 0; phase < 4; phase++) {
        if (isEnough({first: phase, characters: 4, bytes: 3}, this.#decodeGroups(phase))) return true;
      }
    }
    return this.alphabet.hasHex && this.#decodeDigits(isEnough);
  }

  /** Decodes base64 from a character on, and says how many bytes it is. */
  #decodeGroups(phase: number): number {
    const {sextets} = this.alphabet;
    const characters = this.#characters;
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

  #decodeDigits(isEnough: (coding: Coding, count: number) => boolean): boolean {
    const characters = this.#characters;
    const {bytes, length} = this;
    for (let i = 0; i < length; i++) {
      const start = i;
      while (i < length && DIGITS[characters[i]!] !== NO_DIGIT) i++;
      if (i - start < MIN_DIGITS) continue;
      for (let first = start; first < start + 2; first++) {
        let count = 0;
        for (let at = first; at + 1 < i; at += 2) {
          bytes[count++] = (DIGITS[characters[at]!]! << 4) | DIGITS[characters[at + 1]!]!;
        }
        if (isEnough({first, characters: 2, bytes: 1}, count)) return true;
      }
    }
    return false;
  }

  #resize(capacity: number): void {
    const characters = new Uint8Array(capacity);
    characters.set(this.#characters.subarray(0, Math.min(this.length, capacity)));
    this.#characters = characters;
    this.bytes = Buffer.alloc(capacity);
  }
}
