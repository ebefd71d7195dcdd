import {alternate, concat, type Node} from './ast.ts';
import {type CharSet, union} from './char-set.ts';

/**
 * Turns a single character that a pattern asks for before or behind what it masks, as in `(?:^|[^\w])(?P<mask>…)`,
 * into a look at the neighbour, so that two findings may share the character between them.
 */
export function lookAround(node: Node): Node {
  if (node.kind !== 'concat') return node;
  const mask = node.items.findIndex((item) => item.kind === 'mask');
  if (mask === -1) return node;
  const items = [...node.items];
  const [first] = items;
  const last = items.at(-1);
  if (mask > 0 && first !== undefined) items[0] = asContext(first, 'before');
  if (mask < items.length - 1 && last !== undefined) items[items.length - 1] = asContext(last, 'behind');
  return concat(items);
}

function asContext(node: Node, side: 'before' | 'behind'): Node {
  const branches = node.kind === 'alternate' ? node.items : [node];
  const sets: CharSet[] = [];
  const rest: Node[] = [];
  let edge = false;
  for (const branch of branches) {
    const isEdge = branch.kind === 'assert' && branch.assertion === (side === 'before' ? 'textStart' : 'textEnd');
    if (branch.kind === 'set') sets.push(branch.set);
    else if (isEdge) edge = true;
    else rest.push(branch);
  }
  if (sets.length === 0) return node;
  const context: Node = {kind: 'context', side, set: union(...sets), edge};
  return alternate([context, ...rest]);
}
