import {ACCEPTED, type DfaCursor, type DfaState, HELD, type LazyDfa, QUIET, type Trail} from './regex/lazy-dfa.ts';
import type {UnitBlock} from './regex/unit-block.ts';

/** The way of an automaton along a text that arrives in pieces. */
export class StreamWalk {
  readonly dfa: LazyDfa;
  readonly #cursor: DfaCursor;
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

  /** No attempt of a finder that was open at `acceptedAt` began before this offset. */
  openFrom(block: UnitBlock, trail: Trail, finder: number): number {
    const first = block.base + trail.from;
    let at = this.#cursor.acceptedAt;
    while (at > first && this.dfa.isOpenAfter(trail, at - 1 - block.base, finder)) at--;
    return at > first ? at : this.anchor;
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

  /** All that is open is followed by somebody else. */
  settle(): void {
    this.anchor = this.#cursor.position;
    this.hold = this.#cursor.position;
  }
}
