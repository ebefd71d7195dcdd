/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {endOfStretch, findStretch, widthOf} from './printable-utf8.ts';
import {isLineEnd, isSpace, MAX_BREAK, MIN_RUN, type RunAlphabet} from './run-alphabet.ts';
import {type Coding, RunBytes} from './run-bytes.ts';
import type {TextUnits} from './text-units.ts';
import type {UnitOrigin} from './unit-origin.ts';

/** Finds and decodes what may be base64, base64url or hexadecimal in whole texts, exactly as `EncodedRuns` does. */
export class WholeRuns implements UnitOrigin {
  readonly #alphabet: RunAlphabet;
  readonly #search: (text: string) => void;
  readonly #run: RunBytes;
  /** Of each line of the run: its first character, and where it stands in the text. */
  readonly #lines: {first: number; at: number}[] = [];
  /** The stretch that is searched: how and between which bytes it was decoded, and at which byte each unit starts. */
  #coding: Coding = {first: 0, characters: 1, bytes: 1};
  #start = 0;
  #end = 0;
  #unitBytes: number[] | undefined;

  /** @param search told of each text that was decoded; until it returns, `startOf` and `endOf` speak of that. */
  constructor(alphabet: RunAlphabet, search: (text: string) => void) {
    this.#alphabet = alphabet;
    this.#search = search;
    this.#run = new RunBytes(alphabet);
  }

  /** Searches all that is encoded in a text. */
  searchIn({units, length}: TextUnits): void {
    const alphabet = this.#alphabet;
    let run = alphabet.longRunOf(units, 0, length);
    while (run !== -1) {
      const end = this.#read(units, run, length);
      this.#run.decode((coding, count) => this.#searchBytes(coding, count));
      run = alphabet.longRunOf(units, end, length);
    }
  }

  startOf(unit: number): number {
    const {first, characters, bytes} = this.#coding;
    return this.#offsetOf(first + characters * Math.floor(this.#byteOf(unit) / bytes));
  }

  endOf(unit: number): number {
    const {first, characters, bytes} = this.#coding;
    const byte = this.#byteOf(unit);
    const end = first + characters * Math.ceil((byte + widthOf(this.#run.bytes[byte]!)) / bytes);
    // The last group of a run may be cut short.
    return this.#offsetOf(Math.min(this.#run.length, end) - 1) + 1;
  }

  /** Reads a run, which goes on over a line break behind a long line; returns where it ends. */
  #read(units: Uint16Array, from: number, to: number): number {
    const {members} = this.#alphabet;
    const run = this.#run;
    run.clear();
    this.#lines.length = 0;
    for (let at = from; ; ) {
      const start = at;
      this.#lines.push({first: run.length, at: start});
      while (at < to && members[units[at]!] === 1) at++;
      run.append(units, start, at);
      if (at === to || at - start < MIN_RUN || !isLineEnd(units[at]!)) return at;
      const limit = Math.min(to, at + MAX_BREAK);
      while (at < limit && isSpace(units[at]!)) at++;
      if (at === to || members[units[at]!] !== 1) return at;
    }
  }

  #searchBytes(coding: Coding, count: number): boolean {
    const {bytes} = this.#run;
    let start = findStretch(bytes, 0, count);
    if (start === -1) return false;
    this.#coding = coding;
    while (start !== -1) {
      const end = endOfStretch(bytes, start, count);
      this.#start = start;
      this.#end = end;
      this.#unitBytes = undefined;
      this.#search(bytes.toString('utf8', start, end));
      start = findStretch(bytes, end, count);
    }
    return false;
  }

  /** Byte that a unit starts at; both halves of a pair come from the same bytes. */
  #byteOf(unit: number): number {
    if (this.#unitBytes === undefined) {
      this.#unitBytes = [];
      for (let at = this.#start; at < this.#end; ) {
        const width = widthOf(this.#run.bytes[at]!);
        this.#unitBytes.push(at);
        if (width === 4) this.#unitBytes.push(at);
        at += width;
      }
    }
    return this.#unitBytes[unit]!;
  }

  /** Where a character of the run stands in the text. */
  #offsetOf(character: number): number {
    let low = 0;
    let high = this.#lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lines[middle]!.first <= character) low = middle;
      else high = middle - 1;
    }
    const line = this.#lines[low]!;
    return line.at + character - line.first;
  }
}
