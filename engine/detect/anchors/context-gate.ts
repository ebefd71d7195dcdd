/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {MAX_CONTEXT, plainWord} from '../context-words.ts';
import type {Finder} from '../finder.ts';
import {foldText} from './fold.ts';
import {EVENT, type LiteralAutomaton, LiteralTrie, STATE} from './literal-automaton.ts';
import {frequencyOf} from './rarity.ts';

/**
 * A piece of a word or phrase, folded, that stands in a text wherever the reader of contexts sees the word: of the parts
 * between its spaces the least frequent.
 */
export function rarestPiece(word: string): string {
  const pieces = plainWord(word).split(' ').map(foldText);
  return pieces.reduce((rarest, piece) => (rarity(piece) < rarity(rarest) ? piece : rarest), '');
}

function rarity(piece: string): number {
  return piece === '' ? 1 : frequencyOf(piece);
}

/**
 * Says whether a context word may stand before a place. It reads a text only where it is asked about one, and once: most
 * texts have nothing that waits for a word.
 */
export class ContextGate {
  readonly #automaton: LiteralAutomaton;
  /** By piece: the finders that wait for a word that has it. */
  readonly #waiting: readonly Int32Array[];
  readonly #within: Int32Array;
  /** By finder: the last place that a word stands before, as far as has been read; -1 for none. */
  readonly #until: Int32Array;
  readonly #reach: number;
  #scanned = 0;
  #state = 0;
  #isUsed = false;

  constructor(automaton: LiteralAutomaton, waiting: readonly Int32Array[], within: Int32Array, longest: number) {
    this.#automaton = automaton;
    this.#waiting = waiting;
    this.#within = within;
    this.#until = new Int32Array(within.length).fill(-1);
    this.#reach = MAX_CONTEXT + longest;
  }

  /** Another text begins. */
  reset(): void {
    if (!this.#isUsed) return;
    this.#until.fill(-1);
    this.#scanned = 0;
    this.#state = 0;
    this.#isUsed = false;
  }

  /** Whether a raising word of the finder may stand before `start`; never false where one does. */
  mayRaise(text: string, finder: number, start: number): boolean {
    if (this.#within[finder]! < 0) return true;
    if (start > this.#scanned) this.#scan(text, start);
    return this.#until[finder]! >= start;
  }

  #scan(text: string, to: number): void {
    const {table, shift, unitClass, outputs} = this.#automaton;
    const isFar = to - this.#scanned > this.#reach;
    let state = isFar ? 0 : this.#state;
    this.#isUsed = true;
    for (let at = isFar ? to - this.#reach : this.#scanned; at < to; at++) {
      const entry = table[(state << shift) | unitClass[text.charCodeAt(at)]!]!;
      state = entry & STATE;
      if (entry < EVENT) continue;
      for (const piece of outputs[state]!) {
        for (const finder of this.#waiting[piece]!) this.#until[finder] = at + 1 + this.#within[finder]!;
      }
    }
    this.#scanned = to;
    this.#state = state;
  }
}

/** The gate for some finders of a list; undefined if their words cannot be looked for. */
export function* contextGateOf(
  finders: readonly Finder[],
  ids: readonly number[],
): Generator<undefined, ContextGate | undefined> {
  const trie = new LiteralTrie();
  const waiting = new Map<string, number[]>();
  const within = new Int32Array(finders.length).fill(-1);
  for (const id of ids) {
    const {raise = [], within: units = 0} = finders[id]?.context ?? {};
    const pieces = new Set(raise.map(rarestPiece).filter((piece) => piece !== ''));
    if (![...pieces].every((piece) => trie.hasRoom([piece]))) continue;
    within[id] = Math.min(Math.max(units, 0), MAX_CONTEXT);
    for (const piece of pieces) {
      const known = waiting.get(piece);
      if (known === undefined) {
        trie.add(piece, waiting.size);
        waiting.set(piece, [id]);
      } else {
        known.push(id);
      }
    }
  }
  yield;
  if (waiting.size === 0) return undefined;
  const automaton = yield* trie.build(false);
  const lists = [...waiting.values()].map((list) => Int32Array.from(list));
  const longest = Math.max(...[...waiting.keys()].map((piece) => piece.length));
  return new ContextGate(automaton, lists, within, longest);
}
