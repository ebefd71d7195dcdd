import {Buffer} from 'node:buffer';

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** A text laid out for reading and writing unit by unit: strings are often slices or concatenations, which are slow. */
export class TextUnits {
  units = new Uint16Array(1024);
  length = 0;
  #bytes = Buffer.from(this.units.buffer);

  /** Takes a text in place of what was there. */
  load(text: string): void {
    this.clear();
    this.reserve(text.length);
    this.length = text.length;
    if (IS_LITTLE_ENDIAN) this.#bytes.write(text, 'utf16le');
    else for (let i = 0; i < text.length; i++) this.units[i] = text.charCodeAt(i);
  }

  clear(): void {
    this.length = 0;
  }

  /** Makes room for so many units more. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed > this.units.length) this.#resize(Math.max(needed, 2 * this.units.length));
  }

  /** Appends `[from, to)` of other units. */
  copy(source: Uint16Array, from: number, to: number): void {
    this.reserve(to - from);
    const {units} = this;
    if (to - from > 32) units.set(source.subarray(from, to), this.length);
    else for (let i = from, at = this.length; i < to; i++, at++) units[at] = source[i] ?? 0;
    this.length += to - from;
  }

  append(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.units[this.length++] = text.charCodeAt(i);
  }

  toString(): string {
    if (IS_LITTLE_ENDIAN) return this.#bytes.toString('utf16le', 0, 2 * this.length);
    let text = '';
    for (let i = 0; i < this.length; i++) text += String.fromCharCode(this.units[i] ?? 0);
    return text;
  }

  #resize(capacity: number): void {
    const units = new Uint16Array(capacity);
    units.set(this.units.subarray(0, this.length));
    this.units = units;
    this.#bytes = Buffer.from(units.buffer);
  }
}
