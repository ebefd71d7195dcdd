import type {Alphabet} from './regex/alphabet.ts';
import type {Trail} from './regex/lazy-dfa.ts';
import {type ExactPattern, Tracker} from './regex/tracker.ts';
import {MAX_BLOCK, UnitBlock} from './regex/unit-block.ts';

/** Trackers of one pattern that are kept for the next text. */
const MAX_IDLE = 4;

/** Lends trackers, which are costly to make, one text after the other, and what a scan needs while it works. */
export class TrackerPool {
  readonly #alphabet: Alphabet;
  readonly #patterns: readonly ExactPattern[];
  readonly #idle: Tracker[][];
  /** Units before a finding that any pattern looks at. */
  readonly reach: number;
  /** For whoever scans at the moment. */
  readonly block = new UnitBlock();
  readonly trail: Trail = {states: new Uint16Array(MAX_BLOCK), from: 0};
  readonly waitingBlock = new UnitBlock();
  readonly waitingTrail: Trail = {states: new Uint16Array(MAX_BLOCK), from: 0};

  constructor(alphabet: Alphabet, patterns: readonly ExactPattern[]) {
    this.#alphabet = alphabet;
    this.#patterns = patterns;
    this.#idle = patterns.map(() => []);
    this.reach = Math.max(0, ...patterns.map(({acceptance}) => acceptance?.reach ?? 0));
  }

  take(finder: number): Tracker {
    const pattern = this.#patterns[finder];
    if (pattern === undefined) throw new RangeError(`there is no finder ${finder}`);
    return this.#idle[finder]?.pop() ?? new Tracker(pattern, this.#alphabet);
  }

  giveBack(finder: number, tracker: Tracker): void {
    if ((this.#idle[finder]?.length ?? 0) < MAX_IDLE) this.#idle[finder]?.push(tracker);
  }
}
