import type {LazyDfa} from './regex/lazy-dfa.ts';

/** What a set of finders is looked for with. */
export interface Scanner {
  /**
   * Automatons that go over the whole text. They find where finders may match that need nothing else, and where context
   * words stand. Each is small: one for all of them would have as many states as their states have combinations.
   */
  main: readonly LazyDfa[];
  /** Finds where finders may match that need a context word before them; undefined if there are none. */
  waiting: LazyDfa | undefined;
}

/** A context word that an automaton finds: its id is the number of finders and its index. */
export interface ContextWord {
  /** Finders that it may make likely enough. */
  finders: readonly number[];
  /** Units behind the word in which their findings may start. */
  within: number;
}
