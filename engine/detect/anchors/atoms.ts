import type {Node} from '../regex/ast.ts';

/** A node as a sequence, without the grouping; what is repeated comes as often as it must. */
export function atomsOf(node: Node, limit: number): Node[] {
  switch (node.kind) {
    case 'concat': {
      const atoms: Node[] = [];
      for (const item of node.items) {
        if (atoms.length >= limit) break;
        atoms.push(...atomsOf(item, limit - atoms.length));
      }
      return atoms;
    }
    case 'mask':
      return atomsOf(node.item, limit);
    case 'repeat': {
      if (node.min === 0) return [node];
      const copies: Node[] = [];
      for (let copy = 0; copy < node.min && copies.length < limit; copy++) {
        copies.push(...atomsOf(node.item, limit - copies.length));
      }
      return copies.length >= limit || node.max === node.min
        ? copies
        : [...copies, {...node, min: 0, max: node.max - node.min}];
    }
    default:
      return [node];
  }
}
