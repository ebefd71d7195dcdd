import type {Node} from '../regex/ast.ts';

/** The most UTF-16 units that a node can match. */
export function maxWidth(node: Node): number {
  switch (node.kind) {
    case 'empty':
    case 'assert':
    case 'context':
      return 0;
    case 'set':
      return (node.set.at(-1) ?? 0) > 0xffff ? 2 : 1;
    case 'concat':
      return node.items.reduce((sum, item) => sum + maxWidth(item), 0);
    case 'alternate':
      return Math.max(0, ...node.items.map((item) => maxWidth(item)));
    case 'repeat':
      return node.max === 0 ? 0 : node.max * maxWidth(node.item) || 0;
    case 'mask':
      return maxWidth(node.item);
    case 'context':
      return 0;
  }
}

/** The fewest UTF-16 units that a node can match. */
export function minWidth(node: Node): number {
  switch (node.kind) {
    case 'empty':
    case 'assert':
    case 'context':
      return 0;
    case 'set':
      return (node.set[0] ?? 0) > 0xffff ? 2 : 1;
    case 'concat':
      return node.items.reduce((sum, item) => sum + minWidth(item), 0);
    case 'alternate':
      return node.items.reduce((least, item) => Math.min(least, minWidth(item)), Infinity);
    case 'repeat':
      return node.min === 0 ? 0 : node.min * minWidth(node.item);
    case 'mask':
      return minWidth(node.item);
  }
}
