import type {Alphabet} from './regex/alphabet.ts';
import type {Node} from './regex/ast.ts';
import {LazyDfa, type Patterns, patternsOf} from './regex/lazy-dfa.ts';
import {compile, markHolding, Program, type SetRegistry} from './regex/program.ts';

/** Copies of a repeated item that automatons keep apart; what is beyond is decided by exact following. */
const RELAXED = {keep: 10, keepBroad: 2, spread: 4};

/** Triggers that one automaton looks for. */
export class Group {
  readonly #program = new Program();
  readonly #sets: SetRegistry;
  /** Where triggers start, by id. */
  readonly #starts = new Map<number, number>();
  #patterns: Patterns | undefined;

  /** @param finders number of finders: greater ids are those of context words. */
  constructor(finders: number, sets: SetRegistry) {
    this.#program.finders = finders;
    this.#sets = sets;
  }

  /** @param isMasked whether every match of the finder goes through its `mask` group. */
  add(trigger: Node, id: number, isMasked = false): void {
    const start = compile(this.#program, trigger, id, this.#sets, RELAXED);
    this.#starts.set(id, start);
    if (id < this.#program.finders) markHolding(this.#program, start, isMasked);
  }

  /** All triggers of all groups are there. */
  finish(alphabet: Alphabet): void {
    this.#patterns = patternsOf(this.#program, alphabet);
  }

  /** An automaton for some of the triggers; undefined if there are none. */
  automaton(isWanted: (id: number) => boolean): LazyDfa | undefined {
    const starts = [...this.#starts].flatMap(([id, start]) => (isWanted(id) ? [start] : []));
    return starts.length === 0 || this.#patterns === undefined ? undefined : new LazyDfa(this.#patterns, starts);
  }
}
