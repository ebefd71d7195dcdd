/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {type Alphabet, EDGE_FLAG} from './alphabet.ts';
import {ASSERT, CHAR, holds, MATCH, type Program, SPLIT} from './program.ts';
import type {UnitBlock} from './unit-block.ts';

/** Numbers in the transition table: 8 MB. When they are used up the table is emptied, never enlarged. */
const MAX_TABLE = 2_000_000;
const UNKNOWN = -1;

/** What a text's past leaves open: the instructions that wait for the next character. */
export interface DfaState {
  kernel: Int32Array;
  /** Flags of the character before. */
  flags: number;
  /** Row in the table of its epoch. */
  row: number;
  epoch: number;
  /** Finders with an open attempt; made when first asked for. */
  finders: readonly number[] | undefined;
  /** Finders that may match if the text ends here; made when first asked for. */
  ending: readonly number[] | undefined;
}

/** A place in a text that the automaton has come to. */
export interface DfaCursor {
  state: DfaState;
  position: number;
  /** The last offset passed at which no attempt was open; ACCEPTED does not pass the one it stops at. */
  quiet: number;
  /** Flags of the character before `quiet`. */
  quietFlags: number;
  /** After ACCEPTED: the finders that may have matched before the last character. */
  accepted: readonly number[];
}

export const REACHED_END = 0;
export const ACCEPTED = 1;
export const QUIET = 2;

interface AcceptEvent {
  row: number;
  finders: readonly number[];
}

/**
 * A deterministic automaton over all patterns at once, built as texts need it, within bounded memory.
 *
 * It says where patterns may have matched and where no attempt is open; it never misses a match.
 */
export class LazyDfa {
  readonly #program: Program;
  readonly #starts: readonly number[];
  readonly #alphabet: Alphabet;
  readonly #marks: Int32Array;
  #mark = 0;
  #epoch = 0;
  #table = new Int32Array(0);
  #states: DfaState[] = [];
  #byKey = new Map<string, DfaState>();
  #events: AcceptEvent[] = [];
  #quietRows = 0;
  /** Every combination of flags that a character has, or the start of the text. */
  readonly #flags: readonly number[];
  /** What the patterns' first characters lead to, by flags and class. */
  readonly #seeds: (Int32Array | undefined)[] = [];
  readonly start: DfaState;

  constructor(program: Program, starts: readonly number[], alphabet: Alphabet) {
    this.#program = program;
    this.#starts = starts;
    this.#alphabet = alphabet;
    this.#marks = new Int32Array(program.size);
    this.#flags = [...new Set(alphabet.flags)];
    this.start = {kernel: new Int32Array(0), flags: EDGE_FLAG, row: 0, epoch: -1, finders: [], ending: undefined};
    this.#clear();
  }

  isQuiet(state: DfaState): boolean {
    return state.kernel.length === 0;
  }

  /** Finders with an attempt that is open in a state. */
  openFinders(state: DfaState): readonly number[] {
    state.finders ??= [...new Set(Array.from(state.kernel, (pc) => this.#program.owner[pc]!))];
    return state.finders;
  }

  /**
   * Runs from the cursor to an offset that splits no surrogate pair.
   *
   * @param block holds the text from the cursor to `to`.
   * @returns REACHED_END; ACCEPTED after a character behind a possible match; QUIET, if `stopAtQuiet` is 1, after a
   *   character that left nothing open.
   */
  run(cursor: DfaCursor, block: UnitBlock, to: number, stopAtQuiet: 0 | 1): number {
    const {units, base} = block;
    const {unitClass, surrogate, size} = this.#alphabet;
    const state = cursor.state.epoch === this.#epoch ? cursor.state : this.#enter(cursor.state);
    const lastQuiet = this.#quietRows;
    const end = to - base;
    let table = this.#table;
    let row = state.row;
    let i = cursor.position - base;
    let quiet = -1;
    let quietRow = 0;
    let outcome = REACHED_END;
    while (i < end) {
      let characterClass = unitClass[units[i]!]!;
      let next = table[row + characterClass]!;
      let width = 1;
      if (next < 0) {
        if (characterClass === surrogate) {
          const code = codePointAt(units, i, end);
          characterClass = this.#alphabet.classOf(code);
          if (code > 0xffff) width = 2;
          next = table[row + characterClass]!;
        }
        if (next === UNKNOWN) {
          next = this.#build(this.#states[row / size]!, characterClass);
          table = this.#table;
        }
        if (next < 0) {
          const event = this.#events[-2 - next]!;
          next = event.row;
          cursor.accepted = event.finders;
          outcome = ACCEPTED;
        }
      }
      row = next;
      i += width;
      if (outcome === ACCEPTED) break;
      if (next < lastQuiet) {
        quiet = i;
        quietRow = next;
        if (stopAtQuiet === 1) {
          outcome = QUIET;
          break;
        }
      }
    }
    cursor.state = this.#states[row / size]!;
    cursor.position = i + base;
    if (quiet !== -1) {
      cursor.quiet = quiet + base;
      cursor.quietFlags = this.#flags[quietRow / size]!;
    }
    return outcome;
  }

  /** Finders that may match right at the end of the text. */
  atEnd(state: DfaState): readonly number[] {
    state.ending ??= this.#step(state, this.#alphabet.end).finders;
    return state.ending;
  }

  /** Empties the table. Quiet states come first, so that a row's number tells them. */
  #clear(): void {
    const {size} = this.#alphabet;
    this.#epoch++;
    this.#states = [];
    this.#events = [];
    this.#byKey = new Map();
    if (this.#table.length === 0) this.#table = new Int32Array(64 * size);
    this.#table.fill(UNKNOWN);
    this.#quietRows = this.#flags.length * size;
    for (const flags of this.#flags) this.#add(new Int32Array(0), flags);
  }

  #enter(state: DfaState): DfaState {
    return this.#byKey.get(keyOf(state.kernel, state.flags)) ?? this.#add(state.kernel, state.flags);
  }

  #add(kernel: Int32Array, flags: number): DfaState {
    const {size} = this.#alphabet;
    const row = this.#states.length * size;
    if (row + size > this.#table.length) {
      const grown = new Int32Array(this.#table.length * 2);
      grown.set(this.#table);
      grown.fill(UNKNOWN, this.#table.length);
      this.#table = grown;
    }
    const state = {kernel, flags, row, epoch: this.#epoch, finders: undefined, ending: undefined};
    this.#states.push(state);
    this.#byKey.set(keyOf(kernel, flags), state);
    return state;
  }

  /** Fills in one transition and returns its entry. */
  #build(from: DfaState, characterClass: number): number {
    const {kernel, finders} = this.#step(from, characterClass);
    const flags = this.#alphabet.flags[characterClass]!;
    let state = this.#byKey.get(keyOf(kernel, flags));
    let origin = from;
    if (state === undefined) {
      if ((this.#states.length + 2) * this.#alphabet.size > MAX_TABLE) {
        this.#clear();
        origin = this.#enter(from);
      }
      state = this.#byKey.get(keyOf(kernel, flags)) ?? this.#add(kernel, flags);
    }
    const entry = finders.length === 0 ? state.row : -1 - this.#events.push({row: state.row, finders});
    this.#table[origin.row + characterClass] = entry;
    return entry;
  }

  #step(from: DfaState, characterClass: number): {kernel: Int32Array; finders: readonly number[]} {
    const after = this.#alphabet.flags[characterClass]!;
    const kernel: number[] = [];
    const finders: number[] = [];
    this.#mark++;
    for (const pc of from.kernel) this.#follow(pc, from.flags, after, characterClass, kernel, finders);
    for (const pc of this.#seed(from.flags, after, characterClass)) kernel.push(pc);
    return {kernel: Int32Array.from(new Set(kernel)).sort(), finders: [...new Set(finders)]};
  }

  #seed(before: number, after: number, characterClass: number): Int32Array {
    if (characterClass === this.#alphabet.end) return new Int32Array(0);
    const at = this.#flags.indexOf(before) * this.#alphabet.size + characterClass;
    const known = this.#seeds[at];
    if (known !== undefined) return known;
    const kernel: number[] = [];
    const mark = this.#mark;
    this.#mark = -1 - at;
    for (const pc of this.#starts) this.#follow(pc, before, after, characterClass, kernel, []);
    this.#mark = mark;
    const seed = Int32Array.from(new Set(kernel));
    this.#seeds[at] = seed;
    return seed;
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
        if (holds(argument[pc]!, before, after)) stack.push(next[pc]!);
      } else if (next[pc]! >= 0) {
        stack.push(next[pc]!);
      }
    }
  }
}

/** The code point whose first unit stands at `index`; a lone surrogate is one of its own. */
function codePointAt(units: Uint16Array, index: number, end: number): number {
  const high = units[index]!;
  if (high >= 0xdc00 || index + 1 >= end) return high;
  const low = units[index + 1]!;
  return low >= 0xdc00 && low <= 0xdfff ? (high - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000 : high;
}

/** Two units for each instruction, so that no two kernels share a key. */
function keyOf(kernel: Int32Array, flags: number): string {
  let key = String.fromCharCode(flags & 0x7fff, flags >> 15);
  for (const pc of kernel) key += String.fromCharCode(pc & 0x7fff, pc >> 15);
  return key;
}
