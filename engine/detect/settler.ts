/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import type {ContextGate} from './anchors/context-gate.ts';
import type {ScanPlan} from './anchors/plan.ts';
import type {Finding} from './finder.ts';
import type {Alphabet} from './regex/alphabet.ts';
import {ExactDfa, NO_MATCH, UNDECIDED} from './regex/exact-dfa.ts';
import type {ExactPattern} from './regex/tracker.ts';
import {MAX_BLOCK} from './regex/unit-block.ts';
import type {TrackerPool} from './tracker-pool.ts';

/** Units that attempts made one by one may read for each unit that is settled; then they are followed all at once. */
const MAX_REREAD = 40;
const MAX_CREDIT = 16_384;

/**
 * Tries starts of matches in a whole text, exactly. The starts of each finder have to come in order; each is tried once,
 * and none within a match.
 */
export class Settler {
  readonly #alphabet: Alphabet;
  readonly #patterns: readonly ExactPattern[];
  readonly #pool: TrackerPool;
  readonly #plan: ScanPlan;
  readonly #gate: ContextGate | undefined;
  /** The start that the filter has looked at last. */
  #filtered = -1;
  readonly #exact: (ExactDfa | undefined)[];
  /** By finder: every start before is settled. */
  readonly #settled: Int32Array;
  /** By finder: units that attempts may still read. */
  readonly #credit: Int32Array;
  readonly #touched: number[] = [];
  #text = '';
  #findings: Finding[] = [];

  constructor(alphabet: Alphabet, patterns: readonly ExactPattern[], pool: TrackerPool, plan: ScanPlan) {
    this.#alphabet = alphabet;
    this.#patterns = patterns;
    this.#pool = pool;
    this.#plan = plan;
    this.#gate = plan.gate;
    this.#exact = patterns.map(() => undefined);
    this.#settled = new Int32Array(patterns.length);
    this.#credit = new Int32Array(patterns.length);
  }

  /** Another text begins. What a validator that throws has left behind is cleared here. */
  begin(text: string): void {
    for (const finder of this.#touched) {
      this.#settled[finder] = 0;
      this.#exact[finder]?.forget();
    }
    this.#touched.length = 0;
    this.#gate?.reset();
    this.#filtered = -1;
    this.#text = text;
    this.#findings = [];
  }

  /** The text is done: all findings, by start and finder. */
  finish(): Finding[] {
    const findings = this.#findings;
    this.#text = '';
    this.#findings = [];
    return findings.length > 1 ? findings.sort((a, b) => a.start - b.start || a.finder - b.finder) : findings;
  }

  /** All starts of a finder before are settled. */
  settled(finder: number): number {
    return this.#settled[finder]!;
  }

  /** Tries every start of a finder's match in `[from, to)` that is not settled, and then settles all before `to`. */
  settle(finder: number, from: number, to: number): void {
    const settled = this.#settled[finder]!;
    if (settled >= to || from >= to) return;
    const text = this.#text;
    const {unitClass, surrogate} = this.#alphabet;
    const {first} = this.#patterns[finder]!;
    let start = settled > from ? settled : from;
    // Most starts are none: nothing is written down for those.
    if (to - start === 1) {
      const unit = unitClass[text.charCodeAt(start)]!;
      if (unit !== surrogate && (first[unit] === 0 || !this.#mayStart(finder, start))) return;
    }
    if (settled === 0) {
      this.#touched.push(finder);
      this.#credit[finder] = MAX_CREDIT;
    }
    let credit = Math.min(this.#credit[finder]! + MAX_REREAD * (to - settled), MAX_CREDIT);
    if (start > 0 && isLowHalf(text, start)) start++;
    while (start < to) {
      const unit = unitClass[text.charCodeAt(start)]!;
      const isPair = unit === surrogate && text.codePointAt(start)! > 0xffff;
      const next = start + (isPair ? 2 : 1);
      if ((unit !== surrogate && first[unit] === 0) || !this.#mayStart(finder, start)) {
        start = next;
        continue;
      }
      const exact = (this.#exact[finder] ??= new ExactDfa(this.#patterns[finder]!, this.#alphabet));
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

  /** Whether nothing that is quickly seen keeps a match of a finder from starting here, or from counting. */
  #mayStart(finder: number, start: number): boolean {
    if (this.#gate?.mayRaise(this.#text, finder, start) === false) return false;
    const {filter} = this.#plan;
    if (filter?.isIn[finder] !== 1) return true;
    if (this.#filtered !== start) {
      filter.dfa.run(this.#text, start);
      this.#filtered = start;
    }
    return filter.dfa.has(finder);
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

/** Whether an offset is within a pair. */
function isLowHalf(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}
