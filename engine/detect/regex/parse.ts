import {type Assertion, alternate, concat, EMPTY, type Node} from './ast.ts';
import {ANY, type CharSet, NOT_NEWLINE} from './char-set.ts';
import type {Cursor} from './cursor.ts';
import {parseClass, parseEscape} from './parse-class.ts';
import {PatternError} from './pattern-error.ts';
import type {UnicodeTables} from './unicode.ts';

/** Repetition counts up to this are accepted, nested ones multiplied, as in RE2. */
const MAX_REPEAT = 1000;
const MAX_DEPTH = 250;
const MAX_LENGTH = 200_000;

interface Flags {
  ignoreCase: boolean;
  multiLine: boolean;
  dotAll: boolean;
  swapGreed: boolean;
}

interface Parser extends Cursor {
  flags: Flags;
  depth: number;
  names: Set<string>;
}

/**
 * Reads a pattern in RE2 syntax.
 *
 * @throws PatternError with the place and reason where it is not RE2, among them look-around and back-references.
 */
export function parsePattern(pattern: string, ignoreCase: boolean, tables: UnicodeTables): Node {
  if (pattern.length > MAX_LENGTH) {
    throw new PatternError(MAX_LENGTH, `the pattern is ${pattern.length} characters long, the limit is ${MAX_LENGTH}`);
  }
  const flags = {ignoreCase, multiLine: false, dotAll: false, swapGreed: false};
  const parser: Parser = {pattern, tables, at: 0, flags, depth: 0, names: new Set()};
  const node = parseAlternation(parser);
  if (parser.at < pattern.length) throw new PatternError(parser.at, 'this ) closes no group; escape it as \\)');
  return node;
}

function parseAlternation(parser: Parser): Node {
  if (++parser.depth > MAX_DEPTH) throw new PatternError(parser.at, `groups are nested deeper than ${MAX_DEPTH}`);
  const branches: Node[] = [];
  for (;;) {
    branches.push(parseConcatenation(parser));
    if (parser.pattern[parser.at] !== '|') break;
    parser.at++;
  }
  parser.depth--;
  return alternate(branches);
}

function parseConcatenation(parser: Parser): Node {
  const items: Node[] = [];
  while (parser.at < parser.pattern.length) {
    const character = parser.pattern[parser.at];
    if (character === '|' || character === ')') break;
    const start = parser.at;
    const atoms = parser.pattern.startsWith('\\Q', start) ? parseQuoted(parser) : [parseAtom(parser)];
    const last = atoms.pop();
    items.push(...atoms);
    if (last !== undefined) items.push(parseRepeats(parser, last, start));
  }
  return concat(items);
}

function parseAtom(parser: Parser): Node {
  const {pattern, flags} = parser;
  const character = pattern[parser.at];
  switch (character) {
    case '(':
      return parseGroup(parser);
    case '[':
      return {kind: 'set', set: parseClass(parser, flags.ignoreCase)};
    case '.':
      parser.at++;
      return {kind: 'set', set: flags.dotAll ? ANY : NOT_NEWLINE};
    case '^':
      parser.at++;
      return assertion(flags.multiLine ? 'lineStart' : 'textStart');
    case '$':
      parser.at++;
      return assertion(flags.multiLine ? 'lineEnd' : 'textEnd');
    case '*':
    case '+':
    case '?':
      throw new PatternError(parser.at, `${character} has nothing to repeat; escape it as \\${character}`);
    case '\\':
      return parseBackslash(parser);
    default: {
      const code = pattern.codePointAt(parser.at) ?? 0;
      parser.at += code > 0xffff ? 2 : 1;
      return literal(parser, code);
    }
  }
}

function assertion(name: Assertion): Node {
  return {kind: 'assert', assertion: name};
}

function literal(parser: Parser, code: number): Node {
  const set: CharSet = [code, code];
  return {kind: 'set', set: parser.flags.ignoreCase ? parser.tables.fold(set) : set};
}

function parseBackslash(parser: Parser): Node {
  const next = parser.pattern[parser.at + 1];
  const simple: Record<string, Assertion> = {
    A: 'textStart',
    z: 'textEnd',
    b: 'wordBoundary',
    B: 'notWordBoundary',
  };
  const found = next === undefined ? undefined : simple[next];
  if (found !== undefined) {
    parser.at += 2;
    return assertion(found);
  }
  if (next === 'C') throw new PatternError(parser.at, '\\C (one byte) has no meaning in text');
  return {kind: 'set', set: parseEscape(parser, parser.flags.ignoreCase)};
}

function parseQuoted(parser: Parser): Node[] {
  const end = parser.pattern.indexOf('\\E', parser.at + 2);
  const quoted = parser.pattern.slice(parser.at + 2, end === -1 ? undefined : end);
  parser.at = end === -1 ? parser.pattern.length : end + 2;
  return Array.from(quoted, (character) => literal(parser, character.codePointAt(0) ?? 0));
}

function parseGroup(parser: Parser): Node {
  const {pattern} = parser;
  const open = parser.at;
  const outer = parser.flags;
  let isMask = false;
  parser.at++;
  if (pattern[parser.at] === '?') {
    const rest = pattern.slice(parser.at);
    if (/^\?(<?[=!]|>)/.test(rest)) {
      throw new PatternError(open, 'look-around and atomic groups are not supported (RE2 syntax)');
    }
    const named = /^\?P?<([^>]*)>/.exec(rest);
    if (named !== null) {
      isMask = takeName(parser, named[1] ?? '', open);
      parser.at += named[0].length;
    } else if (parseFlags(parser, open) === 'rest') {
      return EMPTY;
    }
  }
  const inner = parseAlternation(parser);
  if (pattern[parser.at] !== ')') throw new PatternError(open, 'this group is not closed');
  parser.at++;
  parser.flags = outer;
  return isMask ? {kind: 'mask', item: inner} : inner;
}

function takeName(parser: Parser, name: string, offset: number): boolean {
  if (!/^\w+$/.test(name)) throw new PatternError(offset, `'${name}' is not a group name: letters, digits and _ only`);
  if (parser.names.has(name)) throw new PatternError(offset, `there are two groups named ${name}`);
  parser.names.add(name);
  return name === 'mask';
}

/** Reads `?flags:` or `?flags)`; says whether the flags hold for a group or for the rest of the enclosing one. */
function parseFlags(parser: Parser, open: number): 'group' | 'rest' {
  const found = /^\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(parser.pattern.slice(parser.at));
  if (found === null) throw new PatternError(open, 'not a group that RE2 knows: (…), (?:…), (?P<name>…), (?flags:…)');
  const [whole, on = '', off = '', end] = found;
  const flags = {...parser.flags};
  for (const [letters, value] of [
    [on, true],
    [off, false],
  ] as const) {
    if (letters.includes('i')) flags.ignoreCase = value;
    if (letters.includes('m')) flags.multiLine = value;
    if (letters.includes('s')) flags.dotAll = value;
    if (letters.includes('U')) flags.swapGreed = value;
  }
  parser.flags = flags;
  parser.at += whole.length;
  return end === ':' ? 'group' : 'rest';
}

function parseRepeats(parser: Parser, atom: Node, start: number): Node {
  let node = atom;
  for (let repeats = 0; ; repeats++) {
    const at = parser.at;
    const range = readRange(parser);
    if (range === undefined) return node;
    if (repeats > 0) throw new PatternError(at, 'two repetitions in a row; use a group');
    const lazy = parser.pattern[parser.at] === '?';
    if (lazy) parser.at++;
    const [min, max] = range;
    node = {kind: 'repeat', item: node, min, max, greedy: lazy === parser.flags.swapGreed};
    if (copies(node) > MAX_REPEAT) {
      throw new PatternError(
        start,
        `repetitions multiply to more than ${MAX_REPEAT}; lower one, or leave its upper end open`,
      );
    }
  }
}

function readRange(parser: Parser): [min: number, max: number] | undefined {
  switch (parser.pattern[parser.at]) {
    case '*':
      parser.at++;
      return [0, Infinity];
    case '+':
      parser.at++;
      return [1, Infinity];
    case '?':
      parser.at++;
      return [0, 1];
    case '{':
      break;
    default:
      return undefined;
  }
  // A brace that starts no repetition is an ordinary character.
  const found = /^\{(\d+)(,(\d*))?\}/.exec(parser.pattern.slice(parser.at, parser.at + 24));
  if (found === null) return undefined;
  const min = Number(found[1]);
  const max = found[2] === undefined ? min : found[3] === '' ? Infinity : Number(found[3]);
  if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT)) {
    throw new PatternError(parser.at, `repetition count is over ${MAX_REPEAT}`);
  }
  if (max < min) throw new PatternError(parser.at, `the range {${min},${max}} is empty`);
  parser.at += found[0].length;
  return [min, max];
}

/** Product of nested repetition counts: how often the innermost item is copied. */
function copies(node: Node): number {
  switch (node.kind) {
    case 'repeat': {
      const own = Math.max(node.max === Infinity ? node.min : node.max, 1);
      return own * copies(node.item);
    }
    case 'concat':
    case 'alternate':
      return node.items.reduce((most, item) => Math.max(most, copies(item)), 1);
    case 'mask':
      return copies(node.item);
    default:
      return 1;
  }
}
