import {acceptanceOf, isHopeless} from './acceptance.ts';
import type {AllowList, Finder, FinderSet, Finding, PatternProblem, PlainMatcher} from './finder.ts';
import {keywordPattern} from './keyword.ts';
import {Alphabet, EDGE_FLAG} from './regex/alphabet.ts';
import {concat, type Node} from './regex/ast.ts';
import {lookAround} from './regex/context.ts';
import {type DfaCursor, LazyDfa, REACHED_END} from './regex/lazy-dfa.ts';
import {parsePattern} from './regex/parse.ts';
import {PatternError} from './regex/pattern-error.ts';
import {compile, firstSets, isMaskRepeated, Program, programSize, SetRegistry} from './regex/program.ts';
import type {ExactPattern} from './regex/tracker.ts';
import {UnicodeTables} from './regex/unicode.ts';
import {UnitBlock} from './regex/unit-block.ts';
import {PieceScan, TrackerPool} from './text-scan.ts';
import {VALIDATORS} from './validators/index.ts';

/** Instructions that one pattern may compile to. */
const MAX_PROGRAM = 150_000;
/** Units that an attempt may stay undecided; with a validator less, because a rejected match is looked at again. */
const MAX_UNDECIDED = 8192;
const MAX_UNDECIDED_VALIDATED = 1024;
/** Copies of a repeated item that the automaton keeps apart; what is beyond is decided by exact following. */
const KEPT_COPIES = 13;
/** Open attempts are followed exactly after this many units: early in a stream, where it decides what is released. */
const PATIENCE_STREAM = 24;
const PATIENCE_WHOLE = 512;
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
  readonly #alphabet: Alphabet;
  readonly #relaxed = new Program();
  readonly #starts: number[];
  /** 0 for finders whose confidence never reaches their threshold. */
  readonly #canMatch: Uint8Array;
  readonly #pool: TrackerPool;
  readonly #block = new UnitBlock();
  readonly #bySet = new WeakMap<FinderSet, LazyDfa>();
  readonly #byContent = new Map<string, LazyDfa>();

  constructor(finders: readonly Finder[], nodes: readonly Node[], tables: UnicodeTables, allowed: Allowed) {
    const sets = new SetRegistry();
    this.#starts = nodes.map((node, id) => compile(this.#relaxed, node, id, sets, {keep: KEPT_COPIES}));
    const exact = nodes.map((node, id) => {
      const program = new Program();
      return {program, start: compile(program, node, id, sets), isMaskRepeated: isMaskRepeated(node)};
    });
    const hasKeyword = finders.some((finder) => finder.source.kind === 'keyword');
    const alphabet = new Alphabet(sets.sets, hasKeyword ? tables.keywordLetters() : [], sets.contexts);
    this.#alphabet = alphabet;
    const patterns = finders.map((finder, id): ExactPattern => {
      const part = exact[id] ?? {program: new Program(), start: 0, isMaskRepeated: false};
      const acceptance = acceptanceOf(finder, finder.allow === undefined ? undefined : allowed.get(finder.allow));
      return {
        ...part,
        first: firstClasses(part.program, part.start, alphabet),
        acceptance,
        limit: acceptance === undefined ? MAX_UNDECIDED : MAX_UNDECIDED_VALIDATED,
      };
    });
    this.#canMatch = Uint8Array.from(finders, (finder) => (isHopeless(finder) ? 0 : 1));
    this.#pool = new TrackerPool(alphabet, patterns);
  }

  readonly find = (text: string, active: FinderSet): Finding[] => {
    // Most texts hold nothing: the automaton alone says so.
    if (!this.mayMatch(text, active)) return [];
    const scan = new PieceScan(this.#dfaFor(active), this.#pool, PATIENCE_WHOLE);
    scan.push(text);
    scan.end();
    return scan.findings.sort((a, b) => a.start - b.start || a.finder - b.finder);
  };

  readonly mayMatch = (text: string, active: FinderSet): boolean => {
    const dfa = this.#dfaFor(active);
    const cursor: DfaCursor = {state: dfa.start, position: 0, quiet: 0, quietFlags: EDGE_FLAG, accepted: []};
    while (cursor.position < text.length) {
      let stop = Math.min(text.length, cursor.position + PATIENCE_WHOLE);
      const last = text.charCodeAt(stop - 1);
      if (stop < text.length && last >= 0xd800 && last <= 0xdbff) stop++;
      this.#block.load(text, 0, cursor.position, stop);
      if (dfa.run(cursor, this.#block, stop, 0) !== REACHED_END) return true;
      // An attempt that stays open too long is a finding.
      if (cursor.position - cursor.quiet > PATIENCE_WHOLE) return true;
    }
    return !dfa.isQuiet(cursor.state) && dfa.atEnd(cursor.state).length > 0;
  };

  readonly open = (active: FinderSet): PieceScan => new PieceScan(this.#dfaFor(active), this.#pool, PATIENCE_STREAM);

  #dfaFor(active: FinderSet): LazyDfa {
    let dfa = this.#bySet.get(active);
    if (dfa !== undefined) return dfa;
    const key = String.fromCharCode(...active);
    dfa = this.#byContent.get(key);
    if (dfa === undefined) {
      const starts = this.#starts.filter((_, finder) => active[finder] === 1 && this.#canMatch[finder] === 1);
      dfa = new LazyDfa(this.#relaxed, starts, this.#alphabet);
      const [oldest] = this.#byContent.keys();
      if (this.#byContent.size >= MAX_SCANNERS && oldest !== undefined) this.#byContent.delete(oldest);
      this.#byContent.set(key, dfa);
    }
    this.#bySet.set(active, dfa);
    return dfa;
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
