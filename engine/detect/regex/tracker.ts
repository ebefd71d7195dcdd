/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import type {Alphabet} from './alphabet.ts';
import {ASSERT, CHAR, holds, MASK_END, MASK_START, MATCH, MATCHES, type Program, SPLIT} from './program.ts';

/** One pattern, ready to be followed exactly. */
export interface ExactPattern {
  program: Program;
  start: number;
  /** 1 for each class a match can begin with. */
  first: Uint8Array;
  /** The `mask` group may be entered again, so that an early look at it decides nothing. */
  isMaskRepeated: boolean;
  /** Every match goes through the `mask` group: nothing before it is ever part of a finding. */
  isAlwaysMasked: boolean;
  /** Undefined where every match counts. */
  acceptance: Acceptance | undefined;
  /** Characters that an attempt may stay undecided before it is taken for a finding. */
  limit: number;
}

/** Decides whether a match counts. */
export interface Acceptance {
  /** Units before a finding that it looks at. */
  readonly reach: number;
  /** @param text holds the finding at [start, end), and what is before it as far as `reach` goes and the text does. */
  accepts: (text: string, start: number, end: number) => boolean;
  /** Whether an accepted match is left as it is all the same: it is passed over as a whole, and nothing is reported. */
  isAllowed?: ((finding: string) => boolean) | undefined;
}

/** Part of a text, with the offset at which it starts. */
export interface TextWindow {
  text: string;
  base: number;
}

export type ReportSpan = (start: number, end: number) => void;

const NONE = -1;

/**
 * Follows one pattern through a text that arrives in pieces, and reports its findings: leftmost, preferring as Perl
 * does, never empty, not overlapping. Every decision depends on the text up to a character, never on the pieces.
 *
 * An attempt that stays undecided for `limit` characters is taken for a finding, which then lasts until the attempt
 * closes: what cannot be decided in bounded memory is masked.
 */
export class Tracker {
  readonly #pattern: ExactPattern;
  readonly #alphabet: Alphabet;
  readonly #marks: Int32Array;
  #mark = 0;
  /** Threads in order of preference, four numbers each: instruction, start, mask start, mask end. */
  #threads: number[] = [];
  #count = 0;
  #spare: number[] = [];
  #spareCount = 0;
  readonly #stack: number[] = [];
  /** Flags of the character before the position. */
  #flags = 0;
  /** Class and flags of the character at the position. */
  #class = 0;
  #after = 0;
  #candidateStart = NONE;
  #candidateEnd = NONE;
  #candidateMaskStart = NONE;
  #candidateMaskEnd = NONE;
  #candidateFlags = 0;
  #overflowFrom = NONE;
  /** What `#leftmostMask` was before a match ended attempts that go on where the match is rejected. */
  #maskBeforeMatch = Infinity;
  /** Offset of the next character to look at. */
  position = 0;

  constructor(pattern: ExactPattern, alphabet: Alphabet) {
    this.#pattern = pattern;
    this.#alphabet = alphabet;
    this.#marks = new Int32Array(pattern.program.size);
  }

  /** Begins anew at an offset; `flags` are those of the character before it. */
  reset(position: number, flags: number): void {
    this.position = position;
    this.#flags = flags;
    this.#count = 0;
    this.#clearCandidate();
    this.#overflowFrom = NONE;
    this.#maskBeforeMatch = Infinity;
  }

  /** Goes on from where another tracker of the same pattern stands. */
  resume(other: Tracker): void {
    this.reset(other.position, other.#flags);
    this.#threads = other.#threads.slice(0, 4 * other.#count);
    this.#count = other.#count;
    this.#candidateStart = other.#candidateStart;
    this.#candidateEnd = other.#candidateEnd;
    this.#candidateMaskStart = other.#candidateMaskStart;
    this.#candidateMaskEnd = other.#candidateMaskEnd;
    this.#candidateFlags = other.#candidateFlags;
    this.#overflowFrom = other.#overflowFrom;
    this.#maskBeforeMatch = other.#maskBeforeMatch;
  }

  /** Whether nothing is open: neither an attempt nor a match that could grow. */
  get isIdle(): boolean {
    return this.#count === 0 && this.#candidateStart === NONE && this.#overflowFrom === NONE;
  }

  /** No finding that is yet to be reported starts before this offset, save the open one. */
  get hold(): number {
    const open = this.openEnd;
    if (open !== NONE) return open;
    return this.#pattern.isAlwaysMasked ? Math.min(this.#leftmostMask, this.#maskBeforeMatch) : this.#leftmost;
  }

  /** Start of a finding that is certain although its end is not known yet; -1 if there is none. */
  get openStart(): number {
    if (this.#overflowFrom !== NONE) return this.#overflowFrom;
    return this.#isCertain ? this.#candidateSpanStart : NONE;
  }

  /** The least offset at which the open finding can end; -1 if there is none. */
  get openEnd(): number {
    if (this.#overflowFrom !== NONE) return this.position;
    if (!this.#isCertain) return NONE;
    if (this.#candidateMaskEnd === NONE) return this.#candidateEnd;
    let end = this.#candidateMaskEnd;
    for (let i = 0; i < this.#count; i++) {
      const maskEnd = this.#threads[4 * i + 3]!;
      if (maskEnd !== NONE && maskEnd < end) end = maskEnd;
    }
    return end;
  }

  /** Text before this offset is not needed any more. */
  get neededFrom(): number {
    if (this.#overflowFrom !== NONE) return this.position;
    const {acceptance} = this.#pattern;
    if (acceptance !== undefined) return this.#leftmost - acceptance.reach;
    return this.#candidateEnd === NONE ? this.position : this.#candidateEnd;
  }

  /** Follows the pattern up to an offset that the window reaches and that splits no surrogate pair. */
  advance(window: TextWindow, to: number, report: ReportSpan): void {
    const {text, base} = window;
    const {unitClass, surrogate} = this.#alphabet;
    const {first} = this.#pattern;
    while (this.position < to) {
      const index = this.position - base;
      let characterClass = unitClass[text.charCodeAt(index)]!;
      let width = 1;
      if (characterClass === surrogate) {
        const code = text.codePointAt(index)!;
        characterClass = this.#alphabet.classOf(code);
        if (code > 0xffff) width = 2;
      }
      if (this.#count === 0 && first[characterClass] === 0 && this.isIdle) {
        this.position += width;
        this.#flags = this.#alphabet.flags[characterClass]!;
      } else {
        this.#step(window, characterClass, width, report);
      }
    }
  }

  /** Closes everything at the end of the text, where `advance` has come to. */
  finish(window: TextWindow, report: ReportSpan): void {
    const end = this.position;
    do {
      this.advance(window, end, report);
      if (!this.isIdle) this.#step(window, this.#alphabet.end, 0, report);
    } while (this.position < end || !this.isIdle);
  }

  get #leftmost(): number {
    const oldest = this.#count > 0 ? this.#threads[1]! : this.position;
    return this.#candidateStart === NONE ? oldest : Math.min(oldest, this.#candidateStart);
  }

  /** Where the first `mask` group has begun, or may begin. */
  get #leftmostMask(): number {
    let leftmost = this.#candidateStart === NONE ? this.position : this.#candidateMaskStart;
    for (let i = 0; i < this.#count; i++) {
      const maskStart = this.#threads[4 * i + 2]!;
      if (maskStart !== NONE && maskStart < leftmost) leftmost = maskStart;
    }
    return leftmost;
  }

  get #candidateSpanStart(): number {
    return this.#candidateMaskEnd === NONE ? this.#candidateStart : this.#candidateMaskStart;
  }

  /** A match stands whatever follows, and where its finding starts is known. */
  get #isCertain(): boolean {
    if (this.#candidateStart === NONE || this.#pattern.acceptance !== undefined || this.#pattern.isMaskRepeated) {
      return false;
    }
    const maskStart = this.#candidateMaskEnd === NONE ? NONE : this.#candidateMaskStart;
    if (maskStart !== NONE && this.#candidateMaskEnd === maskStart) return false;
    for (let i = 0; i < this.#count; i++) {
      if (this.#threads[4 * i + 1] !== this.#candidateStart) return false;
      if (this.#threads[4 * i + 2] !== maskStart) return false;
      if (this.#threads[4 * i + 3] === maskStart && maskStart !== NONE) return false;
    }
    return true;
  }

  #setCandidate(start: number, maskStart: number, maskEnd: number): void {
    this.#candidateStart = start;
    this.#candidateEnd = this.position;
    this.#candidateMaskStart = maskStart;
    this.#candidateMaskEnd = maskEnd;
    this.#candidateFlags = this.#flags;
  }

  #clearCandidate(): void {
    this.#candidateStart = NONE;
    this.#candidateEnd = NONE;
    this.#candidateMaskStart = NONE;
    this.#candidateMaskEnd = NONE;
  }

  #step(window: TextWindow, characterClass: number, width: number, report: ReportSpan): void {
    const position = this.position;
    const after = this.#alphabet.flags[characterClass]!;
    this.#class = characterClass;
    this.#after = after;
    this.#mark++;
    this.#spareCount = 0;
    let isCut = false;
    const leftmostMask =
      this.#pattern.isAlwaysMasked && this.#candidateStart === NONE ? this.#leftmostMask : this.#maskBeforeMatch;
    const {program, first} = this.#pattern;
    for (let i = 0; i < this.#count && !isCut; i++) {
      const threads = this.#threads;
      const pc = threads[4 * i]!;
      const plain = program.plainWays(pc);
      isCut =
        plain === undefined
          ? this.#follow(pc, threads[4 * i + 1]!, threads[4 * i + 2]!, threads[4 * i + 3]!)
          : this.#takePlain(plain, threads, 4 * i);
    }
    if (isCut) this.#maskBeforeMatch = leftmostMask;
    const mayBegin = this.#candidateStart === NONE && this.#overflowFrom === NONE && first[characterClass] === 1;
    if (!isCut && mayBegin && width > 0) this.#follow(this.#pattern.start, position, NONE, NONE);
    [this.#threads, this.#spare] = [this.#spare, this.#threads];
    this.#count = this.#spareCount;
    if (this.#count === 0) {
      this.#close(window, characterClass, width, report);
    } else {
      this.position = position + width;
      this.#flags = after;
      this.#checkLimit();
    }
  }

  /** Does for a thread what `#follow` does, where nothing but branches lies before the next characters. */
  #takePlain(ways: readonly number[], threads: readonly number[], at: number): boolean {
    const {argument, next} = this.#pattern.program;
    for (const pc of ways) {
      if (pc === MATCHES) {
        this.#setCandidate(threads[at + 1]!, threads[at + 2]!, threads[at + 3]!);
        return true;
      }
      if (this.#marks[pc] === this.#mark) continue;
      this.#marks[pc] = this.#mark;
      if (!this.#alphabet.has(argument[pc]!, this.#class)) continue;
      this.#keep(next[pc]!, threads[at + 1]!, threads[at + 2]!, threads[at + 3]!);
    }
    return false;
  }

  /** Follows a thread over everything that takes no character, and over this character; says whether it matched. */
  #follow(from: number, start: number, startOfMask: number, endOfMask: number): boolean {
    const {op, argument, next, other} = this.#pattern.program;
    const stack = this.#stack;
    stack.push(from, startOfMask, endOfMask);
    while (stack.length > 0) {
      let maskEnd = stack.pop()!;
      let maskStart = stack.pop()!;
      let pc = stack.pop()!;
      while (this.#marks[pc] !== this.#mark) {
        this.#marks[pc] = this.#mark;
        const kind = op[pc]!;
        if (kind === CHAR) {
          if (this.#alphabet.has(argument[pc]!, this.#class)) this.#keep(next[pc]!, start, maskStart, maskEnd);
          break;
        }
        if (kind === SPLIT) stack.push(other[pc]!, maskStart, maskEnd);
        else if (kind === ASSERT) {
          if (!holds(argument[pc]!, this.#flags, this.#after, this.#alphabet)) break;
        } else if (kind === MASK_START) {
          maskStart = this.position;
          maskEnd = NONE;
        } else if (kind === MASK_END) maskEnd = this.position;
        else {
          if (kind !== MATCH || start === this.position) break;
          this.#setCandidate(start, maskStart, maskEnd);
          stack.length = 0;
          return true;
        }
        pc = next[pc]!;
      }
    }
    return false;
  }

  #keep(pc: number, start: number, maskStart: number, maskEnd: number): void {
    const at = 4 * this.#spareCount++;
    this.#spare[at] = pc;
    this.#spare[at + 1] = start;
    this.#spare[at + 2] = maskStart;
    this.#spare[at + 3] = maskEnd;
  }

  /** No attempt is left: reports what was found and goes on behind it. */
  #close(window: TextWindow, characterClass: number, width: number, report: ReportSpan): void {
    if (this.#overflowFrom !== NONE) {
      report(this.#overflowFrom, this.position);
      this.reset(this.position, this.#flags);
      return;
    }
    if (this.#candidateStart === NONE) {
      this.position += width;
      this.#flags = this.#alphabet.flags[characterClass]!;
      return;
    }
    const hasMask = this.#candidateMaskEnd !== NONE;
    const start = this.#candidateSpanStart;
    const end = hasMask ? this.#candidateMaskEnd : this.#candidateEnd;
    const {acceptance} = this.#pattern;
    if (acceptance?.accepts(window.text, start - window.base, end - window.base) === false) {
      this.#restartAfter(window, this.#candidateStart);
      return;
    }
    const isAllowed = acceptance?.isAllowed?.(window.text.slice(start - window.base, end - window.base)) === true;
    this.reset(this.#candidateEnd, this.#candidateFlags);
    if (end > start && !isAllowed) report(start, end);
  }

  #restartAfter(window: TextWindow, offset: number): void {
    const code = window.text.codePointAt(offset - window.base)!;
    this.reset(offset + (code > 0xffff ? 2 : 1), this.#alphabet.flags[this.#alphabet.classOf(code)]!);
  }

  #checkLimit(): void {
    if (this.#overflowFrom !== NONE) return;
    const {acceptance, limit} = this.#pattern;
    const decided = acceptance === undefined && this.#candidateEnd !== NONE ? this.#candidateEnd : this.#leftmost;
    if (this.position - decided < limit) return;
    const oldest = this.#threads[1]!;
    let maskStart = this.#pattern.isMaskRepeated ? NONE : this.#threads[2]!;
    let count = 0;
    while (count < this.#count && this.#threads[4 * count + 1] === oldest) {
      if (this.#threads[4 * count + 2] !== maskStart) maskStart = NONE;
      count++;
    }
    if (this.#candidateStart === oldest && this.#candidateMaskStart !== maskStart) maskStart = NONE;
    this.#count = count;
    if (maskStart !== NONE) this.#overflowFrom = maskStart;
    else this.#overflowFrom = this.#pattern.isAlwaysMasked ? this.#leftmostMask : oldest;
    this.#clearCandidate();
  }
}
