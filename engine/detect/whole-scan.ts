/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {EVENT, STATE} from './anchors/literal-automaton.ts';
import type {ScanPlan} from './anchors/plan.ts';
import {endOfRun, nextRun} from './anchors/run-search.ts';
import type {StartDfa} from './anchors/start-dfa.ts';
import type {FinderSet, Finding} from './finder.ts';
import type {Alphabet} from './regex/alphabet.ts';
import type {ExactPattern} from './regex/tracker.ts';
import {RestScan} from './rest-scan.ts';
import type {Scanner} from './scanner.ts';
import {Settler} from './settler.ts';
import type {TrackerPool} from './tracker-pool.ts';

/** Units that are laid out at once for reading unit by unit: slices and concatenations are slow to read in place. */
const BLOCK = 4096;
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

interface WholeParts {
  alphabet: Alphabet;
  patterns: readonly ExactPattern[];
  pool: TrackerPool;
  plan: ScanPlan;
}

/**
 * Finds everything in whole texts.
 *
 * One automaton looks for what matches cannot do without: literals, and digits. Only around those, and in unusually long
 * runs of letters, matches are tried, exactly. The few finders that have nothing of the kind are looked for apart.
 */
export class WholeScan {
  readonly #alphabet: Alphabet;
  readonly #plan: ScanPlan;
  readonly #settler: Settler;
  readonly #rest: RestScan;
  readonly #units = new Uint16Array(BLOCK);
  readonly #bytes = Buffer.from(this.#units.buffer);
  /** Every start before has been tried of the finders that begin near a digit. */
  #digitsTried = 0;
  #text = '';

  constructor({alphabet, patterns, pool, plan}: WholeParts) {
    this.#alphabet = alphabet;
    this.#plan = plan;
    this.#settler = new Settler(alphabet, patterns, pool, plan);
    this.#rest = new RestScan(
      this.#settler,
      Int32Array.from(patterns, ({limit}) => limit),
    );
  }

  /** All findings, by start and finder. */
  find(scanner: Scanner, text: string, active: FinderSet): Finding[] {
    this.#settler.begin(text);
    this.#text = text;
    this.#digitsTried = 0;
    if (scanner.hasAnchors) {
      let state = 0;
      for (let from = 0; from < text.length; from += BLOCK) {
        const count = Math.min(BLOCK, text.length - from);
        this.#load(from, count);
        state = this.#scanBlock(state, from, count, active, scanner.hasDigits);
      }
    }
    for (const run of scanner.runs) this.#scanRuns(run, active);
    if (scanner.rest.length > 0) this.#rest.scan(scanner.rest, text);
    this.#text = '';
    return this.#settler.finish();
  }

  #load(from: number, count: number): void {
    const text = this.#text;
    if (IS_LITTLE_ENDIAN) this.#bytes.write(count === text.length ? text : text.slice(from, from + count), 'utf16le');
    else for (let at = 0; at < count; at++) this.#units[at] = text.charCodeAt(from + at);
  }

  #scanBlock(from: number, base: number, count: number, active: FinderSet, hasDigits: boolean): number {
    const {table, shift, unitClass, outputs} = this.#plan.literals!;
    const units = this.#units;
    let state = from;
    for (let at = 0; at < count; at++) {
      const entry = table[(state << shift) | unitClass[units[at]!]!]!;
      if (entry < EVENT) {
        state = entry;
        continue;
      }
      state = entry & STATE;
      const ids = outputs[state];
      if (ids !== undefined) this.#tryLiterals(ids, base + at + 1, active);
      if (hasDigits && (units[at]! - 0x30) >>> 0 < 10) this.#tryDigits(base + at, active);
    }
    return state;
  }

  /** Literals end at an offset. */
  #tryLiterals(ids: Int32Array, end: number, active: FinderSet): void {
    const {windows, armed, within} = this.#plan;
    for (const id of ids) {
      if (id >= windows.length) {
        for (const finder of armed[id - windows.length]!) {
          if (active[finder] !== 1) continue;
          this.#settler.settle(finder, end, Math.min(end + within[finder]! + 1, this.#text.length));
        }
      } else if (active[id] === 1) {
        const {least, most} = windows[id]!;
        const to = end - least + 1;
        if (to <= 0) continue;
        this.#settler.settle(id, least === most ? to - 1 : this.#firstStart(id, end), to);
      }
    }
  }

  /** The first start not settled from which on only characters stand that may be before and in the finder's literal. */
  #firstStart(finder: number, end: number): number {
    const {most, within} = this.#plan.windows[finder]!;
    const {unitClass} = this.#alphabet;
    const text = this.#text;
    const first = Math.max(end - most, this.#settler.settled(finder), 0);
    let start = end;
    while (start > first && within[unitClass[text.charCodeAt(start - 1)]!] === 1) start--;
    return start;
  }

  /** A run of digits begins at an offset. */
  #tryDigits(at: number, active: FinderSet): void {
    const {dfa, reach} = this.#plan.digits!;
    const text = this.#text;
    let end = at + 1;
    while (end < text.length && (text.charCodeAt(end) - 0x30) >>> 0 < 10) end++;
    this.#tryStarts(dfa, Math.max(this.#digitsTried, at - reach), end, active);
    this.#digitsTried = end;
  }

  #scanRuns({kind, dfa}: ScanPlan['runs'][number], active: FinderSet): void {
    const text = this.#text;
    for (let from = nextRun(text, kind, 0); from < text.length; ) {
      const end = endOfRun(text, kind, from);
      this.#tryStarts(dfa, from, end, active);
      from = nextRun(text, kind, end);
    }
  }

  #tryStarts(dfa: StartDfa, from: number, to: number, active: FinderSet): void {
    const text = this.#text;
    const {gate} = this.#plan;
    for (let start = dfa.nextStart(text, from, to); start < to; start = dfa.nextStart(text, start + 1, to)) {
      const count = dfa.run(text, start);
      for (let index = 0; index < count; index++) {
        const finder = dfa.found[index]!;
        if (active[finder] !== 1 || gate?.mayRaise(text, finder, start) === false) continue;
        this.#settler.settle(finder, start, start + 1);
      }
    }
  }
}
