import type {Stretch} from './byte-lane.ts';
import {isLineEnd, isSpace, MAX_BREAK, MIN_RUN, type RunAlphabet} from './run-alphabet.ts';
import type {RunBytes} from './run-bytes.ts';
import {type OpenStretch, RunDecoder} from './run-decoder.ts';

/**
 * Decodes what may be base64, base64url or hexadecimal in a text that arrives in pieces. A run goes on over a line
 * break behind a long line.
 */
export class EncodedRuns<S extends Stretch> {
  readonly #alphabet: RunAlphabet;
  /** Shared with all others: decodes what is there as a whole. */
  readonly #whole: RunBytes;
  readonly #open: OpenStretch<S>;
  /** Offset behind the last piece. */
  #position = 0;
  /** A run that is not long enough by now. */
  #short = '';
  /** Where the run that is open started. */
  #start = 0;
  #isOpen = false;
  /** Characters of its last line, and units of the line break that it may go on behind. */
  #line = 0;
  #break = 0;
  #decoder: RunDecoder<S> | undefined;

  /** After `end` it can be used for another text. */
  constructor(whole: RunBytes, open: OpenStretch<S>) {
    this.#alphabet = whole.alphabet;
    this.#whole = whole;
    this.#open = open;
  }

  /** Goes on from where the runs of a text stand that is the same up to here. */
  resume(other: EncodedRuns<S>): void {
    this.#position = other.#position;
    this.#short = other.#short;
    if (!other.#isOpen || other.#decoder === undefined) return;
    this.#start = other.#start;
    this.#isOpen = true;
    this.#line = other.#line;
    this.#break = other.#break;
    this.#decoder = new RunDecoder(this.#alphabet, this.#open);
    this.#decoder.resume(other.#decoder);
  }

  /** Units since the run that is open began; 0 where none is. */
  get span(): number {
    return this.#isOpen ? this.#position - this.#start : this.#short.length;
  }

  /** Texts that were decoded and go on, if any. */
  get stretches(): readonly S[] {
    return this.#isOpen && this.#decoder !== undefined ? this.#decoder.stretches : [];
  }

  /** No finding that is yet to come starts before this offset. */
  get hold(): number {
    const open = this.#isOpen ? this.#decoder?.hold : undefined;
    return open ?? this.#position - this.#short.length;
  }

  /** Nobody asks any more where a unit before this offset comes from. */
  get needed(): number {
    const open = this.#isOpen ? this.#decoder?.needed : undefined;
    return open ?? this.#position - this.#short.length;
  }

  push(piece: string): void {
    let at = this.#short === '' ? 0 : this.#lengthen(piece);
    while (at < piece.length) {
      if (!this.#isOpen) at = this.#seek(piece, at);
      else if (this.#break > 0) at = this.#takeBreak(piece, at);
      else at = this.#takeLine(piece, at);
    }
    this.#position += piece.length;
    if (this.#isOpen) this.#decoder?.flush();
  }

  end(): void {
    if (this.#isOpen) this.#endRun();
    this.#short = '';
    this.#position = 0;
  }

  /** Goes on with a short run. */
  #lengthen(piece: string): number {
    const end = this.#alphabet.endOfRun(piece, 0);
    const short = this.#short;
    if (short.length + end >= MIN_RUN) {
      this.#short = '';
      this.#begin(this.#position - short.length);
      this.#decoder?.take(short, 0, short.length, this.#start);
      this.#line = short.length;
      return 0;
    }
    this.#short = end === piece.length ? short + piece : '';
    return end;
  }

  /** Goes to the next run that holds text or go on behind the piece. */
  #seek(piece: string, from: number): number {
    const alphabet = this.#alphabet;
    let at = from;
    for (let run = alphabet.longRun(piece, at); run !== -1; run = alphabet.longRun(piece, at)) {
      const end = alphabet.endOfRun(piece, run + MIN_RUN);
      const goesOn = end === piece.length || (end - run >= MIN_RUN && isLineEnd(piece.charCodeAt(end)));
      if (goesOn || this.#whole.holdsText(piece, run, end)) {
        this.#begin(this.#position + run);
        return run;
      }
      at = end;
    }
    this.#short = piece.slice(alphabet.startOfLastRun(piece, at));
    return piece.length;
  }

  #begin(start: number): void {
    this.#decoder ??= new RunDecoder(this.#alphabet, this.#open);
    this.#isOpen = true;
    this.#start = start;
    this.#line = 0;
    this.#break = 0;
  }

  /** Takes the rest of a line of the run; what follows on it ends the run. */
  #takeLine(piece: string, from: number): number {
    const end = this.#alphabet.endOfRun(piece, from);
    if (end > from) this.#decoder?.take(piece, from, end, this.#position + from);
    this.#line += end - from;
    if (end === piece.length) return end;
    if (this.#line >= MIN_RUN && isLineEnd(piece.charCodeAt(end))) {
      this.#break = 1;
      return end + 1;
    }
    this.#endRun();
    return end;
  }

  #takeBreak(piece: string, from: number): number {
    for (let i = from; i < piece.length; i++) {
      if (this.#break < MAX_BREAK && isSpace(piece.charCodeAt(i))) {
        this.#break++;
        continue;
      }
      this.#break = 0;
      this.#line = 0;
      if (this.#alphabet.endOfRun(piece, i) === i) this.#endRun();
      return i;
    }
    return piece.length;
  }

  #endRun(): void {
    this.#decoder?.end();
    this.#isOpen = false;
  }
}
