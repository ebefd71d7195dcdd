/** Units that a block holds at most: 512, and one more where it ends within a surrogate pair. */
export const MAX_BLOCK = 513;
/** Up to here copying unit by unit costs less than the call that copies them all. */
const FEW = 12;
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Part of a text, laid out for reading unit by unit.
 *
 * Most texts are slices or concatenations of strings; reading those in place takes eight times as long.
 */
export class UnitBlock {
  readonly units = new Uint16Array(MAX_BLOCK);
  /** Offset of the first unit. */
  base = 0;
  readonly #bytes = Buffer.from(this.units.buffer);

  /**
   * Takes the units from an offset on, at most up to `limit`, and splits no pair unless the text does.
   *
   * @param base offset of the text's first unit; the other offsets count like it.
   * @returns where they end.
   */
  loadNext(text: string, base: number, from: number, limit: number): number {
    let stop = Math.min(limit, from + MAX_BLOCK - 1);
    const isWithinPair =
      (text.charCodeAt(stop - 1 - base) & 0xfc00) === 0xd800 && (text.charCodeAt(stop - base) & 0xfc00) === 0xdc00;
    if (isWithinPair && stop < from + MAX_BLOCK) stop++;
    this.load(text, base, from, stop);
    return stop;
  }

  /**
   * Takes the units `[from, to)` of a text, at most 513.
   *
   * @param base offset of the text's first unit; `from` and `to` count like it.
   */
  load(text: string, base: number, from: number, to: number): void {
    this.base = from;
    const start = from - base;
    const count = to - from;
    if (count <= FEW || !IS_LITTLE_ENDIAN) {
      for (let i = 0; i < count; i++) this.units[i] = text.charCodeAt(start + i);
    } else {
      this.#bytes.write(count === text.length ? text : text.slice(start, start + count), 'utf16le');
    }
  }
}
