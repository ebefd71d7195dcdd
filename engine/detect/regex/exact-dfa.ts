/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import type {Alphabet} from './alphabet.ts';
import {LocalClasses} from './local-classes.ts';
import {ASSERT, CHAR, holds, MASK_END, MASK_START, MATCH, SPLIT} from './program.ts';
import type {ExactPattern} from './tracker.ts';

/** No match starts here. */
export const NO_MATCH = -1;
/** What starts here stays undecided too long, or takes too many states: it has to be followed otherwise. */
export const UNDECIDED = -2;

/** Entries in a pattern's table; when they are used up the table is emptied. */
const MAX_ENTRIES = 1 << 16;
/** A table that is emptied again after fewer units than this for each state does not pay. */
const MIN_USE = 8;
/** Units that a run reads before it is remembered: most end sooner. */
const SHORT = 16;
/** Units of a run that are remembered for the next ones. */
const MAX_REMEMBERED = 1 << 14;
const UNKNOWN = -1;
const DEAD = 0;
/** In a trace, the second unit of a character. */
const SKIPPED = -1;

/** How a thread came over a character: what of the mask group it passed just before it. */
const STARTED = 1;
const ENDED = 2;

interface ExactState {
  /** Instructions, most preferred first. */
  kernel: readonly number[];
  flags: number;
  /** An attempt begins here: a match of nothing does not count. */
  isStart: boolean;
}

/**
 * Says exactly what one pattern matches from a given place on, preferring as Perl does, and which part of it is the
 * `mask` group: a deterministic automaton over ordered lists of instructions, built as texts need it.
 *
 * Where the group lies is read off backwards: each step remembers from where each of its threads came.
 *
 * Runs over one text are made from left to right. A run that comes to where the last long one was, in the same state,
 * goes on exactly as that one did: it is not read again. So all the attempts in a text take about as long as one.
 */
export class ExactDfa {
  readonly #pattern: ExactPattern;
  readonly #alphabet: Alphabet;
  readonly #local: LocalClasses;
  readonly #hasMask: boolean;
  readonly #marks: Int32Array;
  #mark = 0;
  #table = new Int32Array(0);
  #states: ExactState[] = [];
  #byKey = new Map<string, number>();
  /** Rows of the states that attempts begin in, by flags. */
  readonly #startRows = new Map<number, number>();
  /** By entry: for each thread behind the step, its source << 2 with what it passed of the group. */
  #origins: (Int32Array | undefined)[] = [];
  /** By entry: the same for the match that ends at the step. */
  #matchOrigins: number[] = [];
  /** Entries of the run's first steps, and of those from `#base` on, by position. */
  readonly #head = new Int32Array(SHORT + 1);
  #trace = new Int32Array(64);
  /** The last long run: the rows it was in at positions from `#since` up to `#until`, and where it matched last. */
  #rows = new Int32Array(64);
  /** Position of the first entry in `#rows` and `#trace`. */
  #base = 0;
  #since = 0;
  #until = 0;
  #lastFrom = 0;
  #lastMatch = NO_MATCH;
  #text = '';
  #usedSinceEmptied = 0;
  #isHopeless = false;
  /** Units read by the last run. */
  steps = 0;
  /** The finding of the last run that matched. */
  start = 0;
  end = 0;

  constructor(pattern: ExactPattern, alphabet: Alphabet) {
    this.#pattern = pattern;
    this.#alphabet = alphabet;
    this.#local = new LocalClasses(pattern.program, alphabet);
    this.#hasMask = pattern.program.op.includes(MASK_START);
    this.#marks = new Int32Array(pattern.program.size);
    this.#empty();
  }

  /**
   * Follows the attempt that begins at an offset, to its end.
   *
   * @param before flags of the character before the offset.
   * @returns the end of the match, NO_MATCH or UNDECIDED; `start` and `end` are then the finding's.
   */
  run(text: string, from: number, before: number): number {
    if (this.#isHopeless) return UNDECIDED;
    const {unitClass, surrogate, end: endClass} = this.#alphabet;
    const {classes} = this.#local;
    const {acceptance, limit} = this.#pattern;
    const hasMask = this.#hasMask;
    const known = this.#knownUntil(text, from);
    let row = this.#startRow(this.#local.narrow(before));
    let i = from;
    let decided = from;
    let matchEnd = NO_MATCH;
    /** From where on the run is written down. */
    let longFrom = Infinity;
    let joinedAt = Infinity;
    for (;;) {
      if (i < known && i >= this.#since && this.#rows[i - this.#base] === row) {
        if (this.#lastMatch >= i) matchEnd = this.#lastMatch;
        joinedAt = i;
        break;
      }
      if (i - from >= SHORT && longFrom === Infinity) {
        longFrom = i;
        this.#since = i;
        if (i >= known) this.#base = i;
      }
      let characterClass = i < text.length ? unitClass[text.charCodeAt(i)]! : endClass;
      let width = 1;
      if (characterClass === surrogate) {
        const code = text.codePointAt(i)!;
        characterClass = this.#alphabet.classOf(code);
        if (code > 0xffff) width = 2;
      }
      let at = row + classes[characterClass]!;
      let entry = this.#table[at]!;
      if (entry === UNKNOWN) {
        if (this.#isFull) {
          // A trace holds entries of the table: it cannot be emptied on the way.
          this.#emptyOrGiveUp();
          return UNDECIDED;
        }
        entry = this.#build(row, classes[characterClass]!);
        at = row + classes[characterClass]!;
      }
      if (longFrom !== Infinity) this.#remember(row, at, i, width);
      else if (hasMask) {
        this.#head[i - from] = at;
        if (width === 2) this.#head[i + 1 - from] = SKIPPED;
      }
      if ((entry & 1) === 1) {
        matchEnd = i;
        if (acceptance === undefined) decided = i;
      }
      row = entry >> 1;
      if (row === DEAD) {
        if (longFrom !== Infinity) this.#until = Math.min(i + 1, this.#base + MAX_REMEMBERED);
        break;
      }
      i += width;
      if (i - decided >= limit) {
        this.#until = 0;
        this.steps = i - from;
        return UNDECIDED;
      }
    }
    this.steps = i - from + 1;
    this.#usedSinceEmptied += this.steps;
    if (longFrom !== Infinity) this.#lastMatch = matchEnd;
    this.#lastFrom = from;
    if (matchEnd === NO_MATCH) return NO_MATCH;
    this.start = from;
    this.end = matchEnd;
    if (hasMask) this.#findMask(from, matchEnd, Math.min(longFrom, joinedAt));
    return matchEnd;
  }

  /** Lets go of the text of the last run. */
  forget(): void {
    this.#text = '';
    this.#until = 0;
  }

  /** Up to where the last long run can be gone on with by one that begins at an offset. */
  #knownUntil(text: string, from: number): number {
    const isPast = from < this.#lastFrom || from - this.#base > MAX_REMEMBERED / 2;
    if (this.#until > 0 && (isPast || text !== this.#text)) this.#until = 0;
    // Also where it is equal: the same string object is compared at once.
    this.#text = text;
    return this.#until;
  }

  #remember(row: number, at: number, position: number, width: number): void {
    const index = position - this.#base;
    if (index < MAX_REMEMBERED) {
      while (index + width > this.#rows.length) this.#rows = enlarged(this.#rows);
      this.#rows[index] = row;
      if (width === 2) this.#rows[index + 1] = UNKNOWN;
    }
    if (!this.#hasMask) return;
    while (index + width > this.#trace.length) this.#trace = enlarged(this.#trace);
    this.#trace[index] = at;
    if (width === 2) this.#trace[index + 1] = SKIPPED;
  }

  /** Goes back from the match over the threads that led to it, to where they last passed the group's edges. */
  #findMask(from: number, match: number, longFrom: number): void {
    const entryAt = (position: number): number =>
      position >= longFrom ? this.#trace[position - this.#base]! : this.#head[position - from]!;
    let maskEnd = -1;
    let origin = this.#matchOrigins[entryAt(match)]!;
    for (let position = match; ; ) {
      const passed = origin & (STARTED | ENDED);
      if (maskEnd === -1 && (passed & ENDED) !== 0) maskEnd = position;
      if ((passed & STARTED) !== 0) {
        // An edge that was passed again undoes what was before it.
        if (maskEnd === -1) return;
        this.start = position;
        this.end = maskEnd;
        return;
      }
      if (position === from) return;
      position--;
      if (entryAt(position) === SKIPPED) position--;
      origin = this.#origins[entryAt(position)]![origin >> 2]!;
    }
  }

  get #isFull(): boolean {
    return (this.#states.length + 1) * this.#local.size > MAX_ENTRIES;
  }

  #emptyOrGiveUp(): void {
    if (this.#usedSinceEmptied < MIN_USE * this.#states.length) this.#isHopeless = true;
    this.#empty();
  }

  #empty(): void {
    this.#usedSinceEmptied = 0;
    this.forget();
    this.#table = new Int32Array(0);
    this.#states = [];
    this.#byKey = new Map();
    this.#startRows.clear();
    this.#origins = [];
    this.#matchOrigins = [];
    if (!this.#isHopeless) this.#add({kernel: [], flags: 0, isStart: false});
  }

  #startRow(flags: number): number {
    let row = this.#startRows.get(flags);
    if (row === undefined) {
      row = this.#add({kernel: [this.#pattern.start], flags, isStart: true});
      this.#startRows.set(flags, row);
    }
    return row;
  }

  #add(state: ExactState): number {
    const key = `${state.isStart ? 's' : ''}${state.flags},${state.kernel.join()}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const {size} = this.#local;
    const row = this.#states.length * size;
    if (row + size > this.#table.length) {
      const grown = new Int32Array(Math.max(4 * size, this.#table.length * 2)).fill(UNKNOWN, this.#table.length);
      grown.set(this.#table);
      this.#table = grown;
    }
    this.#states.push(state);
    this.#byKey.set(key, row);
    return row;
  }

  #build(row: number, localClass: number): number {
    const {size, representatives} = this.#local;
    const state = this.#states[row / size]!;
    const characterClass = representatives[localClass]!;
    const after = this.#local.flags[characterClass]!;
    const step: Step = {before: state.flags, after, characterClass, kernel: [], origins: [], matched: -1};
    this.#mark++;
    for (let thread = 0; thread < state.kernel.length && step.matched === -1; thread++) {
      this.#follow(state.kernel[thread]!, thread, state.isStart, step);
    }
    const next = step.kernel.length === 0 ? DEAD : this.#add({kernel: step.kernel, flags: after, isStart: false});
    const at = row + localClass;
    const entry = (next << 1) | (step.matched === -1 ? 0 : 1);
    this.#table[at] = entry;
    if (this.#hasMask) {
      this.#origins[at] = Int32Array.from(step.origins);
      this.#matchOrigins[at] = step.matched;
    }
    return entry;
  }

  /** Follows a thread over everything that takes no character, and over this character. */
  #follow(from: number, thread: number, isStart: boolean, step: Step): void {
    const {op, argument, next, other} = this.#pattern.program;
    const stack = [from, 0];
    while (stack.length > 0) {
      let passed = stack.pop()!;
      let pc = stack.pop()!;
      while (this.#marks[pc] !== this.#mark) {
        this.#marks[pc] = this.#mark;
        const kind = op[pc]!;
        if (kind === CHAR) {
          if (this.#alphabet.has(argument[pc]!, step.characterClass)) {
            step.kernel.push(next[pc]!);
            step.origins.push((thread << 2) | passed);
          }
          break;
        }
        if (kind === SPLIT) stack.push(other[pc]!, passed);
        else if (kind === ASSERT) {
          if (!holds(argument[pc]!, step.before, step.after, this.#alphabet)) break;
        } else if (kind === MASK_START) passed = STARTED;
        else if (kind === MASK_END) passed |= ENDED;
        else {
          if (kind !== MATCH || isStart) break;
          step.matched = (thread << 2) | passed;
          return;
        }
        pc = next[pc]!;
      }
    }
  }
}

interface Step {
  before: number;
  after: number;
  characterClass: number;
  kernel: number[];
  origins: number[];
  matched: number;
}

function enlarged(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
