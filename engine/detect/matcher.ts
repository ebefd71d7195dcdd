/* eslint-disable @typescript-eslint/no-non-null-assertion -- lists of a matcher run parallel, by finder */
import {acceptanceOf, isHopeless, isUnlikely} from './acceptance.ts';
import {contextTriggers} from './context-trigger.ts';
import type {AllowList, Finder, FinderSet, Finding, PatternProblem, PlainMatcher} from './finder.ts';
import {Group} from './group.ts';
import {keywordPattern} from './keyword.ts';
import {Alphabet} from './regex/alphabet.ts';
import {concat, type Node} from './regex/ast.ts';
import {lookAround} from './regex/context.ts';
import {parsePattern} from './regex/parse.ts';
import {PatternError} from './regex/pattern-error.ts';
import {
  beginsWithMask,
  compile,
  firstSets,
  isAlwaysMasked,
  isMaskRepeated,
  Program,
  programSize,
  SetRegistry,
} from './regex/program.ts';
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

/** Compiles all finders of a bundle, or says what is wrong with each that cannot be used. */
export function compileMatcher(
  finders: readonly Finder[],
): {ok: true; matcher: PlainMatcher} | {ok: false; problems: PatternProblem[]} {
  const tables = new UnicodeTables();
  const problems: PatternProblem[] = [];
  const nodes: Node[] = [];
  const allowed: Allowed = new Map();
  finders.forEach((finder, id) => {
    try {
      nodes.push(parseFinder(finder, tables));
      const {allow} = finder;
      if (allow !== undefined && !allowed.has(allow)) allowed.set(allow, compileAllowList(allow, tables));
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      problems.push({finder: id, offset: error.offset, message: error.message});
    }
  });
  if (problems.length > 0) return {ok: false, problems};
  return {ok: true, matcher: new CompiledMatcher(finders, nodes, tables, allowed)};
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
  const matcher = new CompiledMatcher(finders, nodes, tables, new Map());
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

class CompiledMatcher implements PlainMatcher {
  readonly #literal: Group;
  readonly #broad: Group;
  readonly #waiting: Group;
  readonly #words: readonly ContextWord[];
  readonly #parts: ScanParts;
  readonly #whole: WholeScan;
  readonly #bySet = new WeakMap<FinderSet, Scanner>();
  readonly #byContent = new Map<string, Scanner>();

  constructor(finders: readonly Finder[], nodes: readonly Node[], tables: UnicodeTables, allowed: Allowed) {
    const sets = new SetRegistry();
    const waitingIds = nodes.flatMap((node, id) => (isUnlikely(finders[id]!) && beginsWithMask(node) ? [id] : []));
    const isWaiting = new Set(waitingIds);
    this.#literal = new Group(finders.length, sets);
    this.#broad = new Group(finders.length, sets);
    this.#waiting = new Group(finders.length, sets);
    const words = contextTriggers(finders, waitingIds, tables);
    words.forEach(({node}, index) => {
      this.#literal.add(node, finders.length + index);
    });
    nodes.forEach((node, id) => {
      if (isHopeless(finders[id]!)) return;
      const trigger = triggerOf(node);
      const group = isWaiting.has(id) ? this.#waiting : beginsBroadly(trigger) ? this.#broad : this.#literal;
      group.add(trigger, id, isAlwaysMasked(node));
    });
    const exact = nodes.map((node, id) => {
      const program = new Program();
      const start = compile(program, node, id, sets);
      return {program, start, isMaskRepeated: isMaskRepeated(node), isAlwaysMasked: isAlwaysMasked(node)};
    });
    const hasKeyword = finders.some((finder) => finder.source.kind === 'keyword');
    const alphabet = new Alphabet(sets.sets, hasKeyword ? tables.keywordLetters() : [], sets.contexts);
    for (const group of [this.#literal, this.#broad, this.#waiting]) group.finish(alphabet);
    const patterns = finders.map((finder, id): ExactPattern => {
      const part = exact[id]!;
      const acceptance = acceptanceOf(finder, finder.allow === undefined ? undefined : allowed.get(finder.allow));
      return {
        ...part,
        first: firstClasses(part.program, part.start, alphabet),
        acceptance,
        limit: acceptance === undefined ? MAX_UNDECIDED : MAX_UNDECIDED_VALIDATED,
      };
    });
    const pool = new TrackerPool(alphabet, patterns);
    this.#words = words.map((word) => {
      return {finders: word.finders, within: Math.max(...word.finders.map((id) => finders[id]?.context?.within ?? 0))};
    });
    this.#whole = new WholeScan(alphabet, patterns, this.#words, pool);
    this.#parts = {alphabet, pool, finders: finders.length, words: this.#words};
  }

  readonly find = (text: string, active: FinderSet): Finding[] => this.#whole.find(this.#scannerFor(active), text);

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
    const isWanted = (id: number): boolean => {
      if (id < active.length) return active[id] === 1;
      return this.#words[id - active.length]?.finders.some((finder) => active[finder] === 1) === true;
    };
    const main = [this.#literal.automaton(isWanted), this.#broad.automaton(isWanted)];
    return {main: main.filter((dfa) => dfa !== undefined), waiting: this.#waiting.automaton(isWanted)};
  }
}

function firstClasses(program: Program, start: number, alphabet: Alphabet): Uint8Array {
  const first = new Uint8Array(alphabet.size);
  for (const set of firstSets(program, start)) {
    for (let characterClass = 0; characterClass < first.length; characterClass++) {
      if (alphabet.has(set, characterClass)) first[characterClass] = 1;
    }
  }
  return first;
}
