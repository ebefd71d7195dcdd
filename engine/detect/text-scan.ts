import type {Finding, ForkingScan} from './finder.ts';
import {type Alphabet, EDGE_FLAG} from './regex/alphabet.ts';
import {ACCEPTED, type DfaCursor, type LazyDfa, QUIET} from './regex/lazy-dfa.ts';
import {type ExactPattern, type TextWindow, Tracker} from './regex/tracker.ts';
import {UnitBlock} from './regex/unit-block.ts';

/** Units between two looks at whether attempts stay open. */
const BLOCK = 256;

/** Lends trackers, which are costly to make, one text after the other. */
export class TrackerPool {
  readonly #alphabet: Alphabet;
  readonly #patterns: readonly ExactPattern[];
  readonly #idle: Tracker[][];
  /** Units before a finding that any pattern looks at. */
  readonly reach: number;
  /** For whoever scans at the moment. */
  readonly block = new UnitBlock();

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
    if ((this.#idle[finder]?.length ?? 0) < 4) this.#idle[finder]?.push(tracker);
  }
}

/**
 * Looks through a text with the automaton; follows single patterns exactly only where one may have matched, or where
 * attempts stay open for longer than `patience` units.
 *
 * `patience` + BLOCK is less than any pattern's limit, so that an attempt that reaches it is always followed.
 */
export class PieceScan implements ForkingScan {
  readonly findings: Finding[] = [];
  readonly #dfa: LazyDfa;
  readonly #pool: TrackerPool;
  readonly #patience: number;
  readonly #cursor: DfaCursor;
  /** The text from `base` on, as far as it is still needed. */
  readonly #window: TextWindow = {text: '', base: 0};
  /** Where patterns that are not followed yet have to be followed from, and the flags there. */
  #anchor = 0;
  #anchorFlags = EDGE_FLAG;
  /** Finders that may have matched since the anchor. */
  readonly #candidates = new Set<number>();
  readonly #trackers = new Map<number, Tracker>();

  constructor(dfa: LazyDfa, pool: TrackerPool, patience: number) {
    this.#dfa = dfa;
    this.#pool = pool;
    this.#patience = patience;
    this.#cursor = {state: dfa.start, position: 0, quiet: 0, quietFlags: EDGE_FLAG, accepted: []};
  }

  fork(): PieceScan {
    const fork = new PieceScan(this.#dfa, this.#pool, this.#patience);
    Object.assign(fork.#cursor, this.#cursor);
    Object.assign(fork.#window, this.#window);
    fork.#anchor = this.#anchor;
    fork.#anchorFlags = this.#anchorFlags;
    for (const finder of this.#candidates) fork.#candidates.add(finder);
    for (const [finder, tracker] of this.#trackers) {
      const own = this.#pool.take(finder);
      own.resume(tracker);
      fork.#trackers.set(finder, own);
    }
    return fork;
  }

  goesOnLike(other: ForkingScan, same: number): boolean {
    return (
      other instanceof PieceScan &&
      this.#cursor.state === other.#cursor.state &&
      this.#looksBack <= same &&
      other.#looksBack <= same
    );
  }

  get hold(): number {
    let hold = this.#anchor;
    for (const tracker of this.#trackers.values()) hold = Math.min(hold, tracker.hold);
    return hold;
  }

  get open(): readonly Finding[] {
    if (this.#trackers.size === 0) return [];
    const open: Finding[] = [];
    for (const [finder, tracker] of this.#trackers) {
      const start = tracker.openStart;
      if (start !== -1) open.push({finder, start, end: tracker.openEnd});
    }
    return open;
  }

  push(piece: string): void {
    const window = this.#window;
    window.text = window.text === '' ? piece : window.text + piece;
    const {text, base} = window;
    // The first half of a pair waits for the second.
    this.#scan(base + text.length - (isHighSurrogate(text, text.length - 1) ? 1 : 0));
    this.#trim();
  }

  end(): void {
    const {text, base} = this.#window;
    this.#scan(base + text.length);
    const {state, position} = this.#cursor;
    if (!this.#dfa.isQuiet(state)) for (const finder of this.#dfa.atEnd(state)) this.#candidates.add(finder);
    this.#followCandidates();
    for (const [finder, tracker] of this.#trackers) {
      const report = this.#reporter(finder);
      tracker.advance(this.#window, position, report);
      tracker.finish(this.#window, report);
      this.#pool.giveBack(finder, tracker);
    }
    this.#trackers.clear();
    this.#anchor = position;
    this.#window.text = '';
    this.#window.base = position;
  }

  /** Units before here that what follows may still depend on. */
  get #looksBack(): number {
    if (this.#trackers.size > 0 || this.#candidates.size > 0) return Infinity;
    const {text, base} = this.#window;
    return base + text.length - this.#anchor + Math.max(1, this.#pool.reach);
  }

  #scan(to: number): void {
    const {text, base} = this.#window;
    while (this.#cursor.position < to) {
      let stop = Math.min(to, this.#cursor.position + BLOCK);
      if (stop < to && isHighSurrogate(text, stop - base - 1)) stop++;
      this.#pool.block.load(text, base, this.#cursor.position, stop);
      this.#scanBlock(stop);
    }
  }

  #scanBlock(to: number): void {
    const cursor = this.#cursor;
    while (cursor.position < to) {
      const isBusy = this.#candidates.size > 0 || this.#trackers.size > 0;
      const outcome = this.#dfa.run(cursor, this.#pool.block, to, isBusy ? 1 : 0);
      if (!isBusy && cursor.quiet > this.#anchor) {
        this.#anchor = cursor.quiet;
        this.#anchorFlags = cursor.quietFlags;
      }
      if (outcome === ACCEPTED) for (const finder of cursor.accepted) this.#candidates.add(finder);
      const isQuiet = outcome === QUIET || (outcome === ACCEPTED && this.#dfa.isQuiet(cursor.state));
      if (isQuiet) this.#followToHere();
    }
    const isFollowed = this.#trackers.size > 0 || this.#candidates.size > 0;
    if (isFollowed || cursor.position - this.#anchor > this.#patience) {
      for (const finder of this.#dfa.openFinders(cursor.state)) this.#candidates.add(finder);
      this.#followToHere();
    }
  }

  /** Follows candidates and what is followed already up to the cursor, which becomes the anchor. */
  #followToHere(): void {
    this.#followCandidates();
    const {position, state} = this.#cursor;
    for (const [finder, tracker] of this.#trackers) {
      tracker.advance(this.#window, position, this.#reporter(finder));
      if (tracker.isIdle) {
        this.#trackers.delete(finder);
        this.#pool.giveBack(finder, tracker);
      }
    }
    this.#anchor = position;
    this.#anchorFlags = state.flags;
  }

  #followCandidates(): void {
    for (const finder of this.#candidates) {
      if (this.#trackers.has(finder)) continue;
      const tracker = this.#pool.take(finder);
      tracker.reset(this.#anchor, this.#anchorFlags);
      this.#trackers.set(finder, tracker);
    }
    this.#candidates.clear();
  }

  #reporter(finder: number): (start: number, end: number) => void {
    return (start, end) => {
      this.findings.push({finder, start, end});
    };
  }

  #trim(): void {
    const window = this.#window;
    let needed = this.#anchor - this.#pool.reach;
    for (const tracker of this.#trackers.values()) needed = Math.min(needed, tracker.neededFrom);
    if (needed <= window.base) return;
    window.text = window.text.slice(needed - window.base);
    window.base = needed;
  }
}

function isHighSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xd800 && unit <= 0xdbff;
}
