/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {Buffer} from 'node:buffer';
import type {ViewName} from '../finder.ts';
import {FoldTable} from './fold-table.ts';
import {hexDigit} from './run-alphabet.ts';

/** What stands at a place of a text. */
export const PLAIN = 0;
export const CHANGED = 1;
/** The text ends before it can be told. */
export const UNDECIDED = 2;

export type Reading = typeof PLAIN | typeof CHANGED | typeof UNDECIDED;

/** Units of the longest escape: four bytes, percent-encoded; a number takes no more, zeros before it included. */
const MAX_ESCAPE = 12;
const MAX_CODE = 0x10_ffff;

/** Whether a unit may be the first of something that is read as something else. */
const UNKNOWN = 0;
const ORDINARY = 1;
const SPECIAL = 2;

const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const AMPERSAND = 0x26;
const SEMICOLON = 0x3b;
const CLOSING_BRACE = 0x7d;
const SIMPLE: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

const NAMED: readonly (readonly [reference: string, meant: string])[] = [
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&apos;', "'"],
];

/** Reads escapes of strings, percent-encoding, character references and characters that stand for others, one at a time. */
export class EscapeReader {
  /** What an escape can start with. */
  readonly #starts: readonly string[];
  readonly #folds: FoldTable;
  /** Of each unit, whether something may start there; what is not ASCII is looked up when it is first met. */
  readonly #kinds = new Uint8Array(0x1_0000).fill(ORDINARY, 0, 0x80);
  /** After CHANGED: what stands there means, and how many units it takes. */
  decoded = '';
  width = 0;

  constructor(views: ReadonlySet<ViewName>) {
    this.#starts = [...(views.has('jsonEscapes') ? ['\\'] : []), ...(views.has('percent') ? ['%', '&'] : [])];
    for (const start of this.#starts) this.#kinds[start.charCodeAt(0)] = SPECIAL;
    this.#folds = new FoldTable(views);
  }

  /** Index of the first unit from `from` on that might not be plain, or the text's length. */
  seek(text: string, from: number): number {
    const kinds = this.#kinds;
    let i = from;
    while (i < text.length) {
      const kind = kinds[text.charCodeAt(i)];
      if (kind === UNKNOWN) this.#learn(text.charCodeAt(i));
      else if (kind === ORDINARY) i++;
      else break;
    }
    return i;
  }

  /** Like `seek`, in units. */
  seekUnits(units: Uint16Array, from: number, to: number): number {
    const kinds = this.#kinds;
    let i = from;
    while (i < to) {
      const kind = kinds[units[i]!];
      if (kind === UNKNOWN) this.#learn(units[i]!);
      else if (kind === ORDINARY) i++;
      else break;
    }
    return i;
  }

  /** Whether a whole text may have something to read; most have nothing, and searching for that is fast. */
  mayChange(text: string): boolean {
    for (const start of this.#starts) if (text.includes(start)) return true;
    return this.#folds.isUsed && Buffer.byteLength(text) !== text.length;
  }

  /** Where an escape starts that what stands at `to` interrupts, but might complete once it is decoded; else `to`. */
  undecidedBefore(text: string, to: number): number {
    const before = text.slice(Math.max(0, to - MAX_ESCAPE), to);
    for (let i = this.seek(before, 0); i < before.length; i = this.seek(before, i + 1)) {
      if (this.read(before, i) === UNDECIDED) return to - before.length + i;
    }
    return to;
  }

  /** Says what stands at `at`; something plain takes one unit. */
  read(text: string, at: number): Reading {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH) return this.#readBackslash(text, at);
    if (unit === PERCENT) return this.#readPercent(text, at);
    if (unit === AMPERSAND) return this.#readReference(text, at);
    if (!isSurrogate(unit)) return this.#fold(unit, 1);
    if (unit >= 0xdc00) return PLAIN;
    if (at + 1 === text.length) return UNDECIDED;
    const code = text.codePointAt(at) ?? unit;
    return code > 0xffff ? this.#fold(code, 2) : PLAIN;
  }

  #learn(unit: number): void {
    this.#kinds[unit] = isSurrogate(unit) || this.#folds.fold(unit) !== undefined ? SPECIAL : ORDINARY;
  }

  #fold(code: number, width: number): Reading {
    const folded = this.#folds.fold(code);
    return folded === undefined ? PLAIN : this.#change(folded, width);
  }

  #change(decoded: string, width: number): Reading {
    this.decoded = decoded;
    this.width = width;
    return CHANGED;
  }

  #readBackslash(text: string, at: number): Reading {
    if (at + 1 === text.length) return UNDECIDED;
    const letter = text.charAt(at + 1);
    const digits = letter === 'u' ? 4 : letter === 'x' ? 2 : 0;
    if (digits === 0) {
      const meant = Object.hasOwn(SIMPLE, letter) ? SIMPLE[letter] : undefined;
      return meant === undefined ? PLAIN : this.#change(meant, 2);
    }
    if (letter === 'u' && text.charAt(at + 2) === '{') return this.#readNumber(text, at, at + 3, 16, CLOSING_BRACE);
    let value = 0;
    for (let i = at + 2; i < at + 2 + digits; i++) {
      if (i === text.length) return UNDECIDED;
      const digit = hexDigit(text.charCodeAt(i));
      if (digit < 0) return PLAIN;
      value = value * 16 + digit;
    }
    return this.#change(String.fromCharCode(value), 2 + digits);
  }

  /** A character reference of HTML or XML. */
  #readReference(text: string, at: number): Reading {
    if (text.charAt(at + 1) === '#') {
      const isHex = (text.charCodeAt(at + 2) | 0x20) === 0x78;
      return this.#readNumber(text, at, at + (isHex ? 3 : 2), isHex ? 16 : 10, SEMICOLON);
    }
    for (const [reference, meant] of NAMED) {
      if (text.startsWith(reference, at)) return this.#change(meant, reference.length);
      if (text.length - at < reference.length && reference.startsWith(text.slice(at))) return UNDECIDED;
    }
    return PLAIN;
  }

  /** A code point's number from `from` on, and what closes it. */
  #readNumber(text: string, at: number, from: number, base: 10 | 16, closing: number): Reading {
    let value = 0;
    for (let i = from; i < at + MAX_ESCAPE; i++) {
      if (i >= text.length) return UNDECIDED;
      const unit = text.charCodeAt(i);
      if (unit === closing && i > from) return this.#change(String.fromCodePoint(value), i + 1 - at);
      const digit = hexDigit(unit);
      if (digit < 0 || digit >= base) return PLAIN;
      value = value * base + digit;
      if (value > MAX_CODE) return PLAIN;
    }
    return PLAIN;
  }

  /** A character in UTF-8; what is no character of UTF-8 stays as it is. */
  #readPercent(text: string, at: number): Reading {
    const lead = percentByte(text, at);
    if (lead < 0) return lead === CUT_OFF ? UNDECIDED : PLAIN;
    if (lead < 0x80) return this.#change(String.fromCharCode(lead), 3);
    const count = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (count === 0) return PLAIN;
    let code = lead & (0x3f >> count);
    for (let i = 1; i <= count; i++) {
      const byte = percentByte(text, at + 3 * i);
      if (byte === CUT_OFF) return UNDECIDED;
      if (byte < 0x80 || byte > 0xbf) return PLAIN;
      code = (code << 6) | (byte & 0x3f);
    }
    const isOverlong = code < (count === 1 ? 0x80 : count === 2 ? 0x800 : 0x10000);
    if (isOverlong || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return PLAIN;
    return this.#change(String.fromCodePoint(code), 3 * (count + 1));
  }
}

const CUT_OFF = -1;
const NO_BYTE = -2;

function percentByte(text: string, at: number): number {
  if (at >= text.length) return CUT_OFF;
  if (text.charCodeAt(at) !== PERCENT) return NO_BYTE;
  if (at + 1 >= text.length) return CUT_OFF;
  const high = hexDigit(text.charCodeAt(at + 1));
  if (high < 0) return NO_BYTE;
  if (at + 2 >= text.length) return CUT_OFF;
  const low = hexDigit(text.charCodeAt(at + 2));
  return low < 0 ? NO_BYTE : high * 16 + low;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
