import type {RunPlan} from './anchors/plan.ts';
import type {LazyDfa} from './regex/lazy-dfa.ts';

/** What a set of finders is looked for with. */
export interface Scanner {
  /**
   * Automatons that go over a text that arrives in pieces. They find where finders may match that need nothing else, and
   * where context words stand. Each is small: one for all of them would have as many states as their states have
   * combinations.
   */
  readonly main: readonly LazyDfa[];
  /** Finds where finders may match that need a context word before them; undefined if there are none. */
  readonly waiting: LazyDfa | undefined;
  /** Whether any of the finders is found in whole texts by a literal or a digit; and whether any by a digit. */
  readonly hasAnchors: boolean;
  readonly hasDigits: boolean;
  /** What is found in whole texts by a run of characters. */
  readonly runs: readonly RunPlan[];
  /** Automatons that go over whole texts, for what has nothing that could be looked for. */
  readonly rest: readonly LazyDfa[];
}

/** A context word that an automaton finds: its id is the number of finders and its index. */
export interface ContextWord {
  /** Finders that it may make likely enough. */
  finders: readonly number[];
  /** Units behind the word in which their findings may start. */
  within: number;
}
