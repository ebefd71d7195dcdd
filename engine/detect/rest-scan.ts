/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {DfaWalk} from './dfa-walk.ts';
import {EDGE_FLAG} from './regex/alphabet.ts';
import type {LazyDfa} from './regex/lazy-dfa.ts';
import {MAX_BLOCK, UnitBlock} from './regex/unit-block.ts';
import type {Settler} from './settler.ts';

/**
 * Finds in whole texts what has nothing in it that could be looked for: an automaton goes over the text once, and where
 * it says that a pattern may match, the attempts of that pattern that can be open are made.
 */
export class RestScan {
  readonly #settler: Settler;
  /** By finder: units that an attempt may stay undecided. */
  readonly #limits: Int32Array;
  /** By finder: the block at whose end an attempt has been open ever since; -1 for none. */
  readonly #openSince: Int32Array;
  readonly #open: number[] = [];
  readonly #block = new UnitBlock();

  constructor(settler: Settler, limits: Int32Array) {
    this.#settler = settler;
    this.#limits = limits;
    this.#openSince = new Int32Array(limits.length).fill(-1);
  }

  scan(automatons: readonly LazyDfa[], text: string): void {
    const walks = automatons.map((dfa) => new DfaWalk(dfa, 0, EDGE_FLAG));
    for (const finder of this.#open) this.#openSince[finder] = -1;
    this.#open.length = 0;
    for (let from = 0; from < text.length; ) {
      const stop = this.#block.loadNext(text, 0, from, text.length);
      for (const walk of walks) this.#scanBlock(walk, stop);
      from = stop;
    }
    for (const walk of walks) {
      for (const finder of walk.atEnd()) this.#settle(walk, finder, text.length);
    }
  }

  #scanBlock(walk: DfaWalk, stop: number): void {
    walk.enter(this.#block);
    while (walk.advance(this.#block, stop)) {
      for (const finder of walk.accepted) this.#settle(walk, finder, walk.acceptedAt);
    }
    if (this.#open.length > 0 || !walk.dfa.isQuiet(walk.state)) this.#followLong(walk);
  }

  /** An attempt that stays open for as long as it may stay undecided is a finding, although nothing has matched. */
  #followLong(walk: DfaWalk): void {
    const {dfa, state} = walk;
    let kept = 0;
    for (const finder of this.#open) {
      if (dfa.isOpen(state, finder)) this.#open[kept++] = finder;
      else this.#openSince[finder] = -1;
    }
    this.#open.length = kept;
    const block = walk.blocks - 1;
    for (const finder of dfa.openFinders(state)) {
      const since = this.#openSince[finder]!;
      if (since === -1) {
        this.#openSince[finder] = block;
        this.#open.push(finder);
      } else if ((block - since + 2) * (MAX_BLOCK - 1) > this.#limits[finder]!) {
        this.#settle(walk, finder, walk.position);
        this.#openSince[finder] = block;
      }
    }
  }

  #settle(walk: DfaWalk, finder: number, to: number): void {
    const settled = this.#settler.settled(finder);
    if (settled < to) this.#settler.settle(finder, walk.openFrom(finder, settled, to), to);
  }
}
