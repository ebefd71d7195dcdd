import {type CharSet, DIGIT, negate, POSIX, SPACE, union, WORD} from './char-set.ts';
import type {Cursor} from './cursor.ts';
import {PatternError} from './pattern-error.ts';

const CONTROL: Readonly<Record<string, number>> = {a: 7, f: 12, t: 9, n: 10, r: 13, v: 11};

/** Reads `[…]`; the cursor stands on the bracket. */
export function parseClass(cursor: Cursor, ignoreCase: boolean): CharSet {
  const {pattern} = cursor;
  const open = cursor.at;
  cursor.at++;
  const isNegated = pattern[cursor.at] === '^';
  if (isNegated) cursor.at++;
  const parts: CharSet[] = [];
  for (let first = true; first || pattern[cursor.at] !== ']'; first = false) {
    if (cursor.at >= pattern.length) throw new PatternError(open, 'this [ is not closed');
    parts.push(parsePart(cursor));
  }
  cursor.at++;
  const set = union(...parts);
  const folded = ignoreCase ? cursor.tables.fold(set) : set;
  return isNegated ? negate(folded) : folded;
}

function parsePart(cursor: Cursor): CharSet {
  const {pattern} = cursor;
  const start = cursor.at;
  if (pattern.startsWith('[:', start)) {
    const end = pattern.indexOf(':]', start + 2);
    if (end !== -1) return posix(cursor, end);
  }
  const low = parseMember(cursor);
  if (pattern[cursor.at] !== '-' || pattern[cursor.at + 1] === ']' || cursor.at + 1 >= pattern.length) return low;
  const single = singleOf(low);
  if (single === undefined) return low;
  cursor.at++;
  const high = singleOf(parseMember(cursor));
  if (high === undefined || high < single) {
    throw new PatternError(start, `the range ${pattern.slice(start, cursor.at)} is not in order`);
  }
  return [single, high];
}

function singleOf(set: CharSet): number | undefined {
  return set.length === 2 && set[0] === set[1] ? set[0] : undefined;
}

function posix(cursor: Cursor, end: number): CharSet {
  const start = cursor.at;
  const isNegated = cursor.pattern[start + 2] === '^';
  const name = cursor.pattern.slice(start + (isNegated ? 3 : 2), end);
  const set = POSIX.get(name);
  if (set === undefined) throw new PatternError(start, `there is no class [:${name}:]`);
  cursor.at = end + 2;
  return isNegated ? negate(set) : set;
}

function parseMember(cursor: Cursor): CharSet {
  const code = cursor.pattern.codePointAt(cursor.at);
  if (code === undefined) throw new PatternError(cursor.at, 'the class is not closed');
  if (code === 0x5c) return parseEscape(cursor, false);
  cursor.at += code > 0xffff ? 2 : 1;
  return [code, code];
}

/** Reads an escape that stands for characters; the cursor stands on the backslash. */
export function parseEscape(cursor: Cursor, ignoreCase: boolean): CharSet {
  const set = parseRawEscape(cursor);
  return ignoreCase ? cursor.tables.fold(set) : set;
}

function parseRawEscape(cursor: Cursor): CharSet {
  const {pattern} = cursor;
  const start = cursor.at;
  const letter = pattern[start + 1];
  if (letter === undefined) throw new PatternError(start, 'the pattern ends with a backslash');
  cursor.at += 2;
  const perl: Readonly<Record<string, CharSet>> = {d: DIGIT, s: SPACE, w: WORD};
  const lower = perl[letter];
  if (lower !== undefined) return lower;
  const upper = perl[letter.toLowerCase()];
  if (upper !== undefined) return negate(upper);
  const control = CONTROL[letter];
  if (control !== undefined) return [control, control];
  if (letter === 'p' || letter === 'P') return parseProperty(cursor, start, letter === 'P');
  if (letter === 'x') return parseHex(cursor, start);
  const octal = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(pattern.slice(start + 1, start + 4));
  if (octal !== null) {
    cursor.at = start + 1 + octal[0].length;
    const code = Number.parseInt(octal[0], 8);
    return [code, code];
  }
  if (/[1-9]/.test(letter) || letter === 'k') {
    throw new PatternError(start, 'back-references are not supported (RE2 syntax)');
  }
  if (/[A-Za-z0-9]/.test(letter) || letter.charCodeAt(0) > 0x7f) {
    throw new PatternError(start, `there is no escape \\${letter} in RE2 syntax`);
  }
  return [letter.charCodeAt(0), letter.charCodeAt(0)];
}

function parseProperty(cursor: Cursor, start: number, capital: boolean): CharSet {
  const found = /^(?:\{(\^?)(\w+)\}|([A-Z]))/.exec(cursor.pattern.slice(cursor.at, cursor.at + 64));
  const name = found?.[2] ?? found?.[3] ?? '';
  const set = found === null ? undefined : cursor.tables.property(name);
  if (found === null || set === undefined) throw new PatternError(start, 'there is no such Unicode category or script');
  cursor.at += found[0].length;
  return (found[1] === '^') === capital ? set : negate(set);
}

function parseHex(cursor: Cursor, start: number): CharSet {
  const found = /^(?:\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]{2}))/.exec(cursor.pattern.slice(cursor.at, cursor.at + 12));
  const code = Number.parseInt(found?.[1] ?? found?.[2] ?? '', 16);
  if (found === null || !(code <= 0x10ffff)) throw new PatternError(start, 'use \\xHH or \\x{H…}, up to 10FFFF');
  cursor.at += found[0].length;
  return [code, code];
}
