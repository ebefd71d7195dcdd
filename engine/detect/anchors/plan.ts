/* eslint-disable @typescript-eslint/no-non-null-assertion -- lists of a matcher run parallel, by finder */
import {isHopeless, isUnlikely} from '../acceptance.ts';
import {MAX_CONTEXT} from '../context-words.ts';
import type {Finder} from '../finder.ts';
import type {Alphabet} from '../regex/alphabet.ts';
import type {Node} from '../regex/ast.ts';
import type {CharSet} from '../regex/char-set.ts';
import {beginsWithMask, compile, Program, type SetRegistry} from '../regex/program.ts';
import {type ContextGate, contextGateOf, rarestPiece} from './context-gate.ts';
import {digitReach} from './digit-anchor.ts';
import {type LiteralAnchor, literalAnchorOf} from './literal-anchor.ts';
import {type LiteralAutomaton, LiteralTrie} from './literal-automaton.ts';
import {RUN_KINDS, runKindOf} from './run-anchor.ts';
import {shapeOf} from './shape.ts';
import {StartDfa} from './start-dfa.ts';

/** Units from the start of a match to its first digit, at most. */
const MAX_DIGIT_REACH = 20;
/** So near a digit no literal is looked for. */
const NEAR_DIGIT = 2;
/** Below this a literal is better than anything else; above the second, than nothing but a look at every character. */
const RARE = 3e-6;
const BEARABLE = 0.03;
const TOO_FREQUENT = 0.3;
/** Above this a literal comes so often that a quick look at what stands there pays. */
const FREQUENT = 1e-5;
const DIGITS = -1;
const FREQUENT_LITERALS = -2;
/** Copies of a repeated item that the automatons of starts keep apart. */
const RELAXED = {keep: 40, keepBroad: 40, spread: 40};

/** Where matches of a finder can start, seen from the end of its literal. */
interface Window {
  least: number;
  most: number;
  /** By class of the alphabet: 1 for those that may stand between. */
  readonly within: Uint8Array;
}

/** Finders whose matches begin with a run of characters of one kind. */
export interface RunPlan {
  kind: number;
  dfa: StartDfa;
  finders: readonly number[];
}

/** How the places are found in a whole text where finders may match. Each finder is in one of the ways. */
export interface ScanPlan {
  /** An id is a finder's, or less the number of finders that of a list of those that wait for a word. */
  literals: LiteralAutomaton | undefined;
  windows: readonly (Window | undefined)[];
  /** Finders that start behind a word, by id of the word; and how far behind. */
  armed: readonly Int32Array[];
  within: Int32Array;
  digits: {dfa: StartDfa; reach: number; finders: readonly number[]} | undefined;
  runs: readonly RunPlan[];
  /** By finder: whether every character has to be looked at. */
  isRest: Uint8Array;
  /** Looks again where literals are frequent. */
  filter: {dfa: StartDfa; isIn: Uint8Array} | undefined;
  /** Says of those that need a context word whether there may be one. */
  gate: ContextGate | undefined;
}

type Way =
  | {kind: 'none' | 'digit' | 'context' | 'rest'}
  | {kind: 'run'; run: number}
  | {kind: 'literal'; anchor: LiteralAnchor};

/** Sorts finders by how they are found best, and makes what finds them, in steps; the alphabet has all their sets. */
export class ScanPlanner {
  readonly #finders: readonly Finder[];
  readonly #nodes: readonly Node[];
  readonly #sets: SetRegistry;
  readonly #ways: Way[] = [];
  readonly #shapes = new Map<CharSet, CharSet>();
  readonly #programs = new Map<number, {program: Program; starts: number[]; finders: number[]}>();
  readonly #trie = new LiteralTrie();
  readonly #armed: number[][] = [];
  readonly #armedIds = new Map<string, number>();
  #reach = 0;

  /** @param sets takes up what the plan looks for beside the patterns' own sets. */
  constructor(finders: readonly Finder[], nodes: readonly Node[], sets: SetRegistry) {
    this.#finders = finders;
    this.#nodes = nodes;
    this.#sets = sets;
  }

  /** Finds the way for the next finder. All sets of the patterns are known by now. */
  add(id: number): void {
    const way = this.#wayOf(id);
    this.#ways[id] = way;
    if (way.kind === 'literal') for (const literal of way.anchor.literals) this.#trie.add(literal, id);
    if (way.kind === 'literal' && way.anchor.cost > FREQUENT) this.#addStart(FREQUENT_LITERALS, id);
    if (way.kind === 'context') this.#arm(id);
    if (way.kind === 'digit') this.#addStart(DIGITS, id);
    if (way.kind === 'run') this.#addStart(way.run, id);
  }

  *finish(alphabet: Alphabet): Generator<undefined, ScanPlan> {
    const finders = this.#finders;
    const digits = this.#programs.get(DIGITS);
    const isUsed = digits !== undefined || this.#ways.some(({kind}) => kind === 'literal' || kind === 'context');
    const literals = isUsed ? yield* this.#trie.build(digits !== undefined) : undefined;
    yield;
    const waiting = finders.flatMap((finder, id) => {
      return isUnlikely(finder) && beginsWithMask(this.#nodes[id]!) ? [id] : [];
    });
    const gate = yield* contextGateOf(finders, waiting);
    const runs: RunPlan[] = [];
    for (const kind of RUN_KINDS.keys()) {
      const run = this.#programs.get(kind);
      if (run === undefined) continue;
      yield;
      runs.push({kind, dfa: new StartDfa(run.program, run.starts, alphabet), finders: run.finders});
    }
    yield;
    const frequent = this.#programs.get(FREQUENT_LITERALS);
    const isIn = new Uint8Array(finders.length);
    for (const id of frequent?.finders ?? []) isIn[id] = 1;
    return {
      filter: frequent && {dfa: new StartDfa(frequent.program, frequent.starts, alphabet), isIn},
      literals,
      windows: this.#ways.map((way) =>
        way.kind === 'literal' ? windowOf(way.anchor, this.#sets, alphabet) : undefined,
      ),
      armed: this.#armed.map((list) => Int32Array.from(list)),
      within: Int32Array.from(finders, ({context}) => Math.min(Math.max(context?.within ?? 0, 0), MAX_CONTEXT)),
      digits: digits && {
        dfa: new StartDfa(digits.program, digits.starts, alphabet),
        reach: this.#reach,
        finders: digits.finders,
      },
      runs,
      isRest: Uint8Array.from(this.#ways, ({kind}) => (kind === 'rest' ? 1 : 0)),
      gate,
    };
  }

  #wayOf(id: number): Way {
    const finder = this.#finders[id]!;
    const node = this.#nodes[id]!;
    if (isHopeless(finder)) return {kind: 'none'};
    const reach = digitReach(node) ?? Infinity;
    const anchor = reach <= NEAR_DIGIT ? undefined : this.#anchorOf(node);
    const cost = anchor?.cost ?? Infinity;
    if (anchor !== undefined && cost < RARE) return {kind: 'literal', anchor};
    if (reach <= MAX_DIGIT_REACH) {
      this.#reach = Math.max(this.#reach, reach);
      return {kind: 'digit'};
    }
    const run = cost < BEARABLE ? -1 : runKindOf(node);
    if (run !== -1) return {kind: 'run', run};
    if (cost >= BEARABLE && isUnlikely(finder) && beginsWithMask(node) && this.#canArm(finder))
      return {kind: 'context'};
    return anchor !== undefined && cost < TOO_FREQUENT ? {kind: 'literal', anchor} : {kind: 'rest'};
  }

  #anchorOf(node: Node): LiteralAnchor | undefined {
    const anchor = literalAnchorOf(node);
    return anchor !== undefined && anchor.literals.size > 0 && this.#trie.hasRoom(anchor.literals) ? anchor : undefined;
  }

  #canArm({context}: Finder): boolean {
    return this.#trie.hasRoom((context?.raise ?? []).map(rarestPiece));
  }

  #arm(id: number): void {
    const pieces = new Set((this.#finders[id]!.context?.raise ?? []).map(rarestPiece));
    for (const piece of pieces) {
      if (piece === '') continue;
      let index = this.#armedIds.get(piece);
      if (index === undefined) {
        index = this.#armed.push([]) - 1;
        this.#armedIds.set(piece, index);
        this.#trie.add(piece, this.#finders.length + index);
      }
      this.#armed[index]!.push(id);
    }
  }

  #addStart(group: number, id: number): void {
    const known = this.#programs.get(group) ?? {program: new Program(), starts: [], finders: []};
    this.#programs.set(group, known);
    const node = this.#nodes[id]!;
    const shape = group === FREQUENT_LITERALS ? node : shapeOf(node, this.#shapes);
    this.#sets.addAll(shape);
    known.starts.push(compile(known.program, shape, id, this.#sets, RELAXED));
    known.finders.push(id);
  }
}

/** The characters between are looked up when a text first asks for them. */
function windowOf({least, most, nodes}: LiteralAnchor, sets: SetRegistry, alphabet: Alphabet): Window {
  let within: Uint8Array | undefined;
  return {
    least,
    most,
    get within() {
      within ??= classesOf(nodes, sets, alphabet);
      return within;
    },
  };
}

function classesOf(nodes: readonly Node[], sets: SetRegistry, alphabet: Alphabet): Uint8Array {
  const ids = new Set<number>();
  const pending = [...nodes];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.kind === 'set') ids.add(sets.id(node.set));
    else if (node.kind === 'concat' || node.kind === 'alternate') pending.push(...node.items);
    else if (node.kind === 'repeat' || node.kind === 'mask') pending.push(node.item);
  }
  const classes = new Uint8Array(alphabet.size);
  classes[alphabet.surrogate] = 1;
  for (const id of ids) for (let at = 0; at < classes.length; at++) if (alphabet.has(id, at)) classes[at] = 1;
  return classes;
}
