import {concat, type Node} from '../regex/ast.ts';
import {type CharSet, charSet, MAX_CODE_POINT, ranges} from '../regex/char-set.ts';

const KINDS: readonly (readonly [low: number, high: number])[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x61, 0x7a],
  [0x80, MAX_CODE_POINT],
];

/**
 * A pattern with every digit for a digit, every letter for a letter: it matches wherever the pattern does, and where it
 * does not is soon seen. Few kinds of characters make few states.
 */
export function shapeOf(node: Node, shapes: Map<CharSet, CharSet>): Node {
  switch (node.kind) {
    case 'set':
      return {kind: 'set', set: widened(node.set, shapes)};
    case 'concat':
      return concat(node.items.map((item) => shapeOf(item, shapes)));
    case 'alternate':
      return {kind: 'alternate', items: node.items.map((item) => shapeOf(item, shapes))};
    case 'repeat':
      return {...node, item: shapeOf(node.item, shapes)};
    case 'mask':
      return shapeOf(node.item, shapes);
    default:
      return node;
  }
}

function widened(set: CharSet, shapes: Map<CharSet, CharSet>): CharSet {
  const known = shapes.get(set);
  if (known !== undefined) return known;
  const kinds = KINDS.filter(([from, to]) => [...ranges(set)].some(([low, high]) => low <= to && high >= from));
  const wide = charSet([...ranges(set), ...kinds]);
  shapes.set(set, wide);
  return wide;
}
