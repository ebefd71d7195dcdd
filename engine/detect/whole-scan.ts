/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {DfaWalk} from './dfa-walk.ts';
import type {Finding} from './finder.ts';
import {type Alphabet, EDGE_FLAG} from './regex/alphabet.ts';
import {ExactDfa, NO_MATCH, UNDECIDED} from './regex/exact-dfa.ts';
import type {ExactPattern} from './regex/tracker.ts';
import {MAX_BLOCK, UnitBlock} from './regex/unit-block.ts';
import type {ContextWord, Scanner} from './scanner.ts';
import type {TrackerPool} from './tracker-pool.ts';

/** Units that attempts made one by one may read for each unit that is settled; then they are followed all at once. */
const MAX_REREAD = 40;
const MAX_CREDIT = 16_384;

/**
 * Finds everything in whole texts.
 *
 * An automaton goes over the text once. Where it says that a pattern may match, the attempts of that pattern that can
 * be open are made one by one, exactly, from the leftmost on; each start is tried once in a text. Finders that need a
 * context word are looked for only where one stands before.
 */
export class WholeScan {
  readonly #alphabet: Alphabet;
  readonly #patterns: readonly ExactPattern[];
  readonly #words: readonly ContextWord[];
  readonly #pool: TrackerPool;
  readonly #exact: (ExactDfa | undefined)[];
  /** By finder: every start before is settled. */
  readonly #settled: Int32Array;
  /** By finder: units that attempts may still read. */
  readonly #credit: Int32Array;
  readonly #touched: number[] = [];
  /** By finder: the block at whose end an attempt has been open ever since; -1 for none. */
  readonly #openSince: Int32Array;
  readonly #open: number[] = [];
  /** By finder: where findings can start for which a context word has been seen. */
  readonly #armedUntil: Int32Array;
  readonly #block = new UnitBlock();
  readonly #waitingBlock = new UnitBlock();
  #waitingFrom = -1;
  #waitingUntil = -1;
  #text = '';
  #findings: Finding[] = [];

  constructor(alphabet: Alphabet, patterns: readonly ExactPattern[], words: readonly ContextWord[], pool: TrackerPool) {
    this.#alphabet = alphabet;
    this.#patterns = patterns;
    this.#words = words;
    this.#pool = pool;
    this.#exact = patterns.map(() => undefined);
    this.#settled = new Int32Array(patterns.length);
    this.#credit = new Int32Array(patterns.length);
    this.#openSince = new Int32Array(patterns.length).fill(-1);
    this.#armedUntil = new Int32Array(patterns.length);
  }

  /** All findings, by start and finder. */
  find(scanner: Scanner, text: string): Finding[] {
    this.#begin(text);
    const walks = scanner.main.map((dfa) => new DfaWalk(dfa, 0, EDGE_FLAG));
    for (let from = 0; from < text.length && walks.length > 0; ) {
      const stop = this.#block.loadNext(text, 0, from, text.length);
      for (const walk of walks) this.#scanBlock(walk, scanner, stop);
      from = stop;
    }
    for (const walk of walks) {
      for (const finder of walk.atEnd()) {
        if (finder < this.#patterns.length) this.#settle(walk, finder, text.length);
      }
    }
    this.#searchWaiting(scanner);
    const findings = this.#findings;
    this.#text = '';
    this.#findings = [];
    return findings.length > 1 ? findings.sort((a, b) => a.start - b.start || a.finder - b.finder) : findings;
  }

  /** What a validator that throws has left behind is cleared here. */
  #begin(text: string): void {
    for (const finder of this.#touched) {
      this.#settled[finder] = 0;
      this.#exact[finder]?.forget();
    }
    for (const finder of this.#open) this.#openSince[finder] = -1;
    if (this.#waitingUntil !== -1) this.#armedUntil.fill(0);
    this.#touched.length = 0;
    this.#open.length = 0;
    this.#waitingFrom = -1;
    this.#waitingUntil = -1;
    this.#text = text;
    this.#findings = [];
  }

  #scanBlock(walk: DfaWalk, scanner: Scanner, stop: number): void {
    walk.enter(this.#block);
    while (walk.advance(this.#block, stop)) {
      for (const finder of walk.accepted) {
        if (finder < this.#patterns.length) this.#settle(walk, finder, walk.acceptedAt);
        else this.#arm(scanner, finder - this.#patterns.length, walk.acceptedAt);
      }
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
      if (finder >= this.#patterns.length) continue;
      const since = this.#openSince[finder]!;
      if (since === -1) {
        this.#openSince[finder] = block;
        this.#open.push(finder);
      } else if ((block - since + 2) * (MAX_BLOCK - 1) > this.#patterns[finder]!.limit) {
        this.#settle(walk, finder, walk.position);
        this.#openSince[finder] = block;
      }
    }
  }

  /** A context word ends at an offset: what waits for it may start from there on. */
  #arm(scanner: Scanner, index: number, at: number): void {
    const {finders, within} = this.#words[index]!;
    if (at > this.#waitingUntil) {
      this.#searchWaiting(scanner);
      this.#waitingFrom = at;
    }
    this.#waitingUntil = Math.max(this.#waitingUntil, at + within);
    for (const finder of finders) this.#armedUntil[finder] = at + within;
  }

  /** Looks for findings that start where a context word has been seen before. */
  #searchWaiting({waiting}: Scanner): void {
    if (this.#waitingFrom === -1 || waiting === undefined) return;
    const text = this.#text;
    const from = this.#waitingFrom;
    const until = Math.min(text.length, this.#waitingUntil + 1);
    this.#waitingFrom = -1;
    const walk = new DfaWalk(waiting, from, this.#alphabet.flagsBefore(text, from));
    while (walk.position < until) {
      const stop = this.#waitingBlock.loadNext(text, 0, walk.position, until);
      walk.enter(this.#waitingBlock);
      while (walk.advance(this.#waitingBlock, stop)) {
        for (const finder of walk.accepted) this.#settleArmed(walk, finder, walk.acceptedAt);
      }
    }
    const open = walk.position === text.length ? waiting.atEnd(walk.state) : waiting.openFinders(walk.state);
    for (const finder of open) this.#settleArmed(walk, finder, walk.position);
  }

  #settleArmed(walk: DfaWalk, finder: number, to: number): void {
    const settled = this.#settled[finder]!;
    if (settled < to && walk.openFrom(finder, settled, to) <= this.#armedUntil[finder]!) this.#settle(walk, finder, to);
  }

  /** Tries every start of a finder's match before an offset. */
  #settle(walk: DfaWalk, finder: number, to: number): void {
    const settled = this.#settled[finder]!;
    if (settled >= to) return;
    if (settled === 0) {
      this.#touched.push(finder);
      this.#credit[finder] = MAX_CREDIT;
    }
    const pattern = this.#patterns[finder]!;
    const exact = (this.#exact[finder] ??= new ExactDfa(pattern, this.#alphabet));
    const text = this.#text;
    const {unitClass, surrogate} = this.#alphabet;
    let start = walk.openFrom(finder, settled, to);
    let credit = Math.min(this.#credit[finder]! + MAX_REREAD * (to - start), MAX_CREDIT);
    while (start < to) {
      const unit = unitClass[text.charCodeAt(start)]!;
      const isPair = unit === surrogate && text.codePointAt(start)! > 0xffff;
      const next = start + (isPair ? 2 : 1);
      if (unit !== surrogate && pattern.first[unit] === 0) {
        start = next;
        continue;
      }
      const end = credit < 0 ? UNDECIDED : exact.run(text, start, this.#alphabet.flagsBefore(text, start));
      if (end === UNDECIDED) {
        start = this.#followFrom(finder, start, to);
        credit = 0;
        break;
      }
      credit -= exact.steps;
      start = end !== NO_MATCH && this.#takes(finder, exact.start, exact.end) ? end : next;
    }
    this.#settled[finder] = Math.max(start, to);
    this.#credit[finder] = credit;
  }

  /** Whether a match counts; if so, it is written down. */
  #takes(finder: number, start: number, end: number): boolean {
    const {acceptance} = this.#patterns[finder]!;
    if (acceptance?.accepts(this.#text, start, end) === false) return false;
    const isAllowed = acceptance?.isAllowed?.(this.#text.slice(start, end)) === true;
    if (end > start && !isAllowed) this.#findings.push({finder, start, end});
    return true;
  }

  /** Follows all starts from an offset on at once, at least up to `to`; returns where everything is settled. */
  #followFrom(finder: number, from: number, to: number): number {
    const text = this.#text;
    const window = {text, base: 0};
    const tracker = this.#pool.take(finder);
    const report = (start: number, end: number): void => {
      this.#findings.push({finder, start, end});
    };
    tracker.reset(from, this.#alphabet.flagsBefore(text, from));
    for (let stop = to; ; stop = Math.min(text.length, stop + MAX_BLOCK)) {
      if (stop < text.length && (text.charCodeAt(stop - 1) & 0xfc00) === 0xd800) stop++;
      tracker.advance(window, stop, report);
      if (stop === text.length) tracker.finish(window, report);
      if (tracker.isIdle) break;
    }
    this.#pool.giveBack(finder, tracker);
    return tracker.position;
  }
}
