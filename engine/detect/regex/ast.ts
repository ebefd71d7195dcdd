import type {CharSet} from './char-set.ts';

/** Conditions on a place between two characters. */
export type Assertion =
  | 'textStart'
  | 'textEnd'
  | 'lineStart'
  | 'lineEnd'
  | 'wordBoundary'
  | 'notWordBoundary'
  | 'keywordBoundary';

/** A parsed pattern. Captures other than `mask` leave no trace. */
export type Node =
  | {kind: 'empty'}
  | {kind: 'set'; set: CharSet}
  | {kind: 'assert'; assertion: Assertion}
  | {kind: 'concat'; items: readonly Node[]}
  | {kind: 'alternate'; items: readonly Node[]}
  | {kind: 'repeat'; item: Node; min: number /** Infinity for no limit. */; max: number; greedy: boolean}
  | {kind: 'mask'; item: Node}
  | {
      kind: 'context';
      /** Looks at the character before this place, or at the one behind it. */
      side: 'before' | 'behind';
      set: CharSet;
      /** Whether the edge of the text will do. */
      edge: boolean;
    };

export const EMPTY: Node = {kind: 'empty'};

export function concat(items: readonly Node[]): Node {
  const [only] = items;
  if (items.length === 0) return EMPTY;
  return items.length === 1 && only !== undefined ? only : {kind: 'concat', items};
}

export function alternate(items: readonly Node[]): Node {
  const [only] = items;
  return items.length === 1 && only !== undefined ? only : {kind: 'alternate', items};
}

/** Whether a node can match without taking a character. */
export function isNullable(node: Node): boolean {
  switch (node.kind) {
    case 'empty':
    case 'assert':
      return true;
    case 'set':
      return false;
    case 'concat':
      return node.items.every(isNullable);
    case 'alternate':
      return node.items.some(isNullable);
    case 'repeat':
      return node.min === 0 || isNullable(node.item);
    case 'mask':
      return isNullable(node.item);
    case 'context':
      return true;
  }
}
