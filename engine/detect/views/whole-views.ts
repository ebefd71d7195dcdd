import type {Finding} from '../finder.ts';
import {RewrittenText} from './rewritten-text.ts';
import {TextUnits} from './text-units.ts';
import {ITSELF, type UnitOrigin} from './unit-origin.ts';
import {MAX_DEPTH, readerAt, type ViewReaders} from './view-readers.ts';
import {WholeRuns} from './whole-runs.ts';

/** Units of a text for which space is kept from one to the next. */
const MAX_KEPT = 1 << 17;

/** Texts that so many decodings led to; a text is looked into before the next of its depth is taken. */
interface Level {
  /** The text's units, unless it was written by the level before. */
  loaded: TextUnits;
  rewritten: RewrittenText;
  runs: WholeRuns | undefined;
  /** Where the units of the text come from in the text before. */
  origin: UnitOrigin;
}

/** Searches the decoded views of whole texts. */
export class WholeViews {
  readonly #readers: ViewReaders;
  readonly #find: (text: string) => Finding[];
  readonly #levels: Level[] = [];
  /** Decodings that led to the text that is given. */
  #first = 0;
  #decoded: Finding[] = [];

  constructor(readers: ViewReaders, find: (text: string) => Finding[]) {
    this.#readers = readers;
    this.#find = find;
  }

  /** Findings in views of a text that so many decodings led to, with their place in it; some more than once. */
  findIn(text: string, depth: number): Finding[] {
    this.#first = depth;
    const decoded: Finding[] = [];
    this.#decoded = decoded;
    this.#lookInto(text, undefined, depth);
    if (text.length > MAX_KEPT) this.#levels.length = 0;
    return decoded;
  }

  /** @param given the text's units, where they are at hand. */
  #lookInto(text: string, given: TextUnits | undefined, depth: number): void {
    if (depth === MAX_DEPTH) return;
    const level = (this.#levels[depth] ??= this.#levelAt(depth));
    const units = given ?? level.loaded;
    if (given === undefined) units.load(text);
    const reader = readerAt(this.#readers, depth);
    if (reader?.mayChange(text) === true && level.rewritten.rewrite(reader, text, units)) {
      const {written} = level.rewritten;
      this.#search(written.toString(), written, level.rewritten, depth + 1);
    }
    level.runs?.searchIn(units);
  }

  #search(text: string, units: TextUnits | undefined, origin: UnitOrigin, depth: number): void {
    const level = this.#levels[depth] ?? this.#levelAt(depth);
    this.#levels[depth] = level;
    level.origin = origin;
    for (const {finder, start, end} of this.#find(text)) this.#add(finder, start, end, depth);
    this.#lookInto(text, units, depth);
  }

  #add(finder: number, start: number, end: number, depth: number): void {
    const finding = {finder, start, end};
    for (let at = depth; at > this.#first; at--) {
      const {origin} = this.#levels[at] ?? {origin: ITSELF};
      finding.start = origin.startOf(finding.start);
      finding.end = origin.endOf(finding.end - 1);
    }
    this.#decoded.push(finding);
  }

  #levelAt(depth: number): Level {
    const {runs} = this.#readers;
    const level: Level = {
      loaded: new TextUnits(),
      rewritten: new RewrittenText(),
      runs:
        runs === undefined
          ? undefined
          : new WholeRuns(runs.alphabet, (text) => {
              this.#search(text, undefined, level.runs ?? ITSELF, depth + 1);
            }),
      origin: ITSELF,
    };
    return level;
  }
}
