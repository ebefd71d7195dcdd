import type {Node} from '../regex/ast.ts';
import {type CharSet, contains, ranges} from '../regex/char-set.ts';
import {atomsOf} from './atoms.ts';

/** Characters of which an unusually long run is worth a look. */
export interface RunKind {
  set: CharSet;
  length: number;
}

/** Letters and digits, in numbers no word has; and capitals. The letters beyond ASCII are other cases of `k` and `s`. */
export const RUN_KINDS: readonly RunKind[] = [
  {set: [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a, 0x17f, 0x17f, 0x212a, 0x212a], length: 16},
  {set: [0x3c, 0x3c, 0x41, 0x5a], length: 5},
];

/** Which kind of run every match of a node begins with; -1 for none. */
export function runKindOf(node: Node): number {
  return RUN_KINDS.findIndex((kind) => beginsWithRun(node, kind));
}

function beginsWithRun(node: Node, {set, length}: RunKind): boolean {
  if (node.kind === 'alternate') return node.items.every((branch) => beginsWithRun(branch, {set, length}));
  let count = 0;
  for (const atom of atomsOf(node, 2 * length)) {
    if (atom.kind === 'empty' || atom.kind === 'assert' || atom.kind === 'context') continue;
    if (atom.kind !== 'set' || !isWithin(atom.set, set)) break;
    count++;
  }
  return count >= length;
}

function isWithin(inner: CharSet, outer: CharSet): boolean {
  for (const [low, high] of ranges(inner)) {
    for (let code = low; code <= high; code++) if (!contains(outer, code)) return false;
  }
  return inner.length > 0;
}
