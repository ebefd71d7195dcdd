/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {ACCEPTED, type DfaCursor, type DfaState, type LazyDfa, type Trail} from './regex/lazy-dfa.ts';
import {MAX_BLOCK, type UnitBlock} from './regex/unit-block.ts';

/** One way of an automaton along a text, block by block, that remembers where attempts began. */
export class DfaWalk {
  readonly dfa: LazyDfa;
  readonly #cursor: DfaCursor;
  readonly #trail: Trail = {states: new Uint16Array(MAX_BLOCK), from: 0};
  /** States at the starts of blocks, and the offsets of those. */
  readonly #states: DfaState[] = [];
  readonly #starts: number[] = [];

  /** @param flags those of the character before `position`. */
  constructor(dfa: LazyDfa, position: number, flags: number) {
    this.dfa = dfa;
    this.#cursor = {state: dfa.quietState(flags), position, accepted: [], acceptedAt: 0};
  }

  get position(): number {
    return this.#cursor.position;
  }

  get state(): DfaState {
    return this.#cursor.state;
  }

  /** Finders that may match at `acceptedAt`. */
  get accepted(): readonly number[] {
    return this.#cursor.accepted;
  }

  get acceptedAt(): number {
    return this.#cursor.acceptedAt;
  }

  /** Number of blocks so far. */
  get blocks(): number {
    return this.#starts.length;
  }

  /** Goes on with a block that begins at the position. */
  enter(block: UnitBlock): void {
    this.#trail.from = 0;
    this.#states.push(this.#cursor.state);
    this.#starts.push(block.base);
  }

  /** Goes on within the block until something may have matched; says whether it did. */
  advance(block: UnitBlock, stop: number): boolean {
    return this.dfa.walk(this.#cursor, block, stop, this.#trail) === ACCEPTED;
  }

  /** Finders that may match if the text ends here. */
  atEnd(): readonly number[] {
    return this.dfa.isQuiet(this.#cursor.state) ? [] : this.dfa.atEnd(this.#cursor.state);
  }

  /** No attempt that is open before `to`, within the block, and not settled began before this offset. */
  openFrom(finder: number, settled: number, to: number): number {
    const base = this.#starts.at(-1)!;
    const first = Math.max(base + this.#trail.from, settled);
    let at = to;
    while (at > first && this.dfa.isOpenAfter(this.#trail, at - 1 - base, finder)) at--;
    if (at > first || at === settled) return at;
    let block = this.#starts.length - 1;
    while (block > 0 && this.#starts[block]! > settled && this.dfa.isOpen(this.#states[block]!, finder)) block--;
    return Math.max(this.#starts[block]!, settled);
  }
}
