/** Reads offsets that count code points as what JavaScript counts. */
export interface CodePoints {
  /** Number of code points in the text. */
  readonly length: number;
  /** UTF-16 offset of a code point; `length` is the end of the text. */
  unitOf: (codePoint: number) => number;
}

const PAIR = /[\uD800-\uDBFF][\uDC00-\uDFFF]/;

/** @param text in which half a surrogate pair counts as one code point, as it does where it is sent to. */
export function codePointsOf(text: string): CodePoints {
  if (!PAIR.test(text)) return {length: text.length, unitOf: (codePoint) => codePoint};
  const units = new Uint32Array(text.length + 1);
  let length = 0;
  let unit = 0;
  while (unit < text.length) {
    units[length++] = unit;
    unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
  }
  units[length] = text.length;
  return {length, unitOf: (codePoint) => units[codePoint] ?? text.length};
}
