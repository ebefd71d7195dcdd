import {CHANGED, type EscapeReader, UNDECIDED} from './escape-reader.ts';
import {OffsetMap} from './offset-map.ts';
import type {UnitOrigin} from './unit-origin.ts';

/** Writes a text that arrives in pieces anew, with every escape decoded and every character folded. */
export class Rewriter implements UnitOrigin {
  readonly #reader: EscapeReader;
  /** From what was written to the text that came in. */
  #map = new OffsetMap();
  /** An escape that is not complete. */
  #waiting = '';
  /** Offset of what has not been written yet. */
  #consumed: number;
  /** Units since the last one that was changed. */
  plain = 0;

  /** @param origin units that stand before: they are written as they are. */
  constructor(reader: EscapeReader, origin: number) {
    this.#reader = reader;
    this.#consumed = origin;
    this.#map.add(origin, 0, 1, 1);
  }

  /** Another rewriter that has begun like this one. */
  fork(): Rewriter {
    const fork = new Rewriter(this.#reader, this.#consumed);
    fork.#map = this.#map.fork();
    fork.#waiting = this.#waiting;
    fork.plain = this.plain;
    return fork;
  }

  get isWaiting(): boolean {
    return this.#waiting !== '';
  }

  /** Where a unit that was written comes from; for one that is yet to come, where it may come from. */
  startOf(unit: number): number {
    return unit < this.#map.length ? this.#map.startOf(unit) : this.#consumed;
  }

  endOf(unit: number): number {
    return this.#map.endOf(unit);
  }

  /** Nobody asks any more where a unit before this one comes from. */
  trim(unit: number): void {
    this.#map.trim(unit);
  }

  /** Takes the next piece and returns what is written for it by now. */
  push(piece: string): string {
    const text = this.#waiting === '' ? piece : this.#waiting + piece;
    const base = this.#consumed;
    const reader = this.#reader;
    let written = '';
    let copied = 0;
    let i = reader.seek(text, 0);
    while (i < text.length) {
      const reading = reader.read(text, i);
      if (reading === UNDECIDED) break;
      if (reading === CHANGED) {
        this.#map.add(i - copied, base + copied, 1, 1);
        written += text.slice(copied, i) + reader.decoded;
        this.#map.add(reader.decoded.length, base + i, Math.max(1, reader.decoded.length), reader.width);
        i += reader.width;
        copied = i;
      } else i++;
      i = reader.seek(text, i);
    }
    this.#map.add(i - copied, base + copied, 1, 1);
    this.#consumed = base + i;
    this.#waiting = text.slice(i);
    this.plain = copied === 0 ? this.plain + i : i - copied;
    return copied === 0 && i === text.length ? text : written + text.slice(copied, i);
  }

  /** The text is complete: returns an escape that was cut off as it stands. */
  end(): string {
    const rest = this.#waiting;
    this.#map.add(rest.length, this.#consumed, 1, 1);
    this.#consumed += rest.length;
    this.#waiting = '';
    return rest;
  }
}
