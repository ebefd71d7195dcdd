import type {ViewName} from '../finder.ts';
import {lookAlikes} from './look-alikes.ts';

/** First and last of what takes no room in a line: joiners, direction controls, fillers, selectors, tags. */
const INVISIBLE = [
  0x00ad, 0x00ad, 0x034f, 0x034f, 0x061c, 0x061c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180f, 0x200b, 0x200f,
  0x202a, 0x202e, 0x2060, 0x206f, 0x3164, 0x3164, 0xfe00, 0xfe0f, 0xfeff, 0xfeff, 0xffa0, 0xffa0, 0xfff0, 0xfffb,
  0x1bca0, 0x1bca3, 0x1d173, 0x1d17a, 0xe0000, 0xe0fff,
];

/** Marks that are drawn over, under or through the letter before them. */
const MARKS = [0x0300, 0x036f, 0x1ab0, 0x1aff, 0x1dc0, 0x1dff, 0x20d0, 0x20ff, 0xfe20, 0xfe2f];

/** Units that one character may be read as: what is longer is a phrase of its own script, and would make texts grow. */
const MAX_FOLDED = 4;

type Page = readonly (string | undefined)[];

/** What single characters are read as, by code point; each block of 256 is made when it is first met. */
export class FoldTable {
  readonly #removesInvisible: boolean;
  readonly #normalizes: boolean;
  readonly #alikes: ReadonlyMap<number, string>;
  readonly #pages: (Page | undefined)[] = [];

  constructor(views: ReadonlySet<ViewName>) {
    this.#removesInvisible = views.has('zeroWidth');
    this.#normalizes = views.has('nfkc');
    this.#alikes = views.has('homoglyphs') ? lookAlikes() : new Map<number, string>();
  }

  get isUsed(): boolean {
    return this.#removesInvisible || this.#normalizes || this.#alikes.size > 0;
  }

  /** What a character is read as, perhaps nothing; undefined where that is itself. */
  fold(code: number): string | undefined {
    return (this.#pages[code >> 8] ??= this.#page(code >> 8))[code & 0xff];
  }

  #page(number: number): Page {
    return Array.from({length: 256}, (_, low) => this.#read((number << 8) | low));
  }

  #read(code: number): string | undefined {
    if (code < 0x80 || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    if (this.#removesInvisible && isIn(INVISIBLE, code)) return '';
    if (this.#normalizes && isIn(MARKS, code)) return '';
    const alike = this.#alikes.get(code);
    if (alike !== undefined) return alike;
    const character = String.fromCodePoint(code);
    const normal = this.#normalizes ? character.normalize('NFKC') : character;
    let folded = '';
    for (const part of normal) folded += this.#alikes.get(part.codePointAt(0) ?? 0) ?? part;
    return folded === character || folded.length > MAX_FOLDED ? undefined : folded;
  }
}

function isIn(ranges: readonly number[], code: number): boolean {
  return ranges.some((first, index) => index % 2 === 0 && first <= code && code <= (ranges[index + 1] ?? 0));
}
