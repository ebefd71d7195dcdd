/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {endOfStretch, findStretch, widthOf} from './printable-utf8.ts';
import {isLineEnd, isSpace, MAX_BREAK, MIN_RUN, type RunAlphabet} from './run-alphabet.ts';
import {RunBytes} from './run-bytes.ts';
import type {TextUnits} from './text-units.ts';
import type {UnitOrigin} from './unit-origin.ts';

/** So many characters stand for so many bytes, over and over. */
interface Coding {
  characters: number;
  bytes: number;
}

const GROUP: Coding = {characters: 4, bytes: 3};
const PAIR: Coding = {characters: 2, bytes: 1};

/** Finds and decodes what may be base64, base64url or hexadecimal in whole texts, exactly as `EncodedRuns` does. */
export class WholeRuns implements UnitOrigin {
  readonly #alphabet: RunAlphabet;
  readonly #search: (text: string) => void;
  readonly #run: RunBytes;
  /** Of each line of the run: its first character, and where it stands in the text. */
  readonly #lines: {first: number; at: number}[] = [];
  /** The stretch that is searched: from which character on its bytes were decoded, which those are, where units start. */
  #first = 0;
  #coding = GROUP;
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
    for (let run = alphabet.longRunOf(units, 0, length); run !== -1; ) {
      let end = alphabet.endOfRunOf(units, run + MIN_RUN, length);
      if (end < length && isLineEnd(units[end]!)) {
        end = this.#read(units, run, length);
        const {characters, length: count} = this.#run;
        if (alphabet.holdsGroups(characters, 0, count)) this.#searchGroups();
        if (alphabet.mayHoldDigits(characters, 0, count)) this.#searchDigits();
      } else {
        const hasGroups = alphabet.holdsGroups(units, run, end);
        const hasDigits = alphabet.mayHoldDigits(units, run, end);
        if (hasGroups || hasDigits) this.#read(units, run, end);
        if (hasGroups) this.#searchGroups();
        if (hasDigits) this.#searchDigits();
      }
      run = alphabet.longRunOf(units, end, length);
    }
  }

  startOf(unit: number): number {
    const {characters, bytes} = this.#coding;
    return this.#offsetOf(this.#first + characters * Math.floor(this.#byteOf(unit) / bytes));
  }

  endOf(unit: number): number {
    const {characters, bytes} = this.#coding;
    const byte = this.#byteOf(unit);
    const end = this.#first + characters * Math.ceil((byte + widthOf(this.#run.bytes[byte]!)) / bytes);
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
      at = this.#alphabet.endOfRunOf(units, at, to);
      run.append(units, start, at);
      if (at === to || at - start < MIN_RUN || !isLineEnd(units[at]!)) return at;
      const limit = Math.min(to, at + MAX_BREAK);
      while (at < limit && isSpace(units[at]!)) at++;
      if (at === to || members[units[at]!] !== 1) return at;
    }
  }

  #searchGroups(): void {
    const run = this.#run;
    for (let phase = 0; phase < 4; phase++) {
      this.#searchBytes(run.decodeGroups(phase), phase, GROUP);
    }
  }

  #searchDigits(): void {
    const run = this.#run;
    for (let start = run.digitsFrom(0); start !== -1; ) {
      const end = run.endOfDigits(start);
      this.#searchBytes(run.decodeDigits(start, end), start, PAIR);
      this.#searchBytes(run.decodeDigits(start + 1, end), start + 1, PAIR);
      start = run.digitsFrom(end);
    }
  }

  /** Searches what has just been decoded from a character on. */
  #searchBytes(count: number, first: number, coding: Coding): void {
    const {bytes} = this.#run;
    for (let start = findStretch(bytes, 0, count); start !== -1; ) {
      const end = endOfStretch(bytes, start, count);
      this.#first = first;
      this.#coding = coding;
      this.#start = start;
      this.#end = end;
      this.#unitBytes = undefined;
      this.#search(bytes.toString('utf8', start, end));
      start = findStretch(bytes, end, count);
    }
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
