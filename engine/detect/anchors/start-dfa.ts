/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import type {Alphabet} from '../regex/alphabet.ts';
import {LocalClasses} from '../regex/local-classes.ts';
import {ASSERT, CHAR, holds, MATCH, type Program, SPLIT} from '../regex/program.ts';

/** Units after which an attempt that is still open is taken for a match. */
const MAX_STEPS = 40;
const MAX_STATES = 4096;
/** An entry is the next state, and the number of the list of finders that match before the character. */
const UNKNOWN = -1;
const DEAD = 0;
const ACCEPT_SHIFT = 13;
const STATE = (1 << ACCEPT_SHIFT) - 1;

interface StartState {
  kernel: Int32Array;
  /** Flags of the character before. */
  flags: number;
}

/**
 * Says which of many patterns may match from one given start on: a deterministic automaton, built as texts need it. It
 * follows one attempt of each pattern, not all that are open in a text, so it has few states.
 */
export class StartDfa {
  /** Finders that may match from the start of the last run on; the first `count` count. */
  readonly found: Int32Array;
  count = 0;
  /** By finder: the run that found it last. */
  readonly #foundIn: Int32Array;
  #run = 0;
  readonly #program: Program;
  readonly #starts: Int32Array;
  readonly #alphabet: Alphabet;
  readonly #local: LocalClasses;
  /** Local class of each UTF-16 unit. */
  readonly #unitClass: Uint16Array;
  readonly #surrogate: number;
  readonly #marks: Int32Array;
  #mark = 0;
  readonly #shift: number;
  #table = new Int32Array(0);
  #states: StartState[] = [];
  #byKey = new Map<string, number>();
  #accepts: Int32Array[] = [];
  /** State that an attempt begins in, by the local class of the character before; the last is for the text's start. */
  readonly #startOf: Int32Array;

  constructor(program: Program, starts: readonly number[], alphabet: Alphabet) {
    this.#program = program;
    this.#starts = Int32Array.from(starts);
    this.#alphabet = alphabet;
    this.#local = new LocalClasses(program, alphabet);
    this.#unitClass = this.#local.unitClasses(alphabet);
    this.#surrogate = this.#local.classes[alphabet.surrogate]!;
    this.#marks = new Int32Array(program.size);
    this.#shift = Math.ceil(Math.log2(this.#local.size));
    this.found = new Int32Array(starts.length);
    this.#foundIn = new Int32Array(program.owner.reduce((most, finder) => Math.max(most, finder), 0) + 1);
    this.#startOf = new Int32Array(this.#local.size);
    this.#clear();
  }

  /** The next start in `[from, to)` at which not every attempt ends at once; `to` if there is none. */
  nextStart(text: string, from: number, to: number): number {
    const unitClass = this.#unitClass;
    const surrogate = this.#surrogate;
    const startOf = this.#startOf;
    const table = this.#table;
    const shift = this.#shift;
    let before = from > 0 ? unitClass[text.charCodeAt(from - 1)]! : surrogate;
    for (let start = from; start < to; start++) {
      const local = unitClass[text.charCodeAt(start)]!;
      const state = startOf[before]!;
      if (state === 0 || before === surrogate || local === surrogate) return start;
      if (table[(state << shift) | local] !== DEAD) return start;
      before = local;
    }
    return to;
  }

  /**
   * Follows the attempts that begin at an offset, which splits no pair.
   *
   * @returns how many finders may match; they are in `found`.
   */
  run(text: string, start: number): number {
    const unitClass = this.#unitClass;
    let local = unitClass[text.charCodeAt(start)]!;
    const shift = this.#shift;
    let state = this.#startState(text, start);
    let entry = local === this.#surrogate ? UNKNOWN : this.#table[(state << shift) | local]!;
    this.count = 0;
    this.#run = (this.#run + 1) | 0;
    if (entry === DEAD) return 0;
    const stop = Math.min(text.length, start + MAX_STEPS);
    for (let at = start; ; ) {
      if (entry === UNKNOWN) {
        if (local === this.#surrogate && at < stop) {
          const code = text.codePointAt(at)!;
          local = this.#local.classes[this.#alphabet.classOf(code)]!;
          if (code > 0xffff) at++;
        }
        entry = this.#table[(state << shift) | local]!;
        if (entry === UNKNOWN) entry = this.#build(state, local);
      }
      if (entry > STATE) this.#take(this.#accepts[entry >> ACCEPT_SHIFT]!);
      state = entry & STATE;
      if (state === DEAD) return this.count;
      at++;
      if (at < stop) local = unitClass[text.charCodeAt(at)]!;
      else if (at >= text.length) local = this.#local.classes[this.#alphabet.end]!;
      else {
        this.#takeOpen(state);
        return this.count;
      }
      entry = local === this.#surrogate ? UNKNOWN : this.#table[(state << shift) | local]!;
    }
  }

  /** Whether the last run has found a finder. */
  has(finder: number): boolean {
    return this.#foundIn[finder] === this.#run;
  }

  #startState(text: string, start: number): number {
    if (start === 0) return this.#stateBehind(this.#local.classes[this.#alphabet.end]!);
    const before = this.#unitClass[text.charCodeAt(start - 1)]!;
    if (before !== this.#surrogate) return this.#startOf[before]! || this.#stateBehind(before);
    return this.#newStart(this.#local.narrow(this.#alphabet.flagsBefore(text, start)));
  }

  #stateBehind(local: number): number {
    const known = this.#startOf[local]!;
    if (known !== 0) return known;
    const state = this.#newStart(this.#local.flags[this.#local.representatives[local]!]!);
    this.#startOf[local] = state;
    return state;
  }

  #newStart(flags: number): number {
    return this.#add(this.#starts, flags, `s${flags}`);
  }

  #take(finders: Int32Array): void {
    for (const finder of finders) this.#takeOne(finder);
  }

  #takeOpen(state: number): void {
    for (const pc of this.#states[state]!.kernel) this.#takeOne(this.#program.owner[pc]!);
  }

  #takeOne(finder: number): void {
    if (this.#foundIn[finder] === this.#run) return;
    this.#foundIn[finder] = this.#run;
    this.found[this.count++] = finder;
  }

  #clear(): void {
    this.#states = [];
    this.#byKey = new Map();
    this.#accepts = [new Int32Array(0)];
    this.#startOf.fill(0);
    this.#table = new Int32Array(64 << this.#shift).fill(UNKNOWN);
    this.#add(new Int32Array(0), 0, 'dead');
    this.#table.fill(DEAD, 0, 1 << this.#shift);
  }

  #add(kernel: Int32Array, flags: number, key: string): number {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const state = this.#states.length;
    if ((state + 1) << this.#shift > this.#table.length) {
      const grown = new Int32Array(this.#table.length * 2).fill(UNKNOWN, this.#table.length);
      grown.set(this.#table);
      this.#table = grown;
    }
    this.#states.push({kernel, flags});
    this.#byKey.set(key, state);
    return state;
  }

  /** Fills in one transition. When the table is full it is emptied; the states of now are not in it any more. */
  #build(from: number, local: number): number {
    if (this.#states.length >= MAX_STATES || this.#accepts.length >= MAX_STATES) {
      const {kernel, flags} = this.#states[from]!;
      this.#clear();
      from = this.#add(kernel, flags, kernel === this.#starts ? `s${flags}` : keyOf(kernel, flags));
    }
    const state = this.#states[from]!;
    const characterClass = this.#local.representatives[local]!;
    const after = this.#local.flags[characterClass]!;
    const kernel: number[] = [];
    const finders: number[] = [];
    this.#mark++;
    for (const pc of state.kernel) this.#follow(pc, state.flags, after, characterClass, kernel, finders);
    const sorted = Int32Array.from(new Set(kernel)).sort();
    const next = sorted.length === 0 ? DEAD : this.#add(sorted, after, keyOf(sorted, after));
    const accept = finders.length === 0 ? 0 : this.#accepts.push(Int32Array.from(new Set(finders))) - 1;
    const entry = next | (accept << ACCEPT_SHIFT);
    this.#table[(from << this.#shift) | local] = entry;
    return entry;
  }

  #follow(
    from: number,
    before: number,
    after: number,
    characterClass: number,
    kernel: number[],
    finders: number[],
  ): void {
    const {op, argument, next, other} = this.#program;
    const stack = [from];
    for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
      if (this.#marks[pc] === this.#mark) continue;
      this.#marks[pc] = this.#mark;
      const kind = op[pc]!;
      if (kind === CHAR) {
        if (this.#alphabet.has(argument[pc]!, characterClass)) kernel.push(next[pc]!);
      } else if (kind === MATCH) {
        finders.push(argument[pc]!);
      } else if (kind === SPLIT) {
        stack.push(next[pc]!, other[pc]!);
      } else if (kind === ASSERT) {
        if (holds(argument[pc]!, before, after, this.#alphabet)) stack.push(next[pc]!);
      } else if (next[pc]! >= 0) {
        stack.push(next[pc]!);
      }
    }
  }
}

/** Two units for each instruction, so that no two kernels share a key. */
function keyOf(kernel: Int32Array, flags: number): string {
  let key = `${flags},`;
  for (const pc of kernel) key += String.fromCharCode(pc & 0x7fff, pc >> 15);
  return key;
}
