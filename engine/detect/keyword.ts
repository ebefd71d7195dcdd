import {concat, type Node} from './regex/ast.ts';
import {type CharSet, contains} from './regex/char-set.ts';
import {PatternError} from './regex/pattern-error.ts';
import type {UnicodeTables} from './regex/unicode.ts';

/** Unicode White_Space, so that a keyword is found across line breaks and no-break spaces. */
const WHITE_SPACE: CharSet = [
  0x09, 0x0d, 0x20, 0x20, 0x85, 0x85, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f,
  0x205f, 0x205f, 0x3000, 0x3000,
];

/** A keyword as a pattern: any case, any run of white space for each of its own, whole words only. */
export function keywordPattern(text: string, tables: UnicodeTables): Node {
  const words = text.trim().split(/\s+/u);
  const keyword = words.join(' ');
  if (keyword === '') throw new PatternError(0, 'the keyword is empty');
  const edge: Node = {kind: 'assert', assertion: 'keywordBoundary'};
  const space: Node = {kind: 'repeat', item: {kind: 'set', set: WHITE_SPACE}, min: 1, max: Infinity, greedy: true};
  const items: Node[] = [];
  if (isWordAt(keyword, 0, tables)) items.push(edge);
  for (const character of keyword) {
    const code = character.codePointAt(0) ?? 0;
    items.push(character === ' ' ? space : {kind: 'set', set: tables.fold([code, code])});
  }
  const last = Array.from(keyword).at(-1) ?? '';
  if (isWordAt(last, 0, tables)) items.push(edge);
  return concat(items);
}

function isWordAt(text: string, index: number, tables: UnicodeTables): boolean {
  return contains(tables.keywordLetters(), text.codePointAt(index) ?? 0);
}
