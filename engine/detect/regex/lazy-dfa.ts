/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import type {Alphabet} from './alphabet.ts';
import {LocalClasses} from './local-classes.ts';
import {ASSERT, CHAR, holds, MATCH, type Program, SPLIT} from './program.ts';
import type {UnitBlock} from './unit-block.ts';

/** Entries in the transition table: 16 MB at most. When they are used up the table is emptied, never enlarged. */
const MAX_TABLE = 1 << 23;
/** An entry in the table is the number of a state, or EVENT and the number of an event, or UNKNOWN. */
const EVENT = 0x8000;
const UNKNOWN = 0xffff;
/** States, and events, that fit into an entry. */
const MAX_NUMBERED = 0x7ff0;

/** What a text's past leaves open: the instructions that wait for the next character. */
export interface DfaState {
  kernel: Int32Array;
  /** Flags of the character before. */
  flags: number;
  /** Its number in the table of its epoch. */
  number: number;
  epoch: number;
  /** Finders with an open attempt; made when first asked for. */
  finders: readonly number[] | undefined;
  /** The same, a bit each. */
  bits: Uint32Array | undefined;
  /** QUIET, OPEN, HELD, or -1 until it is asked for. */
  kind: number;
  /** Finders that may match if the text ends here; made when first asked for. */
  ending: readonly number[] | undefined;
}

/** A place in a text that the automaton has come to. */
export interface DfaCursor {
  state: DfaState;
  position: number;
  /** After ACCEPTED: the finders that may have matched before the last character, and where that starts. */
  accepted: readonly number[];
  acceptedAt: number;
}

/** The states that the automaton went through in a block of text. */
export interface Trail {
  /** State after each unit of the block. */
  readonly states: Uint16Array;
  /** Index in the block from which on `states` are those of the current table. */
  from: number;
}

/** No attempt of a finder is open. */
export const QUIET = 0;
/** Attempts are open, but what they mask has not begun. */
const OPEN = 1;
/** What has been read may become part of a finding. */
export const HELD = 2;

const REACHED_END = 0;
export const ACCEPTED = 1;

/** Patterns in one program, with the classes of characters that it tells apart. */
export interface Patterns {
  program: Program;
  alphabet: Alphabet;
  local: LocalClasses;
  /** Local class of each UTF-16 unit. */
  unitClass: Uint16Array;
}

export function patternsOf(program: Program, alphabet: Alphabet): Patterns {
  const local = new LocalClasses(program, alphabet);
  return {program, alphabet, local, unitClass: local.unitClasses(alphabet)};
}

interface AcceptEvent {
  state: number;
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
  readonly #local: LocalClasses;
  readonly #unitClass: Uint16Array;
  readonly #marks: Int32Array;
  #mark = 0;
  #epoch = 0;
  /** A row of 2 ** shift entries for each state. */
  readonly #shift: number;
  readonly #maxStates: number;
  #table = new Uint16Array(0);
  #states: DfaState[] = [];
  #byKey = new Map<string, DfaState>();
  #events: AcceptEvent[] = [];
  /** Every combination of flags that a character has, or the start of the text. */
  readonly #flags: readonly number[];
  /** What the patterns' first characters lead to, by flags and class. */
  readonly #seeds: (Int32Array | undefined)[] = [];
  /** @param starts where the patterns start that it looks for. */
  constructor({program, alphabet, local, unitClass}: Patterns, starts: readonly number[]) {
    this.#program = program;
    this.#starts = starts;
    this.#alphabet = alphabet;
    this.#local = local;
    this.#unitClass = unitClass;
    this.#marks = new Int32Array(program.size);
    this.#flags = [...new Set(local.flags)];
    this.#shift = Math.ceil(Math.log2(local.size));
    this.#maxStates = Math.min(MAX_NUMBERED, MAX_TABLE >> this.#shift);
    this.#clear();
  }

  /** Numbers of states are those of a table, until it is emptied: another epoch begins. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Nothing is open, behind a character with these flags. */
  quietState(flags: number): DfaState {
    return this.#states[this.#flags.indexOf(this.#local.narrow(flags))]!;
  }

  isQuiet(state: DfaState): boolean {
    return state.kernel.length === 0;
  }

  /** Finders with an attempt that is open in a state. */
  openFinders(state: DfaState): readonly number[] {
    state.finders ??= [...new Set(Array.from(state.kernel, (pc) => this.#program.owner[pc]!))];
    return state.finders;
  }

  isOpen(state: DfaState, finder: number): boolean {
    if (state.bits === undefined) {
      const open = this.openFinders(state);
      state.bits = new Uint32Array((Math.max(0, ...open) >> 5) + 1);
      for (const one of open) state.bits[one >> 5]! |= 1 << (one & 31);
    }
    const word = finder >> 5;
    return word < state.bits.length && ((state.bits[word]! >>> (finder & 31)) & 1) === 1;
  }

  /** Whether an attempt of a finder is open after the unit at an index of the block, no less than the trail's `from`. */
  isOpenAfter(trail: Trail, index: number, finder: number): boolean {
    return this.isOpen(this.#states[trail.states[index]!]!, finder);
  }

  /** What the attempts that are open after the unit at an index of the block mean: QUIET, OPEN or HELD. */
  kindAfter(trail: Trail, index: number): number {
    const state = this.#states[trail.states[index]!]!;
    if (state.kind === -1) state.kind = this.#kindOf(state);
    return state.kind;
  }

  /**
   * Runs from the cursor to an offset that splits no surrogate pair, and writes down its way.
   *
   * @param block holds the text from the cursor to `to`.
   * @returns REACHED_END, or ACCEPTED after a character behind a possible match.
   */
  walk(cursor: DfaCursor, block: UnitBlock, to: number, trail: Trail): number {
    const {units, base} = block;
    const unitClass = this.#unitClass;
    const {states} = trail;
    const shift = this.#shift;
    const end = to - base;
    const table = this.#table;
    let state = this.#current(cursor.state).number;
    let i = cursor.position - base;
    while (i < end) {
      const next = table[(state << shift) | unitClass[units[i]!]!]!;
      if (next >= EVENT) {
        cursor.position = i + base;
        cursor.state = this.#states[state]!;
        const outcome = this.#turn(cursor, block, end, trail);
        if (outcome === ACCEPTED) return ACCEPTED;
        if (this.#table !== table) return this.walk(cursor, block, to, trail);
        state = cursor.state.number;
        i = cursor.position - base;
      } else {
        states[i++] = state = next;
      }
    }
    cursor.position = to;
    cursor.state = this.#states[state]!;
    return REACHED_END;
  }

  /** Finders that may match right at the end of the text. */
  atEnd(state: DfaState): readonly number[] {
    state.ending ??= this.#step(state, this.#alphabet.end).finders;
    return state.ending;
  }

  #kindOf({kernel}: DfaState): number {
    const {owner, holds: isHolding} = this.#program;
    let kind = QUIET;
    for (const pc of kernel) {
      if (isHolding[pc] === 1) return HELD;
      if (owner[pc]! < this.#program.finders) kind = OPEN;
    }
    return kind;
  }

  /** Takes one character that the table does not simply answer, and moves the cursor. */
  #turn(cursor: DfaCursor, block: UnitBlock, end: number, trail: Trail | undefined): number {
    const {units, base} = block;
    const from = cursor.state;
    const index = cursor.position - base;
    let unitClass = this.#unitClass[units[index]!]!;
    let width = 1;
    if (isSurrogate(units[index]!)) {
      const code = codePointAt(units, index, end);
      unitClass = this.#local.classes[this.#alphabet.classOf(code)]!;
      if (code > 0xffff) width = 2;
    }
    let entry = this.#table[(from.number << this.#shift) | unitClass]!;
    const epoch = this.#epoch;
    if (entry === UNKNOWN) entry = this.#build(from, unitClass);
    let outcome = REACHED_END;
    if (entry >= EVENT) {
      const event = this.#events[entry - EVENT]!;
      entry = event.state;
      cursor.accepted = event.finders;
      cursor.acceptedAt = cursor.position;
      outcome = ACCEPTED;
    }
    if (trail !== undefined) {
      if (this.#epoch !== epoch) trail.from = index;
      trail.states.fill(entry, index, index + width);
    }
    cursor.state = this.#states[entry]!;
    cursor.position += width;
    return outcome;
  }

  /** Empties the table. Quiet states come first, so that their number tells them. */
  #clear(): void {
    this.#epoch++;
    this.#states = [];
    this.#events = [];
    this.#byKey = new Map();
    // A new array: who runs along the table sees that it is another one.
    this.#table = new Uint16Array(Math.max(this.#table.length, 64 << this.#shift)).fill(UNKNOWN);
    for (const flags of this.#flags) this.#add(new Int32Array(0), flags);
  }

  /** The state in the table of now. */
  #current(state: DfaState): DfaState {
    if (state.epoch === this.#epoch) return state;
    const known = this.#byKey.get(keyOf(state.kernel, state.flags));
    if (known !== undefined) return known;
    if (this.#isFull) this.#clear();
    return this.#byKey.get(keyOf(state.kernel, state.flags)) ?? this.#add(state.kernel, state.flags);
  }

  get #isFull(): boolean {
    return this.#states.length + 2 > this.#maxStates || this.#events.length + 2 > MAX_NUMBERED;
  }

  #add(kernel: Int32Array, flags: number): DfaState {
    const number = this.#states.length;
    if ((number + 1) << this.#shift > this.#table.length) {
      const grown = new Uint16Array(this.#table.length * 2).fill(UNKNOWN, this.#table.length);
      grown.set(this.#table);
      this.#table = grown;
    }
    const state = newState(kernel, flags, number, this.#epoch);
    this.#states.push(state);
    this.#byKey.set(keyOf(kernel, flags), state);
    return state;
  }

  /** Fills in one transition and returns its entry. */
  #build(from: DfaState, localClass: number): number {
    const characterClass = this.#local.representatives[localClass]!;
    const {kernel, finders} = this.#step(from, characterClass);
    const flags = this.#local.flags[characterClass]!;
    if (this.#isFull) this.#clear();
    const origin = this.#current(from);
    const state = this.#byKey.get(keyOf(kernel, flags)) ?? this.#add(kernel, flags);
    const entry = finders.length === 0 ? state.number : EVENT - 1 + this.#events.push({state: state.number, finders});
    this.#table[(origin.number << this.#shift) | localClass] = entry;
    return entry;
  }

  #step(from: DfaState, characterClass: number): {kernel: Int32Array; finders: readonly number[]} {
    const after = this.#local.flags[characterClass]!;
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
        if (holds(argument[pc]!, before, after, this.#alphabet)) stack.push(next[pc]!);
      } else if (next[pc]! >= 0) {
        stack.push(next[pc]!);
      }
    }
  }
}

function isSurrogate(unit: number): boolean {
  return (unit & 0xf800) === 0xd800;
}

function newState(kernel: Int32Array, flags: number, number: number, epoch: number): DfaState {
  return {kernel, flags, number, epoch, finders: undefined, bits: undefined, kind: -1, ending: undefined};
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
