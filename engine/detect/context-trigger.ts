import {plainWord} from './context-words.ts';
import type {Finder} from './finder.ts';
import {alternate, concat, type Node} from './regex/ast.ts';
import {type CharSet, charSet, MAX_CODE_POINT, ranges} from './regex/char-set.ts';
import type {UnicodeTables} from './regex/unicode.ts';

/** What may stand for the space of a phrase: what `\s` of the runtime is, `_` and `-`. */
const BETWEEN: CharSet = [
  0x09, 0x0d, 0x20, 0x20, 0x2d, 0x2d, 0x5f, 0x5f, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f,
  0x202f, 0x205f, 0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff,
];
/** All but what surely goes on with a word: letters beyond ASCII are left to who reads the context. */
const NO_ASCII_LETTER: CharSet = [0, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, MAX_CODE_POINT];
const NO_SMALL_LETTER: CharSet = [0, 0x2f, 0x3a, 0x60, 0x7b, MAX_CODE_POINT];

/** A word or phrase, as words are compared, without which some finders find nothing. */
interface ContextTrigger {
  word: string;
  finders: readonly number[];
}

/**
 * The words that finders wait for which are not likely enough by themselves.
 *
 * @param ids those finders of the list.
 */
export function contextTriggers(finders: readonly Finder[], ids: readonly number[]): ContextTrigger[] {
  const waiting = new Map<string, number[]>();
  for (const id of ids) {
    const finder = finders[id];
    for (const word of new Set((finder?.context?.raise ?? []).map(plainWord))) {
      if (word !== '') waiting.set(word, [...(waiting.get(word) ?? []), id]);
    }
  }
  return [...waiting].map(([word, waitingIds]) => ({word, finders: waitingIds}));
}

/** A pattern that matches, at its end, wherever the reader of contexts sees a word; elsewhere it may. */
export function contextPattern(word: string, tables: UnicodeTables): Node {
  const items = Array.from(word, (character): Node => {
    if (character === ' ')
      return {kind: 'repeat', item: {kind: 'set', set: BETWEEN}, min: 0, max: Infinity, greedy: true};
    const code = character.codePointAt(0) ?? 0;
    return {kind: 'set', set: tables.fold([code, code])};
  });
  const isLetterFirst = /^[a-z0-9]/.test(word);
  const edge: Node = {kind: 'context', side: 'before', set: NO_ASCII_LETTER, edge: true};
  const whole: Node[] = [concat(isLetterFirst ? [edge, ...items] : items)];
  // A capital begins a word also within one, as in `userId`.
  if (isLetterFirst && /^[a-z]/.test(word)) {
    const small = word.charCodeAt(0);
    const capitals = charSet([...ranges(tables.fold([small, small]))].filter(([low]) => low !== small));
    whole.push(concat([{kind: 'set', set: capitals}, ...items.slice(1)]));
  }
  const node = alternate(whole);
  if (!/[a-z0-9]$/.test(word)) return node;
  const behind: Node = {kind: 'context', side: 'behind', set: NO_SMALL_LETTER, edge: true};
  return concat([node, behind]);
}
