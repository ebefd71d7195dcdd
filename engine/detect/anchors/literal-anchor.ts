import {EMPTY, type Node} from '../regex/ast.ts';
import {type CharSet, ranges} from '../regex/char-set.ts';
import {atomsOf} from './atoms.ts';
import {foldText} from './fold.ts';
import {frequencyOf} from './rarity.ts';
import {maxWidth, minWidth} from './width.ts';

/** Literals, folded, one of which every match contains, and where matches start that contain it. */
export interface LiteralAnchor {
  literals: ReadonlySet<string>;
  /** Units from a match's start to the end of its literal: the fewest and the most, Infinity for no limit. */
  least: number;
  most: number;
  /** Between them they have all characters that may stand there. */
  nodes: readonly Node[];
  /** How often a start has to be tried for each character of a text: a guess. */
  cost: number;
}

/** Literals of one pattern. */
const MAX_LITERALS = 200;
const MAX_LENGTH = 12;
/** Atoms of a pattern that are looked at. */
const MAX_ATOMS = 40;
/** Sets of more characters than this are not spelled out. */
const MAX_SET = 40;
/** Literals are not made longer than it takes to be this rare, and the first that is so rare will do. */
const RARE_ENOUGH = 2e-6;
/** What trying one start more costs, compared with the first. */
const START_COST = 0.1;
/** A match that is open for longer is one, whatever follows: its literal has to come earlier. */
const MAX_REACH = 512;

/** The literals by which matches of a node are found with the least effort; undefined if it has none. */
export function literalAnchorOf(node: Node): LiteralAnchor | undefined {
  const known = anchors.get(node);
  if (known !== undefined || anchors.has(node)) return known;
  const anchor = searched(node);
  anchors.set(node, anchor);
  return anchor;
}

/** A part that is repeated is asked about again and again. */
const anchors = new WeakMap<Node, LiteralAnchor | undefined>();
const spellings = new WeakMap<Node, ReadonlySet<string> | undefined>();

function searched(node: Node): LiteralAnchor | undefined {
  if (node.kind === 'alternate') return eachBranch(node.items);
  const atoms = atomsOf(node, MAX_ATOMS);
  let best: LiteralAnchor | undefined;
  const before: Before = {least: 0, most: 0, nodes: []};
  for (const [index, atom] of atoms.entries()) {
    for (const anchor of [literalsFrom(atoms, index, before), inside(atom, before)]) {
      if (anchor !== undefined && (best === undefined || anchor.cost < best.cost)) best = anchor;
    }
    before.least += minWidth(atom);
    before.most += maxWidth(atom);
    before.nodes = [...before.nodes, atom];
    if (before.most > MAX_REACH || (best !== undefined && best.cost < RARE_ENOUGH)) break;
  }
  return best;
}

/** What stands before an atom. */
interface Before {
  least: number;
  most: number;
  nodes: readonly Node[];
}

/** Literals that begin with an atom, as long as they are few and not rare enough. */
function literalsFrom(atoms: readonly Node[], from: number, before: Before): LiteralAnchor | undefined {
  let literals: ReadonlySet<string> = new Set(['']);
  let best: LiteralAnchor | undefined;
  const first = atoms[from];
  if (first === undefined || minWidth(first) === 0) return undefined;
  for (let to = from; to < atoms.length; to++) {
    const atom = atoms[to] ?? EMPTY;
    const parts = spelled(atom);
    if (parts === undefined || literals.size * parts.size > MAX_LITERALS) break;
    const longer = new Set<string>();
    let longest = 0;
    for (const literal of literals) {
      for (const part of parts) {
        longer.add(literal + part);
        longest = Math.max(longest, literal.length + part.length);
      }
    }
    if (longest > MAX_LENGTH && best !== undefined) break;
    literals = longer;
    const anchor = anchorOf(literals, before, [...before.nodes, ...atoms.slice(from, to + 1)]);
    if (best === undefined || anchor.cost < best.cost) best = anchor;
    if (best.cost < RARE_ENOUGH) break;
  }
  return best;
}

function anchorOf(literals: ReadonlySet<string>, before: Before, nodes: readonly Node[]): LiteralAnchor {
  let frequency = 0;
  let shortest = Infinity;
  let longest = 0;
  for (const literal of literals) {
    frequency += frequencyOf(literal);
    shortest = Math.min(shortest, literal.length);
    longest = Math.max(longest, literal.length);
  }
  const least = before.least + shortest;
  const most = before.most + longest;
  return {literals, least, most, nodes, cost: frequency * (1 + START_COST * (most - least))};
}

/** The anchor of an atom that has parts, seen from the start of the pattern. */
function inside(atom: Node, before: Before): LiteralAnchor | undefined {
  if (atom.kind !== 'alternate') return undefined;
  const anchor = eachBranch(atom.items);
  if (anchor === undefined) return undefined;
  return {
    literals: anchor.literals,
    least: before.least + anchor.least,
    most: before.most + anchor.most,
    nodes: [...before.nodes, ...anchor.nodes],
    cost: anchor.cost * (1 + START_COST * (before.most - before.least)),
  };
}

/** Every branch has its own literals. */
function eachBranch(branches: readonly Node[]): LiteralAnchor | undefined {
  const literals = new Set<string>();
  const joined = {least: Infinity, most: 0, cost: 0};
  const nodes: Node[] = [];
  for (const branch of branches) {
    const anchor = literalAnchorOf(branch);
    if (anchor === undefined) return undefined;
    for (const literal of anchor.literals) literals.add(literal);
    joined.least = Math.min(joined.least, anchor.least);
    joined.most = Math.max(joined.most, anchor.most);
    joined.cost += anchor.cost;
    nodes.push(...anchor.nodes);
  }
  return literals.size === 0 || literals.size > MAX_LITERALS ? undefined : {...joined, literals, nodes};
}

/** All that a node matches, folded; undefined if that is too much. */
function spelled(node: Node): ReadonlySet<string> | undefined {
  const known = spellings.get(node);
  if (known !== undefined || spellings.has(node)) return known;
  const all = spelledAnew(node);
  spellings.set(node, all);
  return all;
}

function spelledAnew(node: Node): ReadonlySet<string> | undefined {
  switch (node.kind) {
    case 'empty':
    case 'assert':
    case 'context':
      return new Set(['']);
    case 'set':
      return spelledSet(node.set);
    case 'mask':
      return spelled(node.item);
    case 'concat':
      return spelledConcat(node.items);
    case 'alternate': {
      const all = new Set<string>();
      for (const item of node.items) {
        const parts = spelled(item);
        if (parts === undefined || all.size + parts.size > MAX_LITERALS) return undefined;
        for (const part of parts) all.add(part);
      }
      return all;
    }
    case 'repeat': {
      if (node.max === 0) return new Set(['']);
      if (node.max > 4) return undefined;
      const optional: Node = {kind: 'alternate', items: [EMPTY, node.item]};
      const copies = Array.from({length: node.max}, (_, copy) => (copy < node.min ? node.item : optional));
      return spelledConcat(copies);
    }
  }
}

function spelledConcat(items: readonly Node[]): ReadonlySet<string> | undefined {
  let all: ReadonlySet<string> = new Set(['']);
  for (const item of items) {
    const parts = spelled(item);
    if (parts === undefined || all.size * parts.size > MAX_LITERALS * 4) return undefined;
    const longer = new Set<string>();
    for (const start of all) for (const part of parts) longer.add(start + part);
    if (longer.size > MAX_LITERALS) return undefined;
    all = longer;
  }
  return all;
}

function spelledSet(set: CharSet): ReadonlySet<string> | undefined {
  const all = new Set<string>();
  let count = 0;
  for (const [low, high] of ranges(set)) {
    count += high - low + 1;
    if (count > 2 * MAX_SET) return undefined;
    for (let code = low; code <= high; code++) all.add(foldText(String.fromCodePoint(code)));
  }
  return all.size > MAX_SET ? undefined : all;
}
