/* eslint-disable @typescript-eslint/no-non-null-assertion -- lists of a matcher run parallel, by finder */

import {acceptanceOf, isHopeless, isUnlikely} from './acceptance.ts';
import {type ScanPlan, ScanPlanner} from './anchors/plan.ts';
import {contextPattern, contextTriggers} from './context-trigger.ts';
import type {AllowList, Finder, FinderSet, Finding, PatternProblem, PlainMatcher} from './finder.ts';
import {FinderPattern} from './finder-pattern.ts';
import {Group} from './group.ts';
import {keywordPattern} from './keyword.ts';
import {Alphabet} from './regex/alphabet.ts';
import {concat, type Node} from './regex/ast.ts';
import {lookAround} from './regex/context.ts';
import type {LazyDfa} from './regex/lazy-dfa.ts';
import {parsePattern} from './regex/parse.ts';
import {PatternError} from './regex/pattern-error.ts';
import {beginsWithMask, isAlwaysMasked, programSize, SetRegistry} from './regex/program.ts';
import type {ExactPattern} from './regex/tracker.ts';
import {beginsBroadly, triggerOf} from './regex/trigger.ts';
import {UnicodeTables} from './regex/unicode.ts';
import type {ContextWord, Scanner} from './scanner.ts';
import {PieceScan, type ScanParts} from './text-scan.ts';
import {TrackerPool} from './tracker-pool.ts';
import {VALIDATORS} from './validators/index.ts';
import {WholeScan} from './whole-scan.ts';

/** Instructions that one pattern may compile to. */
const MAX_PROGRAM = 150_000;
/** Units that an attempt may stay undecided; with a validator less, because a rejected match is looked at again. */
const MAX_UNDECIDED = 8192;
const MAX_UNDECIDED_VALIDATED = 1024;
/** Sets of finders for which an automaton is kept, beside those whose FinderSet object is alive. */
const MAX_SCANNERS = 8;

/** What comes of compiling finders. */
type Compiled = {ok: true; matcher: PlainMatcher} | {ok: false; problems: PatternProblem[]};

/** Compiles all finders of a bundle, or says what is wrong with each that cannot be used. */
export function compileMatcher(finders: readonly Finder[]): Compiled {
  const steps = matcherSteps(finders);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Does what `compileMatcher` does, in steps of about a millisecond at most: who takes them can do other work between. */
export function* matcherSteps(finders: readonly Finder[]): Generator<undefined, Compiled> {
  const tables = new UnicodeTables();
  const problems: PatternProblem[] = [];
  const nodes: Node[] = [];
  const allowed: Allowed = new Map();
  for (const [id, finder] of finders.entries()) {
    try {
      nodes.push(parseFinder(finder, tables));
      const {allow} = finder;
      if (allow !== undefined && !allowed.has(allow)) allowed.set(allow, compileAllowList(allow, tables));
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      problems.push({finder: id, offset: error.offset, message: error.message});
    }
    yield;
  }
  if (problems.length > 0) return {ok: false, problems};
  return {ok: true, matcher: yield* matcherOf(finders, nodes, tables, allowed)};
}

/** Puts the automatons together. */
function* matcherOf(
  finders: readonly Finder[],
  nodes: readonly Node[],
  tables: UnicodeTables,
  allowed: Allowed,
): Generator<undefined, CompiledMatcher> {
  const sets = new SetRegistry();
  const waitingIds = nodes.flatMap((node, id) => (isUnlikely(finders[id]!) && beginsWithMask(node) ? [id] : []));
  const isWaiting = new Set(waitingIds);
  const literal = new Group(finders.length, sets);
  const broad = new Group(finders.length, sets);
  const waiting = new Group(finders.length, sets);
  const words = contextTriggers(finders, waitingIds);
  yield;
  for (const [index, {word}] of words.entries()) {
    literal.add(contextPattern(word, tables), finders.length + index);
    if (index % 16 === 0) yield;
  }
  for (const [id, node] of nodes.entries()) {
    sets.addAll(node);
    if (isHopeless(finders[id]!)) continue;
    const trigger = triggerOf(node);
    const group = isWaiting.has(id) ? waiting : beginsBroadly(trigger) ? broad : literal;
    group.add(trigger, id, isAlwaysMasked(node));
    yield;
  }
  const planner = new ScanPlanner(finders, nodes, sets);
  for (const id of nodes.keys()) {
    planner.add(id);
    yield;
  }
  const hasKeyword = finders.some((finder) => finder.source.kind === 'keyword');
  const keywordLetters = hasKeyword ? tables.keywordLetters() : [];
  yield;
  const alphabet = new Alphabet(sets.sets, keywordLetters, sets.contexts);
  for (const group of [literal, broad, waiting]) {
    yield;
    group.finish(alphabet);
  }
  const plan = yield* planner.finish(alphabet);
  yield;
  const patterns: ExactPattern[] = [];
  for (const [id, finder] of finders.entries()) {
    if (id % 64 === 0) yield;
    const acceptance = acceptanceOf(finder, finder.allow === undefined ? undefined : allowed.get(finder.allow));
    patterns.push(
      new FinderPattern({
        node: nodes[id]!,
        finder: id,
        sets,
        alphabet,
        acceptance,
        limit: acceptance === undefined ? MAX_UNDECIDED : MAX_UNDECIDED_VALIDATED,
      }),
    );
  }
  yield;
  const contextWords = words.map((word): ContextWord => {
    return {finders: word.finders, within: Math.max(...word.finders.map((id) => finders[id]?.context?.within ?? 0))};
  });
  return new CompiledMatcher({groups: {literal, broad, waiting}, alphabet, patterns, words: contextWords, plan});
}

/** Tests of allow-lists, each compiled once: finders share them. */
type Allowed = Map<AllowList, (finding: string) => boolean>;

function compileAllowList({values, patterns}: AllowList, tables: UnicodeTables): (finding: string) => boolean {
  const exact = new Set(values);
  if (patterns.length === 0) return (finding) => exact.has(finding);
  const finders = patterns.map((pattern): Finder => {
    return {label: '', source: {kind: 'pattern', pattern, ignoreCase: false}, validator: undefined, minEntropy: 0};
  });
  const start: Node = {kind: 'assert', assertion: 'textStart'};
  const end: Node = {kind: 'assert', assertion: 'textEnd'};
  const nodes = finders.map((finder) => concat([start, parseFinder(finder, tables), end]));
  const steps = matcherOf(finders, nodes, tables, new Map());
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  const matcher = step.value;
  const all: FinderSet = new Uint8Array(finders.length).fill(1);
  return (finding) =>
    exact.has(finding) || (finding.length <= MAX_UNDECIDED_VALIDATED && matcher.find(finding, all).length > 0);
}

function parseFinder(finder: Finder, tables: UnicodeTables): Node {
  const {source, validator} = finder;
  if (validator !== undefined && !Object.hasOwn(VALIDATORS, validator)) {
    const known = Object.keys(VALIDATORS).sort().join(', ');
    throw new PatternError(0, `there is no validator '${validator}'; there are ${known}`);
  }
  const node =
    source.kind === 'keyword'
      ? keywordPattern(source.text, tables)
      : lookAround(parsePattern(source.pattern, source.ignoreCase, tables));
  const size = programSize(node);
  if (size > MAX_PROGRAM) {
    throw new PatternError(0, `the pattern takes ${size} instructions, the limit is ${MAX_PROGRAM}; repeat less`);
  }
  return node;
}

/** Triggers by what they begin with: what is open in one group says nothing of what is open in another. */
interface Groups {
  literal: Group;
  broad: Group;
  /** Those of finders that wait for a context word. */
  waiting: Group;
}

interface MatcherParts {
  groups: Groups;
  alphabet: Alphabet;
  patterns: readonly ExactPattern[];
  words: readonly ContextWord[];
  plan: ScanPlan;
}

class CompiledMatcher implements PlainMatcher {
  readonly #groups: Groups;
  readonly #words: readonly ContextWord[];
  readonly #plan: ScanPlan;
  readonly #parts: ScanParts;
  readonly #whole: WholeScan;
  readonly #bySet = new WeakMap<FinderSet, Scanner>();
  readonly #byContent = new Map<string, Scanner>();

  constructor({groups, alphabet, patterns, words, plan}: MatcherParts) {
    this.#groups = groups;
    this.#words = words;
    this.#plan = plan;
    const pool = new TrackerPool(alphabet, patterns);
    this.#whole = new WholeScan({alphabet, patterns, pool, plan});
    this.#parts = {alphabet, pool, finders: patterns.length, words};
  }

  readonly find = (text: string, active: FinderSet): Finding[] =>
    this.#whole.find(this.#scannerFor(active), text, active);

  readonly mayMatch = (text: string, active: FinderSet): boolean => this.find(text, active).length > 0;

  readonly open = (active: FinderSet): PieceScan => new PieceScan(this.#scannerFor(active), this.#parts);

  #scannerFor(active: FinderSet): Scanner {
    let scanner = this.#bySet.get(active);
    if (scanner !== undefined) return scanner;
    const key = String.fromCharCode(...active);
    scanner = this.#byContent.get(key);
    if (scanner === undefined) {
      scanner = this.#scannerOf(active);
      const [oldest] = this.#byContent.keys();
      if (this.#byContent.size >= MAX_SCANNERS && oldest !== undefined) this.#byContent.delete(oldest);
      this.#byContent.set(key, scanner);
    }
    this.#bySet.set(active, scanner);
    return scanner;
  }

  #scannerOf(active: FinderSet): Scanner {
    const {literal, broad, waiting} = this.#groups;
    const {isRest, literals, digits, runs} = this.#plan;
    const isActive = (id: number): boolean => active[id] === 1;
    const isWanted = (id: number): boolean => {
      if (id < active.length) return isActive(id);
      return this.#words[id - active.length]?.finders.some(isActive) === true;
    };
    const automatons = (groups: Group[], isIn: (id: number) => boolean): LazyDfa[] => {
      return groups.flatMap((group) => group.automaton(isIn) ?? []);
    };
    let streams: Pick<Scanner, 'main' | 'waiting'> | undefined;
    const forStreams = (): Pick<Scanner, 'main' | 'waiting'> => {
      streams ??= {main: automatons([literal, broad], isWanted), waiting: waiting.automaton(isWanted)};
      return streams;
    };
    return {
      get main() {
        return forStreams().main;
      },
      get waiting() {
        return forStreams().waiting;
      },
      hasAnchors: literals !== undefined,
      hasDigits: digits?.finders.some(isActive) === true,
      runs: runs.filter((run) => run.finders.some(isActive)),
      rest: automatons([literal, broad, waiting], (id) => isRest[id] === 1 && isActive(id)),
    };
  }
}
