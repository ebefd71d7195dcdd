/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import type {ViewName} from '../finder.ts';
import {ByteLane, MIN_STRETCH, type Stretch} from './byte-lane.ts';
import {hexDigit} from './escape-reader.ts';
import {OffsetMap} from './offset-map.ts';
import type {UnitOrigin} from './unit-origin.ts';

/** Characters of the shortest run that is worth a look: base64 takes fewer than hexadecimal digits. */
const MIN_RUN = Math.ceil((MIN_STRETCH * 4) / 3);
/** Characters that a line has at least where encoded text goes on in the next one. */
const MIN_LINE = 40;
/** Units between two such lines: a line break and an indentation. */
const MAX_BREAK = 64;
const NONE = 0xff;

/**
 * Decodes what may be base64, base64url or hexadecimal in a text that arrives in pieces.
 *
 * A run is read from each of the places that it may have been encoded from (four for base64, two for hexadecimal),
 * since what stands before it may belong to the alphabet too. A run goes on over a line break behind a long line.
 */
export class EncodedRuns<S extends Stretch> {
  readonly #base64: readonly ByteLane<S>[];
  readonly #hex: readonly ByteLane<S>[];
  readonly #values: Uint8Array;
  /** Characters of the run so far, and of its last line. */
  #length = 0;
  #line = 0;
  /** What the last four characters stand for. */
  #bits = 0;
  /** First character and number of the hexadecimal digits that the run ends in, and the last one's value. */
  #hexStart = 0;
  #hexLength = 0;
  #digit = 0;
  /** From characters of the run to the text. */
  #map = new OffsetMap();
  /** Units of a line break that the run may go on behind. */
  #break = 0;
  /** Offset behind the last piece, and of the run that is open. */
  #position = 0;
  #start = 0;

  /**
   * After `end` it can be used for another text, whose first piece stands at 0.
   *
   * @param open begins a text that was decoded; given where its units come from, and one to go on from, if any.
   */
  constructor(open: (origin: UnitOrigin, like: S | undefined) => S, views: ReadonlySet<ViewName>) {
    this.#values = valuesOf(views);
    const lane = (first: () => number, chars: number, bytes: number): ByteLane<S> =>
      new ByteLane<S>((own, like) => open(this.#origin(own, first, chars, bytes), like));
    this.#base64 = views.has('base64') ? [0, 1, 2, 3].map((phase) => lane(() => phase, 4, 3)) : [];
    this.#hex = views.has('hex') ? [0, 1].map((phase) => lane(() => this.#hexStart + phase, 2, 1)) : [];
  }

  /** Goes on from where the runs of a text stand that is the same up to here. */
  resume(other: EncodedRuns<S>): void {
    this.#position = other.#position;
    if (other.#length === 0) return;
    this.#length = other.#length;
    this.#line = other.#line;
    this.#bits = other.#bits;
    this.#hexStart = other.#hexStart;
    this.#hexLength = other.#hexLength;
    this.#digit = other.#digit;
    this.#map = other.#map.fork();
    this.#break = other.#break;
    this.#start = other.#start;
    this.#base64.forEach((lane, phase) => {
      lane.resume(other.#base64[phase]!);
    });
    this.#hex.forEach((lane, phase) => {
      lane.resume(other.#hex[phase]!);
    });
  }

  /** Units since the open run began; 0 where none is open. */
  get span(): number {
    return this.#length === 0 ? 0 : this.#position - this.#start;
  }

  /** Texts that were decoded and go on, if any. */
  get stretches(): readonly S[] {
    if (this.#length === 0) return [];
    return [...this.#base64, ...this.#hex].flatMap(({stretch}) => stretch ?? []);
  }

  /** No finding that is yet to come starts before this offset. */
  get hold(): number {
    if (this.#length === 0) return this.#position;
    let first = this.#length;
    this.#base64.forEach((lane, phase) => {
      first = Math.min(first, phase + 4 * Math.floor(lane.hold / 3));
    });
    if (this.#hexLength > 0) {
      this.#hex.forEach((lane, phase) => {
        first = Math.min(first, this.#hexStart + phase + 2 * lane.hold);
      });
    }
    return this.#offsetOf(first);
  }

  /** Nobody asks any more where a unit before this offset comes from. */
  get needed(): number {
    return this.#length === 0 ? this.#position : this.#offsetOf(this.#neededCharacter);
  }

  push(piece: string): void {
    const base = this.#position;
    let i = this.#length === 0 ? this.#nextRun(piece, 0) : 0;
    while (i < piece.length) {
      i = this.#break > 0 ? this.#takeBreak(piece, i) : this.#takeLine(piece, i, base);
      if (this.#length === 0) i = this.#nextRun(piece, i);
    }
    this.#position = base + piece.length;
    if (this.#length === 0) return;
    for (const lane of this.#base64) lane.flush();
    for (const lane of this.#hex) lane.flush();
    this.#map.trim(this.#neededCharacter);
  }

  end(): void {
    if (this.#length > 0) this.#endRun();
    this.#position = 0;
  }

  get #neededCharacter(): number {
    let first = this.#length;
    this.#base64.forEach((lane, phase) => {
      first = Math.min(first, phase + 4 * Math.floor(lane.needed / 3));
    });
    if (this.#hexLength > 0) {
      this.#hex.forEach((lane, phase) => {
        first = Math.min(first, this.#hexStart + phase + 2 * lane.needed);
      });
    }
    return first;
  }

  #origin(lane: ByteLane<S>, first: () => number, chars: number, bytes: number): UnitOrigin {
    return {
      startOf: (unit) => this.#offsetOf(first() + chars * Math.floor(lane.startOf(unit) / bytes)),
      // The last group of a run may be cut short.
      endOf: (unit) =>
        this.#map.endOf(Math.min(this.#length, first() + chars * Math.ceil(lane.endOf(unit) / bytes)) - 1),
    };
  }

  #offsetOf(character: number): number {
    return character < this.#map.length ? this.#map.startOf(character) : this.#position;
  }

  /** Start of the first run from `from` on that is long enough or may go on behind the piece; else the piece's end. */
  #nextRun(piece: string, from: number): number {
    const run = longRun(piece, from, this.#values);
    if (run !== -1) return run;
    let start = piece.length;
    while (start > from && isMember(piece, start - 1, this.#values)) start--;
    return start;
  }

  /** Takes the rest of a line of the run; what follows on it ends the run. */
  #takeLine(piece: string, from: number, base: number): number {
    let to = from;
    while (to < piece.length && isMember(piece, to, this.#values)) to++;
    if (this.#length === 0) this.#start = base + from;
    this.#map.add(to - from, base + from, 1, 1);
    for (let i = from; i < to; i++) this.#take(piece.charCodeAt(i));
    if (to === piece.length) return to;
    this.#position = base + to;
    const unit = piece.charCodeAt(to);
    if (this.#line < MIN_LINE || (unit !== 0x0a && unit !== 0x0d)) {
      this.#endRun();
      return to;
    }
    this.#break = 1;
    return to + 1;
  }

  #takeBreak(piece: string, from: number): number {
    for (let i = from; i < piece.length; i++) {
      const unit = piece.charCodeAt(i);
      const isSpace = unit === 0x0a || unit === 0x0d || unit === 0x20 || unit === 0x09;
      if (isSpace && this.#break < MAX_BREAK) {
        this.#break++;
        continue;
      }
      if (isMember(piece, i, this.#values)) {
        this.#break = 0;
        this.#line = 0;
      } else this.#endRun();
      return i;
    }
    return piece.length;
  }

  #take(unit: number): void {
    const length = ++this.#length;
    this.#line++;
    if (this.#base64.length > 0) {
      this.#bits = ((this.#bits << 6) | this.#values[unit]!) & 0xffffff;
      if (length >= 4) {
        const lane = this.#base64[length & 3]!;
        lane.take(this.#bits >> 16);
        lane.take((this.#bits >> 8) & 0xff);
        lane.take(this.#bits & 0xff);
      }
    }
    if (this.#hex.length > 0) this.#takeDigit(hexDigit(unit));
  }

  #takeDigit(digit: number): void {
    if (digit < 0) {
      this.#endDigits();
      return;
    }
    if (this.#hexLength === 0) this.#hexStart = this.#length - 1;
    if (++this.#hexLength > 1) this.#hex[this.#hexLength & 1]!.take((this.#digit << 4) | digit);
    this.#digit = digit;
  }

  #endDigits(): void {
    if (this.#hexLength === 0) return;
    for (const lane of this.#hex) lane.reset();
    this.#hexLength = 0;
  }

  #endRun(): void {
    const bits = this.#bits;
    this.#base64.forEach((lane, phase) => {
      const rest = this.#length < phase ? 0 : (this.#length - phase) & 3;
      if (rest === 2) lane.take((bits >> 4) & 0xff);
      if (rest === 3) {
        lane.take((bits >> 10) & 0xff);
        lane.take((bits >> 2) & 0xff);
      }
      lane.reset();
    });
    this.#endDigits();
    this.#length = 0;
    this.#line = 0;
    this.#break = 0;
    this.#map = new OffsetMap();
  }
}

/** Says whether a whole text has a run that is worth a look. */
export function createRunSeeker(views: ReadonlySet<ViewName>): (text: string) => boolean {
  const values = valuesOf(views);
  return (text) => longRun(text, 0, values) !== -1;
}

/** Start of the first run of MIN_RUN members or more, or -1: looks at every MIN_RUN-th unit only, where none is one. */
function longRun(text: string, from: number, values: Uint8Array): number {
  let at = from + MIN_RUN - 1;
  while (at < text.length) {
    if (!isMember(text, at, values)) {
      at += MIN_RUN;
      continue;
    }
    let start = at;
    while (start > from && isMember(text, start - 1, values)) start--;
    let end = at + 1;
    while (end < text.length && end - start < MIN_RUN && isMember(text, end, values)) end++;
    if (end - start === MIN_RUN) return start;
    at = end + MIN_RUN;
  }
  return -1;
}

function isMember(text: string, at: number, values: Uint8Array): boolean {
  const unit = text.charCodeAt(at);
  return unit < 0x80 && values[unit] !== NONE;
}

/** What each ASCII character stands for in base64 and base64url. */
function valuesOf(views: ReadonlySet<ViewName>): Uint8Array {
  const values = new Uint8Array(0x80).fill(NONE);
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  if (views.has('base64')) {
    Array.from(`${digits}+/`).forEach((digit, value) => (values[digit.charCodeAt(0)] = value));
    Array.from('-_').forEach((digit, index) => (values[digit.charCodeAt(0)] = 62 + index));
  } else if (views.has('hex')) {
    for (const digit of '0123456789abcdefABCDEF') values[digit.charCodeAt(0)] = 0;
  }
  return values;
}
