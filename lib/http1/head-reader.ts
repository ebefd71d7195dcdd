import {Buffer} from 'node:buffer';
import {HEAD_END, MalformedHead} from './head.ts';

const CR = 0x0d;
const LF = 0x0a;
/** A head that does not come in one piece is mostly a little longer than its first. */
const FIRST_HELD_BYTES = 4 * 1024;

/** The head is longer than is read. */
export class HeadTooLong extends MalformedHead {}

/** Puts the head of a message together, however it is cut: every byte is looked at once, and kept once. */
export class HeadReader {
  /** The last head that was complete: Latin-1, from the start line to before the empty line. */
  text = '';
  readonly #limitBytes: number;
  #held: Buffer | undefined;
  #size = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes of a head that is not complete. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes the next bytes of the connection.
   *
   * @returns how many belong to the head, which is `text` now; -1 where more of it has to come.
   * @throws HeadTooLong; MalformedHead as soon as a line ends in a bare LF.
   */
  push(bytes: Buffer): number {
    const before = this.#size;
    if (before === 0) {
      const end = bytes.indexOf(HEAD_END);
      if (end !== -1) return this.#complete(bytes, end, 0);
    }
    const all = this.#hold(bytes);
    if (before > 0) {
      const end = all.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length + 1));
      if (end !== -1) return this.#complete(all, end, before);
    }
    if (this.#size > this.#limitBytes) throw new HeadTooLong('the headers are too long');
    for (let at = all.indexOf(LF, before); at !== -1; at = all.indexOf(LF, at + 1)) {
      if (all[at - 1] !== CR) throw new MalformedHead('a line ends in a bare LF');
    }
    return -1;
  }

  /** The first line of a head that is not complete; undefined where not even that is. */
  firstLine(): string | undefined {
    const end = this.#held?.subarray(0, this.#size).indexOf('\r\n') ?? -1;
    return end === -1 ? undefined : this.#held?.toString('latin1', 0, end);
  }

  clear(): void {
    this.#held = undefined;
    this.#size = 0;
  }

  #complete(all: Buffer, end: number, before: number): number {
    if (end > this.#limitBytes) throw new HeadTooLong('the headers are too long');
    this.text = all.toString('latin1', 0, end);
    this.clear();
    return end + HEAD_END.length - before;
  }

  /** All that is held, with these. */
  #hold(bytes: Buffer): Buffer {
    const size = this.#size + bytes.length;
    let held = this.#held;
    if (held === undefined || held.length < size) {
      // Twice as much as is needed: what comes byte by byte is moved a few times only.
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_HELD_BYTES, size * 2));
      if (held !== undefined) larger.set(held.subarray(0, this.#size));
      held = larger;
      this.#held = held;
    }
    held.set(bytes, this.#size);
    this.#size = size;
    return held.subarray(0, size);
  }
}
