import type {Node} from '../regex/ast.ts';
import {maxWidth} from './width.ts';

/**
 * The most units between the start of a match and the first character of it that can be nothing but a digit; undefined
 * if there need not be one.
 */
export function digitReach(node: Node): number | undefined {
  switch (node.kind) {
    case 'set':
      return node.set.length > 0 && node.set.every((code) => code >= 0x30 && code <= 0x39) ? 0 : undefined;
    case 'mask':
      return digitReach(node.item);
    case 'repeat':
      return node.min === 0 ? undefined : digitReach(node.item);
    case 'concat': {
      let before = 0;
      for (const item of node.items) {
        const reach = digitReach(item);
        if (reach !== undefined) return before + reach;
        before += maxWidth(item);
      }
      return undefined;
    }
    case 'alternate': {
      let most = 0;
      for (const item of node.items) {
        const reach = digitReach(item);
        if (reach === undefined) return undefined;
        most = Math.max(most, reach);
      }
      return most;
    }
    default:
      return undefined;
  }
}
