import {ACCEPTED, type DfaCursor, type DfaState, HELD, type LazyDfa, QUIET, type Trail} from './regex/lazy-dfa.ts';
import type {UnitBlock} from './regex/unit-block.ts';

/** Units before a block for which it is known what was open. */
const KEPT = 32;

/** The way of an automaton along a text that arrives in pieces. */
export class StreamWalk {
  readonly dfa: LazyDfa;
  readonly #cursor: DfaCursor;
  /** States after the last units before the block, as long as the automaton's table is the one they are numbered in. */
  readonly #recent: Trail = {states: new Uint16Array(2 * KEPT), from: 0};
  #recentCount = 0;
  #recentEpoch = -1;
  /** No attempt that is open and followed by nobody else began before this offset. */
  anchor: number;
  /** No finding of such an attempt starts before this offset. */
  hold: number;

  /** @param flags those of the character before `position`. */
  constructor(dfa: LazyDfa, position: number, flags: number) {
    this.dfa = dfa;
    this.#cursor = {state: dfa.quietState(flags), position, accepted: [], acceptedAt: position};
    this.anchor = position;
    this.hold = position;
  }

  /** Goes on from where another walk of the same automaton stands. */
  resume(other: StreamWalk): void {
    Object.assign(this.#cursor, other.#cursor);
    this.#recent.states.set(other.#recent.states);
    this.#recentCount = other.#recentCount;
    this.#recentEpoch = other.#recentEpoch;
    this.anchor = other.anchor;
    this.hold = other.hold;
  }

  get position(): number {
    return this.#cursor.position;
  }

  get state(): DfaState {
    return this.#cursor.state;
  }

  get accepted(): readonly number[] {
    return this.#cursor.accepted;
  }

  get acceptedAt(): number {
    return this.#cursor.acceptedAt;
  }

  /** Goes on within the block until something may have matched; says whether it did. */
  advance(block: UnitBlock, trail: Trail, stop: number): boolean {
    return this.dfa.walk(this.#cursor, block, stop, trail) === ACCEPTED;
  }

  /** No attempt of a finder that was open at `acceptedAt`, or is at the position, began before this offset. */
  openFrom(block: UnitBlock, trail: Trail, finder: number, until = this.#cursor.acceptedAt): number {
    const first = block.base + trail.from;
    let at = until;
    while (at > first && this.dfa.isOpenAfter(trail, at - 1 - block.base, finder)) at--;
    if (at > first) return at;
    if (trail.from > 0 || this.#recentEpoch !== this.dfa.epoch) return this.anchor;
    let index = this.#recentCount;
    while (index > 0 && this.dfa.isOpenAfter(this.#recent, index - 1, finder)) index--;
    return index > 0 ? Math.max(this.anchor, block.base - this.#recentCount + index) : this.anchor;
  }

  /** At the end of a block: finds out since when attempts have been open. */
  settleQuiet(block: UnitBlock, trail: Trail): void {
    const first = block.base + trail.from;
    let at = this.#cursor.position;
    while (at > first && this.dfa.kindAfter(trail, at - 1 - block.base) === HELD) at--;
    if (at > first) this.hold = at;
    while (at > first && this.dfa.kindAfter(trail, at - 1 - block.base) !== QUIET) at--;
    if (at > first) this.anchor = at;
  }

  /** The block is behind: what comes next may still ask for its last units. */
  leave(block: UnitBlock, trail: Trail): void {
    const {states} = this.#recent;
    if (this.#recentEpoch !== this.dfa.epoch || trail.from > 0) this.#recentCount = 0;
    this.#recentEpoch = this.dfa.epoch;
    const end = this.#cursor.position - block.base;
    const from = Math.max(trail.from, end - KEPT);
    if (this.#recentCount + end - from > states.length) {
      const kept = Math.min(KEPT, this.#recentCount);
      states.copyWithin(0, this.#recentCount - kept, this.#recentCount);
      this.#recentCount = kept;
    }
    if (from > trail.from) this.#recentCount = 0;
    for (let i = from; i < end; i++) states[this.#recentCount++] = trail.states[i] ?? 0;
  }

  /** All that began before an offset, and is open, is followed by somebody else. */
  settleBefore(anchor: number): void {
    this.anchor = anchor;
    this.hold = Math.max(this.hold, anchor);
  }

  /** All that is open is followed by somebody else. */
  settle(): void {
    this.anchor = this.#cursor.position;
    this.hold = this.#cursor.position;
  }
}
