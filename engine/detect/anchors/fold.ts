/** Where letters have cases, as ranges of units: the rest is left as it is. */
const CASED: readonly (readonly [low: number, high: number])[] = [
  [0xb5, 0x5ff],
  [0x10a0, 0x10ff],
  [0x13a0, 0x13ff],
  [0x1c80, 0x1cbf],
  [0x1d70, 0x1dff],
  [0x1e00, 0x1fff],
  [0x2126, 0x2188],
  [0x24b6, 0x24e9],
  [0x2c00, 0x2d2f],
  [0xa640, 0xa7ff],
  [0xab30, 0xabbf],
  [0xff21, 0xff5a],
];
/** Signs that are rare, or come together: taken for one, so that 64 classes are enough. */
const ALIKE: readonly (readonly [string, string])[] = [
  ['`', '~'],
  ['^', '~'],
  ['}', '{'],
  [']', ')'],
  ['>', '<'],
  ['?', '!'],
  ['|', '&'],
  ['\t', '\n'],
  [';', ','],
];
/** In lower case it is two units: the letter and its dot. */
const DOTTED_I = 0x130;

let folded: Uint16Array | undefined;

/**
 * For each UTF-16 unit the one that stands for it and its other cases. Anchors are compared by it: that takes some
 * texts for an anchor that are none, never the other way round, and one literal stands for all its spellings.
 */
export function foldedUnits(): Uint16Array {
  if (folded !== undefined) return folded;
  const table = Uint16Array.from({length: 0x10000}, (_, unit) => unit);
  for (let unit = 0x41; unit <= 0x5a; unit++) table[unit] = unit + 0x20;
  for (const [rare, other] of ALIKE) table[rare.charCodeAt(0)] = other.charCodeAt(0);
  for (const [low, high] of CASED) {
    for (let unit = low; unit <= high; unit++) table[unit] = foldUnit(unit);
  }
  folded = table;
  return table;
}

/** Letters go without their marks: a class less for each. */
function foldUnit(unit: number): number {
  const character = String.fromCharCode(unit);
  const upper = character.toUpperCase();
  const lower = (upper.length === 1 ? upper : character).toLowerCase();
  if (lower.length !== 1 && unit !== DOTTED_I) return unit;
  return lower.normalize('NFD').charCodeAt(0);
}

/** All units of a text, folded. */
export function foldText(text: string): string {
  const table = foldedUnits();
  let result = '';
  for (let index = 0; index < text.length; index++) result += String.fromCharCode(table[text.charCodeAt(index)] ?? 0);
  return result;
}
