/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {CHANGED, type EscapeReader} from './escape-reader.ts';
import {TextUnits} from './text-units.ts';
import type {UnitOrigin} from './unit-origin.ts';

/** Numbers that are kept of each change: where it is written, how many units, where it was read, how many units. */
const ENTRY = 4;

/** A whole text written anew, with every escape decoded and every character folded. */
export class RewrittenText implements UnitOrigin {
  readonly written = new TextUnits();
  #entries = new Int32Array(ENTRY * 64);
  #count = 0;

  /** Takes a text, given its units too; says whether anything in it is read as something else. */
  rewrite(reader: EscapeReader, text: string, {units, length}: TextUnits): boolean {
    this.written.clear();
    this.#count = 0;
    let copied = 0;
    for (let i = reader.seekUnits(units, 0, length); i < length; i = reader.seekUnits(units, i, length)) {
      if (reader.read(text, i) !== CHANGED) {
        i++;
        continue;
      }
      this.written.copy(units, copied, i);
      this.#add(this.written.length, reader.decoded.length, i, reader.width);
      this.written.append(reader.decoded);
      i += reader.width;
      copied = i;
    }
    if (this.#count > 0) this.written.copy(units, copied, length);
    return this.#count > 0;
  }

  startOf(unit: number): number {
    const entry = this.#entryBefore(unit);
    if (entry === -1) return unit;
    const past = unit - this.#entries[entry]! - this.#entries[entry + 1]!;
    const source = this.#entries[entry + 2]!;
    return past < 0 ? source : source + this.#entries[entry + 3]! + past;
  }

  endOf(unit: number): number {
    const entry = this.#entryBefore(unit);
    if (entry === -1) return unit + 1;
    const past = unit - this.#entries[entry]! - this.#entries[entry + 1]!;
    const end = this.#entries[entry + 2]! + this.#entries[entry + 3]!;
    return past < 0 ? end : end + past + 1;
  }

  #add(at: number, count: number, source: number, width: number): void {
    const entry = ENTRY * this.#count++;
    if (entry === this.#entries.length) {
      const entries = new Int32Array(2 * entry);
      entries.set(this.#entries);
      this.#entries = entries;
    }
    this.#entries[entry] = at;
    this.#entries[entry + 1] = count;
    this.#entries[entry + 2] = source;
    this.#entries[entry + 3] = width;
  }

  /** The last change that is written by a unit, or -1. */
  #entryBefore(unit: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[ENTRY * middle]! <= unit) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? -1 : ENTRY * (low - 1);
  }
}
