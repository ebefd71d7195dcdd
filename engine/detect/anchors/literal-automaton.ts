/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {foldedUnits} from './fold.ts';

/** Entries of the table from here on are events; the rest of their bits is the next state. */
export const EVENT = 0x8000;
export const STATE = 0x7fff;
const MAX_STATES = 0x7ff0;

const ROOT = 0;
/** Nothing of a literal has been read, but a digit. */
const AFTER_DIGIT = 1;

/**
 * Finds literals, all of them at once: an Aho–Corasick automaton without failure links, in one table that is complete
 * before the first text comes, so that no text pays for building it.
 */
export class LiteralAutomaton {
  /** Class of each UTF-16 unit: the other cases of a character are in its class. */
  readonly unitClass: Uint8Array;
  /** A row of 2 ** shift entries for each state. */
  readonly shift: number;
  readonly table: Uint16Array;
  /** By state: the ids of the literals that end there; undefined where none does. */
  readonly outputs: readonly (Int32Array | undefined)[];

  constructor({shift, table, outputs, unitClass}: Pick<LiteralAutomaton, 'shift' | 'table' | 'outputs' | 'unitClass'>) {
    this.shift = shift;
    this.table = table;
    this.outputs = outputs;
    this.unitClass = unitClass;
  }
}

/** Collects literals and makes the automaton. */
export class LiteralTrie {
  readonly #literals: (readonly [literal: string, id: number])[] = [];
  readonly #units = new Set<number>();
  #size = 2;

  /** Whether some more literals can be added. */
  hasRoom(literals: Iterable<string>): boolean {
    let size = this.#size;
    for (const literal of literals) size += literal.length;
    return size <= MAX_STATES;
  }

  /** Adds a folded literal. Several may have the same id. */
  add(literal: string, id: number): void {
    this.#literals.push([literal, id]);
    this.#size += literal.length;
    for (let index = 0; index < literal.length; index++) this.#units.add(literal.charCodeAt(index));
  }

  /** @param hasDigits whether the start of a run of digits is an event too. */
  *build(hasDigits: boolean): Generator<undefined, LiteralAutomaton> {
    const folded = foldedUnits();
    yield;
    if (hasDigits) for (let digit = 0x30; digit <= 0x39; digit++) this.#units.add(digit);
    const {classes, shift} = classesOf([...this.#units]);
    const classOf = new Uint8Array(0x10000);
    for (const [unit, characterClass] of classes) classOf[unit] = characterClass;
    const unitClass = new Uint8Array(0x10000);
    for (let unit = 0; unit < 0x10000; unit++) unitClass[unit] = classOf[folded[unit]!]!;
    yield;
    const {children, ids} = yield* this.#trie(classes);
    const width = 1 << shift;
    const table = new Uint16Array(children.length << shift);
    const outputs: (Int32Array | undefined)[] = children.map(() => undefined);
    const fails = new Uint16Array(children.length);
    const queue = [ROOT];
    let done = 0;
    for (const state of queue) {
      const fail = fails[state]!;
      if (state !== ROOT) table.copyWithin(state << shift, fail << shift, (fail << shift) + width);
      outputs[state] = merged(ids[state], outputs[fail]);
      for (const [characterClass, child] of children[state]!) {
        const at = (state << shift) | characterClass;
        fails[child] = state === ROOT ? ROOT : table[at]!;
        table[at] = child;
        queue.push(child);
      }
      if (++done % 2048 === 0) yield;
    }
    yield;
    const digits = Array.from({length: 10}, (_, digit) => classes.get(0x30 + digit) ?? 0);
    if (hasDigits) markDigits(table, shift, digits, children);
    for (let at = 0; at < table.length; at++) if (outputs[table[at]! & STATE] !== undefined) table[at]! |= EVENT;
    return new LiteralAutomaton({shift, table, outputs, unitClass});
  }

  /** The literals as a tree, by classes. */
  *#trie(classes: ReadonlyMap<number, number>): Generator<undefined, Trie> {
    const children = [new Map<number, number>(), new Map<number, number>()];
    const ids: (number[] | undefined)[] = [undefined, undefined];
    for (const [index, [literal, id]] of this.#literals.entries()) {
      let state = ROOT;
      for (let at = 0; at < literal.length; at++) {
        const characterClass = classes.get(literal.charCodeAt(at))!;
        let next = children[state]!.get(characterClass);
        if (next === undefined) {
          next = children.push(new Map()) - 1;
          ids.push(undefined);
          children[state]!.set(characterClass, next);
        }
        state = next;
      }
      const known = (ids[state] ??= []);
      if (!known.includes(id)) known.push(id);
      if (index % 1024 === 0) yield;
    }
    return {children, ids};
  }
}

interface Trie {
  /** By state and class of unit. */
  children: readonly Map<number, number>[];
  ids: readonly (number[] | undefined)[];
}

/**
 * Sorts units into classes. A small table is worth more than units that are told apart: where there are too many, those
 * beyond ASCII share classes.
 */
function classesOf(units: readonly number[]): {classes: Map<number, number>; shift: number} {
  const sorted = [...units].sort((a, b) => a - b);
  const shift = sorted.length <= 100 ? 6 : sorted.length <= 220 ? 7 : 8;
  const own = Math.min(sorted.length, (1 << shift) - 1, Math.max(sorted.filter((unit) => unit < 0x80).length, 1));
  const shared = (1 << shift) - 1 - own;
  const classes = new Map(
    sorted.map((unit, index) => [unit, 1 + (index < own || shared === 0 ? index : own + ((index - own) % shared))]),
  );
  return {classes, shift};
}

/** A digit that follows none is an event; behind a digit that is part of no literal there is a state of its own. */
function markDigits(table: Uint16Array, shift: number, digits: readonly number[], children: Trie['children']): void {
  const endsInDigit = new Uint8Array(children.length);
  endsInDigit[AFTER_DIGIT] = 1;
  for (const next of children) {
    for (const digit of digits) {
      const child = next.get(digit);
      if (child !== undefined) endsInDigit[child] = 1;
    }
  }
  table.copyWithin(AFTER_DIGIT << shift, ROOT, 1 << shift);
  for (let state = 0; state < endsInDigit.length; state++) {
    for (const digit of digits) {
      const at = (state << shift) | digit;
      if (table[at] === ROOT) table[at] = AFTER_DIGIT;
      if (endsInDigit[state] === 0) table[at]! |= EVENT;
    }
  }
}

function merged(own: readonly number[] | undefined, inherited: Int32Array | undefined): Int32Array | undefined {
  if (own === undefined) return inherited;
  return Int32Array.from(new Set([...own, ...(inherited ?? [])]));
}
