import {alternate, concat, EMPTY, isNullable, type Node} from './ast.ts';
import {type CharSet, ranges} from './char-set.ts';

/** Bits of surprise after which a text is worth a look: six letters in a row, or three capitals or signs. */
const ENOUGH = 15;

/** Bits of a character that comes once more. */
const RUN_BITS = 0.5;

/** Bits of a set of few characters. */
const MANY_BITS = 3;

/** What of a node has been surprising enough, and what has not been yet. */
interface Cut {
  done: Node | undefined;
  open: {node: Node; bits: number} | undefined;
}

/**
 * The beginning of a pattern, as far as it takes to make a match unlikely: wherever the pattern matches, the trigger
 * matches from the same start, and no later. What comes behind the trigger costs nothing until it has matched.
 */
export function triggerOf(node: Node): Node {
  const {done, open} = cut(node, ENOUGH);
  const branches = [done, open?.node].filter((branch) => branch !== undefined);
  return alternate(branches);
}

function cut(node: Node, need: number): Cut {
  switch (node.kind) {
    case 'empty':
    case 'assert':
    case 'context':
      return {done: undefined, open: {node, bits: 0}};
    case 'set': {
      const bits = surprise(node.set);
      return bits >= need ? {done: node, open: undefined} : {done: undefined, open: {node, bits}};
    }
    case 'mask': {
      const {done, open} = cut(node.item, need);
      return {
        done: done && {kind: 'mask', item: done},
        open: open && {node: {kind: 'mask', item: open.node}, bits: open.bits},
      };
    }
    case 'concat':
      return cutConcat(node.items, need);
    case 'alternate':
      return cutAlternate(node.items, need);
    case 'repeat':
      return cutRepeat(node, need);
  }
}

function cutConcat(items: readonly Node[], need: number): Cut {
  const done: Node[] = [];
  const before: Node[] = [];
  let bits = 0;
  for (const [index, item] of items.entries()) {
    const part = isSame(item, items[index - 1])
      ? {done: undefined, open: {node: item, bits: RUN_BITS}}
      : cut(item, need - bits);
    if (part.done !== undefined) done.push(concat([...before, part.done]));
    if (part.open === undefined) return {done: joined(done), open: undefined};
    before.push(part.open.node);
    bits += part.open.bits;
  }
  return {done: joined(done), open: {node: concat(before), bits}};
}

/** Whether a character comes once more: signs come in runs, as in a ruled line. */
function isSame(item: Node, before: Node | undefined): boolean {
  return item.kind === 'set' && before?.kind === 'set' && item.set.join() === before.set.join();
}

function cutAlternate(items: readonly Node[], need: number): Cut {
  const parts = items.map((item) => cut(item, need));
  const done = parts.flatMap((part) => part.done ?? []);
  const open = parts.flatMap((part) => part.open ?? []);
  if (open.length === 0) return {done: joined(done), open: undefined};
  const bits = Math.min(...open.map((part) => part.bits));
  return {done: joined(done), open: {node: alternate(open.map((part) => part.node)), bits}};
}

function cutRepeat(node: Extract<Node, {kind: 'repeat'}>, need: number): Cut {
  const {min, max} = node;
  const {done, open} = cut(node.item, need);
  if (open === undefined) return {done, open: min === 0 ? {node: EMPTY, bits: 0} : undefined};
  if (min > 0 && min * open.bits >= need) {
    const count = Math.ceil(need / open.bits);
    const repeated: Node = {...node, item: open.node, min: count, max: count};
    return {
      done: joined(done === undefined ? [repeated] : [repeated, behindRepeat(node, open.node, done)]),
      open: undefined,
    };
  }
  const again: Node = {...node, item: open.node, min, max};
  return {
    done: done === undefined ? undefined : behindRepeat(node, open.node, done),
    open: {node: again, bits: min * open.bits},
  };
}

/** What is enough may come after any number of turns that were not. */
function behindRepeat(node: Extract<Node, {kind: 'repeat'}>, item: Node, done: Node): Node {
  return node.max <= 1 ? done : concat([{...node, item, min: 0, max: Infinity}, done]);
}

function joined(nodes: readonly Node[]): Node | undefined {
  return nodes.length === 0 ? undefined : alternate(nodes);
}

/** Whether a match may begin with many a character, or any digit: then what is open depends on how far a word is. */
export function beginsBroadly(node: Node): boolean {
  return firstSetsOf(node).some(
    (set) => surprise(set) < MANY_BITS || set.every((code) => code >= 0x30 && code <= 0x39),
  );
}

function firstSetsOf(node: Node): CharSet[] {
  switch (node.kind) {
    case 'set':
      return [node.set];
    case 'alternate':
      return node.items.flatMap(firstSetsOf);
    case 'repeat':
    case 'mask':
      return firstSetsOf(node.item);
    case 'concat': {
      const sets: CharSet[] = [];
      for (const item of node.items) {
        sets.push(...firstSetsOf(item));
        if (!isNullable(item)) break;
      }
      return sets;
    }
    default:
      return [];
  }
}

/** How unlikely a character of a set is, given that a word or number goes on: few bits for all that comes in runs. */
function surprise(set: CharSet): number {
  let count = 0;
  let common = 0;
  for (const [low, high] of ranges(set)) {
    count += high - low + 1;
    for (let code = low; code <= Math.min(high, 0x7f); code++) if (isCommon(code)) common++;
  }
  if (count > 12) return 0.1;
  if (count > 4) return 0.5;
  return common > 0 ? 3 : 6;
}

/** Small letters, digits and what is between words. */
function isCommon(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x20 || code === 0x0a;
}
