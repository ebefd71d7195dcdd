import type {Finding, ForkingScan} from './finder.ts';
import {type Alphabet, EDGE_FLAG} from './regex/alphabet.ts';
import type {LazyDfa, Trail} from './regex/lazy-dfa.ts';
import type {TextWindow, Tracker} from './regex/tracker.ts';
import type {UnitBlock} from './regex/unit-block.ts';
import type {ContextWord, Scanner} from './scanner.ts';
import {StreamWalk} from './stream-walk.ts';
import type {TrackerPool} from './tracker-pool.ts';

/** Open attempts are followed exactly after this many units, since they decide what is released. */
const PATIENCE = 24;
/** Units before the part of a text that is still needed: a pair, whose flags are asked for. */
const BEFORE = 2;

/** What all scans of a matcher share. */
export interface ScanParts {
  alphabet: Alphabet;
  pool: TrackerPool;
  /** Number of finders: greater ids are those of context words. */
  finders: number;
  words: readonly ContextWord[];
}

/**
 * Looks through a text that arrives in pieces: with automatons, and following single patterns exactly only where one
 * may match, or where attempts stay open for long. Finders that need a context word are looked for behind one only.
 */
export class PieceScan implements ForkingScan {
  readonly findings: Finding[] = [];
  readonly #scanner: Scanner;
  readonly #parts: ScanParts;
  readonly #main: readonly StreamWalk[];
  /** What follows a context word; undefined while none is near. */
  #waiting: StreamWalk | undefined;
  #position = 0;
  /** The last offset at which what waits for a context word may start. */
  #waitingUntil = -1;
  /** The text from `base` on, as far as it is still needed. */
  readonly #window: TextWindow = {text: '', base: 0};
  readonly #trackers = new Map<number, Tracker>();
  /** By finder: every start before is settled. */
  readonly #settled = new Map<number, number>();

  constructor(scanner: Scanner, parts: ScanParts) {
    this.#scanner = scanner;
    this.#parts = parts;
    this.#main = scanner.main.map((dfa) => new StreamWalk(dfa, 0, EDGE_FLAG));
  }

  fork(): PieceScan {
    const fork = new PieceScan(this.#scanner, this.#parts);
    fork.#position = this.#position;
    fork.#main.forEach((walk, index) => {
      walk.resume(this.#main[index] ?? walk);
    });
    if (this.#waiting !== undefined) {
      fork.#waiting = new StreamWalk(this.#waiting.dfa, 0, EDGE_FLAG);
      fork.#waiting.resume(this.#waiting);
    }
    fork.#waitingUntil = this.#waitingUntil;
    Object.assign(fork.#window, this.#window);
    for (const [finder, settled] of this.#settled) fork.#settled.set(finder, settled);
    for (const [finder, tracker] of this.#trackers) {
      const own = this.#parts.pool.take(finder);
      own.resume(tracker);
      fork.#trackers.set(finder, own);
    }
    return fork;
  }

  goesOnLike(other: ForkingScan, same: number): boolean {
    return (
      other instanceof PieceScan &&
      this.#main.every((walk, index) => walk.state === other.#main[index]?.state) &&
      this.#looksBack <= same &&
      other.#looksBack <= same
    );
  }

  get hold(): number {
    let hold = this.#position;
    for (const walk of this.#main) hold = Math.min(hold, walk.hold);
    if (this.#waiting !== undefined) hold = Math.min(hold, this.#waiting.hold);
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
    const isHalf = (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;
    this.#scan(base + text.length - (isHalf ? 1 : 0));
    this.#trim();
  }

  end(): void {
    const {text, base} = this.#window;
    const position = base + text.length;
    this.#scan(position);
    for (const walk of [...this.#main, this.#waiting]) {
      if (walk === undefined) continue;
      for (const finder of walk.dfa.atEnd(walk.state)) this.#follow(finder, walk.anchor);
    }
    for (const [finder, tracker] of this.#trackers) {
      const report = this.#reporter(finder);
      tracker.advance(this.#window, position, report);
      tracker.finish(this.#window, report);
      this.#parts.pool.giveBack(finder, tracker);
    }
    this.#trackers.clear();
    this.#settled.clear();
    this.#waiting = undefined;
    for (const walk of this.#main) walk.settle();
    this.#window.text = '';
    this.#window.base = position;
  }

  /** Units before here that what follows may still depend on. */
  get #looksBack(): number {
    if (this.#trackers.size > 0 || this.#waiting !== undefined) return Infinity;
    const {text, base} = this.#window;
    return base + text.length - this.#anchor + Math.max(BEFORE, this.#parts.pool.reach);
  }

  /** Nothing that is open and followed by no tracker began before this offset. */
  get #anchor(): number {
    let anchor = this.#position;
    for (const walk of this.#main) anchor = Math.min(anchor, walk.anchor);
    return this.#waiting === undefined ? anchor : Math.min(anchor, this.#waiting.anchor);
  }

  #scan(to: number): void {
    const {block} = this.#parts.pool;
    const {text, base} = this.#window;
    while (this.#position < to) {
      const stop = block.loadNext(text, base, this.#position, to);
      for (const walk of this.#main) this.#scanBlock(walk, stop);
      if (this.#waiting !== undefined) this.#scanWaiting(stop);
      this.#advanceTrackers(stop);
      this.#position = stop;
    }
  }

  #scanBlock(walk: StreamWalk, stop: number): void {
    const {pool, finders} = this.#parts;
    const {block, trail} = pool;
    trail.from = 0;
    while (walk.advance(block, trail, stop)) {
      for (const finder of walk.accepted) {
        if (finder < finders) this.#follow(finder, walk.openFrom(block, trail, finder));
        else this.#arm(finder - finders, walk.acceptedAt);
      }
    }
    walk.settleQuiet(block, trail);
    this.#followOpen(walk, block, trail);
    walk.leave(block, trail);
  }

  /** A context word has ended: what waits for it may start from there on. */
  #arm(index: number, at: number): void {
    const word = this.#parts.words[index];
    const {waiting} = this.#scanner;
    if (word === undefined || waiting === undefined) return;
    if (this.#waiting !== undefined && at > this.#waitingUntil) this.#scanWaiting(at);
    this.#waiting ??= this.#walkFrom(waiting, at);
    this.#waitingUntil = Math.max(this.#waitingUntil, at + word.within);
  }

  #walkFrom(dfa: LazyDfa, position: number): StreamWalk {
    const {text, base} = this.#window;
    return new StreamWalk(dfa, position, this.#parts.alphabet.flagsBefore(text, position - base));
  }

  #scanWaiting(to: number): void {
    const walk = this.#waiting;
    if (walk === undefined) return;
    const {waitingBlock: block, waitingTrail: trail} = this.#parts.pool;
    const until = this.#waitingUntil + 1;
    while (walk.position < Math.min(to, until)) {
      const stop = block.loadNext(this.#window.text, this.#window.base, walk.position, Math.min(to, until));
      trail.from = 0;
      while (walk.advance(block, trail, stop)) {
        for (const finder of walk.accepted) this.#follow(finder, walk.openFrom(block, trail, finder));
      }
      walk.settleQuiet(block, trail);
      this.#followOpen(walk, block, trail);
      walk.leave(block, trail);
    }
    if (walk.position < until) return;
    for (const finder of walk.dfa.openFinders(walk.state)) this.#follow(finder, walk.anchor);
    this.#waiting = undefined;
  }

  /** Follows what has been open for long. */
  #followOpen(walk: StreamWalk, block: UnitBlock, trail: Trail): void {
    const {position} = walk;
    if (position - walk.anchor <= PATIENCE) return;
    let anchor = position;
    for (const finder of walk.dfa.openFinders(walk.state)) {
      if (finder >= this.#parts.finders || this.#trackers.has(finder)) continue;
      const from = walk.openFrom(block, trail, finder, position);
      if (position - from > PATIENCE) this.#follow(finder, from);
      else anchor = Math.min(anchor, from);
    }
    walk.settleBefore(anchor);
  }

  /** Follows a finder exactly, from an offset on or from where it is settled. */
  #follow(finder: number, from: number): void {
    if (finder >= this.#parts.finders || this.#trackers.has(finder)) return;
    const {text, base} = this.#window;
    const start = Math.max(from, this.#settled.get(finder) ?? 0);
    const tracker = this.#parts.pool.take(finder);
    tracker.reset(start, this.#parts.alphabet.flagsBefore(text, start - base));
    this.#trackers.set(finder, tracker);
  }

  #advanceTrackers(to: number): void {
    for (const [finder, tracker] of this.#trackers) {
      tracker.advance(this.#window, to, this.#reporter(finder));
      if (!tracker.isIdle) continue;
      this.#settled.set(finder, tracker.position);
      this.#trackers.delete(finder);
      this.#parts.pool.giveBack(finder, tracker);
    }
  }

  #reporter(finder: number): (start: number, end: number) => void {
    return (start, end) => {
      this.findings.push({finder, start, end});
    };
  }

  #trim(): void {
    const window = this.#window;
    let needed = this.#anchor - Math.max(BEFORE, this.#parts.pool.reach);
    for (const tracker of this.#trackers.values()) needed = Math.min(needed, tracker.neededFrom);
    // Cutting a little now and then costs less than cutting each time.
    if (needed - window.base < 256) return;
    window.text = window.text.slice(needed - window.base);
    window.base = needed;
  }
}
