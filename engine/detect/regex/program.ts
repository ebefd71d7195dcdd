/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */

import {type Alphabet, EDGE_FLAG, KEYWORD_FLAG, NEWLINE_FLAG, WORD_FLAG} from './alphabet.ts';
import type {Assertion, Node} from './ast.ts';
import type {CharSet} from './char-set.ts';

export const CHAR = 0;
export const SPLIT = 1;
export const ASSERT = 2;
export const MASK_START = 3;
export const MASK_END = 4;
export const MATCH = 5;
const FAIL = 6;

const ASSERTIONS: readonly Assertion[] = [
  'textStart',
  'textEnd',
  'lineStart',
  'lineEnd',
  'wordBoundary',
  'notWordBoundary',
  'keywordBoundary',
];

/** Among the ways from an instruction: the match. */
export const MATCHES = -1;
/** More ways than these are not written down. */
const MAX_WAYS = 16;

/** Instructions of a nondeterministic automaton; several patterns may share one. */
export class Program {
  readonly op: number[] = [];
  /** CHAR: id of its set. ASSERT: which. MATCH: the finder. */
  readonly argument: number[] = [];
  readonly next: number[] = [];
  /** SPLIT: the branch tried second. */
  readonly other: number[] = [];
  /** The finder an instruction belongs to. */
  readonly owner: number[] = [];
  /** 1 where what has been read before the instruction may be part of a finding; only if it was asked for. */
  readonly holds: number[] = [];
  /** Ids from here on are no finders: nothing is held for them. */
  finders = Infinity;

  /** By instruction: its ways; null where something else lies before a character, or there are too many. */
  readonly #ways: (readonly number[] | null | undefined)[] = [];

  get size(): number {
    return this.op.length;
  }

  /**
   * The CHAR instructions, most preferred first, that lie behind an instruction with nothing but branches between, up
   * to MATCHES if that is among them; undefined if they are not all there is, or many. The program must be complete.
   */
  plainWays(from: number): readonly number[] | undefined {
    let ways = this.#ways[from];
    if (ways === undefined) {
      ways = this.#findWays(from);
      while (this.#ways.length < from) this.#ways.push(undefined);
      this.#ways[from] = ways;
    }
    return ways ?? undefined;
  }

  #findWays(from: number): readonly number[] | null {
    const ways: number[] = [];
    const seen = new Set<number>();
    const stack = [from];
    for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
      if (seen.has(pc)) continue;
      seen.add(pc);
      const kind = this.op[pc];
      if (kind === SPLIT) stack.push(this.other[pc]!, this.next[pc]!);
      else if (kind === CHAR) ways.push(pc);
      else if (kind !== MATCH) return null;
      else return [...ways, MATCHES];
      if (ways.length > MAX_WAYS || seen.size > 4 * MAX_WAYS) return null;
    }
    return ways;
  }

  add(op: number, argument: number, next: number, owner: number): number {
    this.argument.push(argument);
    this.next.push(next);
    this.other.push(-1);
    this.owner.push(owner);
    return this.op.push(op) - 1;
  }
}

const FIRST_CONTEXT = 16;

/** Gives equal sets the same id. */
export class SetRegistry {
  readonly sets: CharSet[] = [];
  /** Sets that a neighbouring character is asked about. */
  readonly contexts: CharSet[] = [];
  readonly #ids = new Map<string, number>();
  readonly #same = new WeakMap<CharSet, number>();
  readonly #contextIds = new Map<string, number>();

  /** The id of a set that a neighbour is asked about. */
  context(set: CharSet): number {
    const key = set.join();
    let id = this.#contextIds.get(key);
    if (id === undefined) {
      id = this.contexts.push(set) - 1;
      this.#contextIds.set(key, id);
    }
    return id;
  }

  id(set: CharSet): number {
    const same = this.#same.get(set);
    if (same !== undefined) return same;
    const key = set.join();
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.sets.push(set) - 1;
      this.#ids.set(key, id);
    }
    this.#same.set(set, id);
    return id;
  }

  /** Takes up all sets of a pattern that is compiled later, when no new ones can be added. */
  addAll(node: Node): void {
    switch (node.kind) {
      case 'set':
        this.id(node.set);
        break;
      case 'concat':
      case 'alternate':
        for (const item of node.items) this.addAll(item);
        break;
      case 'repeat':
      case 'mask':
        this.addAll(node.item);
        break;
      case 'context':
        this.context(node.set);
        break;
      default:
    }
  }
}

/**
 * How bounded repetition is compiled: more than `keep` copies, or more than `spread` that may be left out, become a
 * loop, which matches more but stays small.
 */
interface Relaxation {
  keep: number;
  /** The same for sets of many characters: how far each of many patterns is in a word makes the most states. */
  keepBroad: number;
  spread: number;
}

const EXACT: Relaxation = {keep: Infinity, keepBroad: Infinity, spread: Infinity};

function isBroad(item: Node): boolean {
  return item.kind === 'set' && item.set.length > 2;
}

/** Number of instructions that a node compiles to, before it is compiled. */
export function programSize(node: Node): number {
  switch (node.kind) {
    case 'concat':
      return node.items.reduce((sum, item) => sum + programSize(item), 0);
    case 'alternate':
      return node.items.reduce((sum, item) => sum + programSize(item) + 1, 0);
    case 'repeat':
      return (programSize(node.item) + 1) * Math.max(node.max === Infinity ? node.min : node.max, 1) + 1;
    case 'mask':
      return programSize(node.item) + 2;
    default:
      return 1;
  }
}

/** Adds a pattern to a program and returns where it starts. */
export function compile(program: Program, node: Node, finder: number, sets: SetRegistry, relaxation = EXACT): number {
  const emit = (item: Node, next: number): number => {
    switch (item.kind) {
      case 'empty':
        return next;
      case 'set':
        if (item.set.length === 0) return program.add(FAIL, 0, -1, finder);
        return program.add(CHAR, sets.id(item.set), next, finder);
      case 'assert':
        return program.add(ASSERT, ASSERTIONS.indexOf(item.assertion), next, finder);
      case 'concat':
        return item.items.reduceRight((after, part) => emit(part, after), next);
      case 'alternate':
        return item.items
          .map((branch) => emit(branch, next))
          .reduceRight((later, branch) => split(branch, later, true));
      case 'mask': {
        const end = program.add(MASK_END, 0, next, finder);
        return program.add(MASK_START, 0, emit(item.item, end), finder);
      }
      case 'repeat':
        return repeat(item, next);
      case 'context': {
        const sides = (item.edge ? 2 : 0) + (item.side === 'behind' ? 1 : 0);
        return program.add(ASSERT, FIRST_CONTEXT + 4 * sets.context(item.set) + sides, next, finder);
      }
    }
  };
  const split = (first: number, second: number, greedy: boolean): number => {
    const at = program.add(SPLIT, 0, greedy ? first : second, finder);
    program.other[at] = greedy ? second : first;
    return at;
  };
  const loop = (item: Node, greedy: boolean, next: number): number => {
    const at = split(next, next, greedy);
    const body = emit(item, at);
    if (greedy) program.next[at] = body;
    else program.other[at] = body;
    return body;
  };
  const repeat = (node: Extract<Node, {kind: 'repeat'}>, next: number): number => {
    const {item, greedy} = node;
    let {min, max} = node;
    const keep = isBroad(item) ? relaxation.keepBroad : relaxation.keep;
    if (max > keep || max - min > relaxation.spread) {
      min = Math.min(min, keep);
      max = Infinity;
    }
    let at = next;
    if (max === Infinity) {
      at = loop(item, greedy, next);
      // A loop over something that may be empty is (x+)?, so that the preferred order stays right.
      if (min === 0) return split(at, next, greedy);
      min--;
    } else {
      for (let optional = max - min; optional > 0; optional--) at = split(emit(item, at), next, greedy);
    }
    for (let copy = 0; copy < min; copy++) at = emit(item, at);
    return at;
  };
  return emit(node, program.add(MATCH, finder, -1, finder));
}

/** Whether an assertion holds between two neighbours, given by their flags. */
export function holds(assertion: number, before: number, after: number, alphabet: Alphabet): boolean {
  if (assertion >= FIRST_CONTEXT) {
    const flags = (assertion & 1) === 0 ? before : after;
    if ((assertion & 2) !== 0 && (flags & EDGE_FLAG) !== 0) return true;
    return alphabet.isInContext((assertion - FIRST_CONTEXT) >> 2, flags);
  }
  switch (ASSERTIONS[assertion]!) {
    case 'textStart':
      return (before & EDGE_FLAG) !== 0;
    case 'textEnd':
      return (after & EDGE_FLAG) !== 0;
    case 'lineStart':
      return (before & (EDGE_FLAG | NEWLINE_FLAG)) !== 0;
    case 'lineEnd':
      return (after & (EDGE_FLAG | NEWLINE_FLAG)) !== 0;
    case 'wordBoundary':
      return ((before ^ after) & WORD_FLAG) !== 0;
    case 'notWordBoundary':
      return ((before ^ after) & WORD_FLAG) === 0;
    case 'keywordBoundary':
      return (before & after & KEYWORD_FLAG) === 0;
  }
}

/** The set that an assertion asks about a neighbour; undefined if it looks at flags only. */
export function contextOf(assertion: number): number | undefined {
  return assertion >= FIRST_CONTEXT ? (assertion - FIRST_CONTEXT) >> 2 : undefined;
}

/** The flags of a neighbour that an assertion looks at. */
export function flagsOf(assertion: number): number {
  if (assertion >= FIRST_CONTEXT) return EDGE_FLAG;
  switch (ASSERTIONS[assertion]!) {
    case 'textStart':
    case 'textEnd':
      return EDGE_FLAG;
    case 'lineStart':
    case 'lineEnd':
      return EDGE_FLAG | NEWLINE_FLAG;
    case 'wordBoundary':
    case 'notWordBoundary':
      return WORD_FLAG;
    case 'keywordBoundary':
      return KEYWORD_FLAG;
  }
}

/**
 * Marks from where on the text belongs to a finding, for a pattern that starts at an instruction.
 *
 * @param isMasked whether every match goes through the `mask` group: what is before that is never held.
 */
export function markHolding(program: Program, start: number, isMasked: boolean): void {
  const {op, next, other, holds: isHolding} = program;
  const begun = new Map<number, boolean>();
  const stack: [pc: number, hasBegun: boolean][] = [[start, !isMasked]];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const [pc, hasBegun] = top;
    const known = begun.get(pc);
    if (pc < 0 || known === true || known === hasBegun) continue;
    begun.set(pc, hasBegun);
    if (op[pc] === CHAR && hasBegun) isHolding[next[pc]!] = 1;
    stack.push([next[pc]!, hasBegun || op[pc] === MASK_START]);
    if (op[pc] === SPLIT) stack.push([other[pc]!, hasBegun]);
  }
}

/** Whether a match and its finding start together: nothing but looks at the neighbours stands before the group. */
export function beginsWithMask(node: Node): boolean {
  if (!hasMask(node) || node.kind === 'mask') return true;
  if (node.kind !== 'concat') return false;
  const first = node.items.findIndex(({kind}) => kind !== 'assert' && kind !== 'context');
  return first !== -1 && node.items[first]?.kind === 'mask';
}

function hasMask(node: Node): boolean {
  switch (node.kind) {
    case 'mask':
      return true;
    case 'repeat':
      return hasMask(node.item);
    case 'concat':
    case 'alternate':
      return node.items.some(hasMask);
    default:
      return false;
  }
}

/** Whether every match of a pattern goes through its `mask` group, once. */
export function isAlwaysMasked(node: Node): boolean {
  if (node.kind === 'mask') return true;
  return node.kind === 'concat' && node.items.some(isAlwaysMasked);
}

/** Whether the `mask` group of a pattern can be entered more than once in a match. */
export function isMaskRepeated(node: Node, repeated = false): boolean {
  switch (node.kind) {
    case 'mask':
      return repeated;
    case 'repeat':
      return isMaskRepeated(node.item, repeated || node.max > 1);
    case 'concat':
    case 'alternate':
      return node.items.some((item) => isMaskRepeated(item, repeated));
    default:
      return false;
  }
}

/** Ids of the sets that a match can begin with. */
export function firstSets(program: Program, start: number): ReadonlySet<number> {
  const sets = new Set<number>();
  const seen = new Set<number>();
  const stack = [start];
  for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
    if (pc < 0 || seen.has(pc)) continue;
    seen.add(pc);
    if (program.op[pc] === CHAR) sets.add(program.argument[pc]!);
    else stack.push(program.next[pc]!, program.other[pc]!);
  }
  return sets;
}
