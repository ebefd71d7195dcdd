/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {ByteLane, type Stretch} from './byte-lane.ts';
import {OffsetMap} from './offset-map.ts';
import {hexDigit, type RunAlphabet} from './run-alphabet.ts';
import type {UnitOrigin} from './unit-origin.ts';

/** Lines from which on those that nobody asks for are forgotten. */
const MANY_LINES = 64;

/** Begins a text that was decoded: given where its units come from, and one to go on from, if any. */
export type OpenStretch<S extends Stretch> = (origin: UnitOrigin, like: S | undefined) => S;

/**
 * Decodes one run after the other, each from all the places that it may have been encoded from: four for base64, two
 * for hexadecimal digits; what stands before the encoded text may belong to the alphabet too.
 */
export class RunDecoder<S extends Stretch> {
  readonly #alphabet: RunAlphabet;
  readonly #base64: readonly ByteLane<S>[];
  readonly #hex: readonly ByteLane<S>[];
  /** From characters of the run to the text. */
  #map = new OffsetMap();
  /** Characters of the run. */
  #length = 0;
  /** What the last four characters stand for. */
  #bits = 0;
  /** First character and number of the hexadecimal digits that the run ends in, and the last one's value. */
  #hexStart = 0;
  #hexLength = 0;
  #digit = 0;

  constructor(alphabet: RunAlphabet, open: OpenStretch<S>) {
    this.#alphabet = alphabet;
    const lane = (first: () => number, characters: number, bytes: number): ByteLane<S> =>
      new ByteLane((own, like) => open(this.#origin(own, first, characters, bytes), like));
    this.#base64 = alphabet.hasBase64 ? [0, 1, 2, 3].map((phase) => lane(() => phase, 4, 3)) : [];
    this.#hex = alphabet.hasHex ? [0, 1].map((phase) => lane(() => this.#hexStart + phase, 2, 1)) : [];
  }

  /** Goes on from where the decoder of a text stands that is the same up to here. */
  resume(other: RunDecoder<S>): void {
    this.#length = other.#length;
    this.#bits = other.#bits;
    this.#hexStart = other.#hexStart;
    this.#hexLength = other.#hexLength;
    this.#digit = other.#digit;
    this.#map = other.#map.fork();
    this.#base64.forEach((lane, phase) => {
      lane.resume(other.#base64[phase]!);
    });
    this.#hex.forEach((lane, phase) => {
      lane.resume(other.#hex[phase]!);
    });
  }

  /** Texts that were decoded and go on. */
  get stretches(): readonly S[] {
    return [...this.#base64, ...this.#hex].flatMap(({stretch}) => stretch ?? []);
  }

  /** Offset before which no finding starts that is yet to come; undefined where nothing of the run waits. */
  get hold(): number | undefined {
    let first = this.#length;
    for (let phase = 0; phase < this.#base64.length; phase++) {
      first = Math.min(first, phase + 4 * Math.floor(this.#base64[phase]!.hold / 3));
    }
    for (let phase = 0; phase < this.#hex.length && this.#hexLength > 0; phase++) {
      first = Math.min(first, this.#hexStart + phase + 2 * this.#hex[phase]!.hold);
    }
    return this.#offsetOf(first);
  }

  /** Offset before which nobody asks any more where a unit comes from; undefined where nothing of the run waits. */
  get needed(): number | undefined {
    return this.#offsetOf(this.#neededCharacter);
  }

  /** Takes the next characters of the run, which stand at `offset` of the text. */
  take(text: string, from: number, to: number, offset: number): void {
    this.#map.add(to - from, offset, 1, 1);
    for (let i = from; i < to; i++) {
      const unit = text.charCodeAt(i);
      const length = ++this.#length;
      if (this.#base64.length > 0) {
        this.#bits = ((this.#bits << 6) | this.#alphabet.sextets[unit]!) & 0xffffff;
        if (length >= 4) {
          const lane = this.#base64[length & 3]!;
          lane.take(this.#bits >> 16);
          lane.take((this.#bits >> 8) & 0xff);
          lane.take(this.#bits & 0xff);
        }
      }
      if (this.#hex.length > 0) this.#takeDigit(hexDigit(unit));
    }
  }

  /** Passes on what is certain to be text. */
  flush(): void {
    for (const lane of this.#base64) lane.flush();
    for (const lane of this.#hex) lane.flush();
    if (this.#map.runs > MANY_LINES) this.#map.trim(this.#neededCharacter);
  }

  /** The run is over; the next one may begin. */
  end(): void {
    const bits = this.#bits;
    for (let phase = 0; phase < this.#base64.length; phase++) {
      const lane = this.#base64[phase]!;
      const rest = this.#length < phase ? 0 : (this.#length - phase) & 3;
      if (rest === 2) lane.take((bits >> 4) & 0xff);
      if (rest === 3) {
        lane.take((bits >> 10) & 0xff);
        lane.take((bits >> 2) & 0xff);
      }
      lane.reset();
    }
    this.#endDigits();
    this.#length = 0;
    this.#map = new OffsetMap();
  }

  get #neededCharacter(): number {
    let first = this.#length;
    for (let phase = 0; phase < this.#base64.length; phase++) {
      first = Math.min(first, phase + 4 * Math.floor(this.#base64[phase]!.needed / 3));
    }
    for (let phase = 0; phase < this.#hex.length && this.#hexLength > 0; phase++) {
      first = Math.min(first, this.#hexStart + phase + 2 * this.#hex[phase]!.needed);
    }
    return first;
  }

  #origin(lane: ByteLane<S>, first: () => number, characters: number, bytes: number): UnitOrigin {
    return {
      startOf: (unit) => this.#map.startOf(first() + characters * Math.floor(lane.startOf(unit) / bytes)),
      // The last group of a run may be cut short.
      endOf: (unit) => {
        const character = first() + characters * Math.ceil(lane.endOf(unit) / bytes);
        return this.#map.endOf(Math.min(this.#length, character) - 1);
      },
    };
  }

  #offsetOf(character: number): number | undefined {
    return character < this.#length ? this.#map.startOf(character) : undefined;
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
}
