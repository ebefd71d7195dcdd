/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {Buffer} from 'node:buffer';
import type {Finding} from '../finder.ts';
import {OffsetMap} from './offset-map.ts';
import {MIN_STRETCH, NEXT_STATE, REJECTED, WHOLE, widthOf} from './printable-utf8.ts';

/** Bytes that are gathered before they are passed on; more than MIN_STRETCH and the longest character. */
const CHUNK = 256;

/** A text that was found among bytes, as far as it goes. */
export interface Stretch {
  push: (text: string) => void;
  end: () => void;
  /** No finding that is yet to come starts before this unit; one that is open already may. */
  readonly hold: number;
  /** Nobody asks any more where a unit before this one comes from. */
  readonly needed: number;
  /** Adds findings that are certain and go on. */
  addOpen: (open: Finding[]) => void;
}

/**
 * Takes bytes one by one and passes on those that are printable text in UTF-8, in stretches of MIN_STRETCH bytes or
 * more. What is between stretches is nobody's text.
 */
export class ByteLane<S extends Stretch> {
  readonly #open: (lane: ByteLane<S>, like: S | undefined) => S;
  readonly #bytes = new Uint8Array(CHUNK);
  /** Bytes that wait in `#bytes`, and how many of them are whole characters. */
  #count = 0;
  #whole = 0;
  /** Number of bytes taken, and of those of the stretch that were passed on. */
  #taken = 0;
  #passed = 0;
  /** Of NEXT_STATE. */
  #state = WHOLE;
  /** The text that goes on. */
  stretch: S | undefined;
  /** From the stretch's text to bytes. */
  #map = new OffsetMap();

  constructor(open: (lane: ByteLane<S>, like: S | undefined) => S) {
    this.#open = open;
  }

  /** No finding that is yet to come starts before this byte. */
  get hold(): number {
    return this.stretch === undefined ? this.#taken - this.#count : this.startOf(this.stretch.hold);
  }

  /** Nobody asks any more where a byte before this one comes from. */
  get needed(): number {
    return this.stretch === undefined ? this.#taken - this.#count : this.startOf(this.stretch.needed);
  }

  /** Byte that a unit of the stretch's text starts at; for one that is yet to come, the first that is not passed on. */
  startOf(unit: number): number {
    return unit < this.#map.length ? this.#map.startOf(unit) : this.#taken - this.#count;
  }

  /** Byte that a unit of the stretch's text ends at. */
  endOf(unit: number): number {
    return this.#map.endOf(unit);
  }

  /** Goes on from where another lane stands. */
  resume(other: ByteLane<S>): void {
    this.#bytes.set(other.#bytes);
    this.#count = other.#count;
    this.#whole = other.#whole;
    this.#taken = other.#taken;
    this.#passed = other.#passed;
    this.#state = other.#state;
    this.#map = other.#map.fork();
    this.stretch = other.stretch === undefined ? undefined : this.#open(this, other.stretch);
  }

  /** Begins anew: the next byte is byte 0. */
  reset(): void {
    this.close();
    this.#taken = 0;
  }

  take(byte: number): void {
    let state = NEXT_STATE[this.#state * 256 + byte]!;
    if (state === REJECTED) {
      if (this.#count > 0 || this.stretch !== undefined) this.close();
      state = NEXT_STATE[byte]!;
      if (state === REJECTED) {
        this.#taken++;
        return;
      }
    }
    this.#state = state;
    this.#bytes[this.#count++] = byte;
    this.#taken++;
    if (state === WHOLE) this.#whole = this.#count;
    if (this.#count === CHUNK) this.flush();
  }

  /** Passes on what is certain to be text. */
  flush(): void {
    const whole = this.#whole;
    if (whole === 0 || whole + this.#passed < MIN_STRETCH) return;
    this.stretch ??= this.#open(this, undefined);
    const text = Buffer.from(this.#bytes.buffer, 0, whole).toString();
    this.#mapBytes(text.length);
    this.#bytes.copyWithin(0, whole, this.#count);
    this.#count -= whole;
    this.#whole = 0;
    this.#passed += whole;
    this.stretch.push(text);
    this.#map.trim(this.stretch.needed);
  }

  /** The stretch at hand, if any, ends before the next byte. */
  close(): void {
    this.flush();
    this.stretch?.end();
    this.stretch = undefined;
    this.#count = 0;
    this.#whole = 0;
    this.#passed = 0;
    this.#state = WHOLE;
    if (this.#map.length > 0) this.#map = new OffsetMap();
  }

  #mapBytes(units: number): void {
    const whole = this.#whole;
    const first = this.#taken - this.#count;
    if (units === whole) {
      this.#map.add(units, first, 1, 1);
      return;
    }
    for (let i = 0; i < whole; ) {
      const width = widthOf(this.#bytes[i]!);
      const count = width === 4 ? 2 : 1;
      this.#map.add(count, first + i, count, width);
      i += width;
    }
  }
}
