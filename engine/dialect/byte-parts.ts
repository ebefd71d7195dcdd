import {Buffer} from 'node:buffer';

/** Parts that are joined at once: however small the parts are, what holds them is not larger than they are. */
const JOINED_PARTS = 256;

/** Bytes that arrive in parts of any size. */
export class ByteParts {
  size = 0;
  #joined: Buffer[] = [];
  #parts: Buffer[] = [];

  /** Number of buffers that hold the bytes. */
  get buffers(): number {
    return this.#joined.length + this.#parts.length;
  }

  add(part: Buffer): void {
    this.size += part.length;
    this.#parts.push(part);
    if (this.#parts.length < JOINED_PARTS) return;
    this.#joined.push(Buffer.concat(this.#parts));
    this.#parts = [];
  }

  /** All of the bytes; a single part is not copied. */
  bytes(): Buffer {
    const all = [...this.#joined, ...this.#parts];
    const [first] = all;
    return first !== undefined && all.length === 1 ? first : Buffer.concat(all, this.size);
  }

  clear(): void {
    this.size = 0;
    this.#joined = [];
    this.#parts = [];
  }
}
