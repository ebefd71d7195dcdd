import type {FinderSet, Finding, PlainMatcher, TextScan} from '../finder.ts';
import type {Stretch} from './byte-lane.ts';
import {EncodedRuns} from './encoded-runs.ts';
import {Rewriter} from './rewriter.ts';
import type {RunAlphabet} from './run-alphabet.ts';
import {ITSELF, through, type UnitOrigin} from './unit-origin.ts';
import {MAX_DEPTH, readerAt, type ViewPlan} from './view-plan.ts';
import {ViewScan} from './view-scan.ts';

/** Finders that are looked for in the same views. */
export class ViewGroup {
  readonly #matcher: PlainMatcher;
  readonly #finders: FinderSet;
  readonly #plan: ViewPlan;
  /** One for each depth: runs are decoded within what was decoded. */
  readonly #runs: EncodedRuns<WholeStretch>[] = [];
  readonly #origins: UnitOrigin[] = [];
  /** What is found in views of the text at hand. */
  #decoded: Finding[] = [];

  constructor(matcher: PlainMatcher, finders: FinderSet, plan: ViewPlan) {
    this.#matcher = matcher;
    this.#finders = finders;
    this.#plan = plan;
  }

  find(text: string): Finding[] {
    const findings = this.#matcher.find(text, this.#finders);
    this.#lookInto(text, ITSELF, 0);
    if (this.#decoded.length > 0) addUncovered(findings, this.#decoded.splice(0));
    return findings;
  }

  mayMatch(text: string): boolean {
    if (this.#matcher.mayMatch(text, this.#finders)) return true;
    this.#lookInto(text, ITSELF, 0);
    return this.#decoded.splice(0).length > 0;
  }

  open(): TextScan {
    return new ViewScan(this.#plan);
  }

  /** Searches the views of a text. */
  #lookInto(text: string, origin: UnitOrigin, depth: number): void {
    if (depth === MAX_DEPTH) return;
    const reader = readerAt(this.#plan, depth);
    if (reader?.isIn(text) === true) {
      const rewriter = new Rewriter(reader, 0);
      const rewritten = rewriter.push(text) + rewriter.end();
      this.#search(rewritten, through(rewriter, origin), depth + 1);
    }
    const alphabet = this.#plan.runs;
    if (alphabet === undefined || alphabet.longRun(text, 0) === -1) return;
    const runs = (this.#runs[depth] ??= this.#runsAt(alphabet, depth));
    this.#origins[depth] = origin;
    runs.push(text);
    runs.end();
  }

  #search(text: string, origin: UnitOrigin, depth: number): void {
    for (const {finder, start, end} of this.#matcher.find(text, this.#finders)) {
      this.#decoded.push({finder, start: origin.startOf(start), end: origin.endOf(end - 1)});
    }
    this.#lookInto(text, origin, depth);
  }

  #runsAt(alphabet: RunAlphabet, depth: number): EncodedRuns<WholeStretch> {
    const open = (own: UnitOrigin): WholeStretch => {
      const origin = through(own, this.#origins[depth] ?? ITSELF);
      return new WholeStretch((text) => {
        this.#search(text, origin, depth + 1);
      });
    };
    return new EncodedRuns(alphabet, open);
  }
}

/** A decoded text that is put together before it is looked at. */
class WholeStretch implements Stretch {
  readonly #search: (text: string) => void;
  #text = '';
  readonly hold = 0;
  readonly needed = 0;

  constructor(search: (text: string) => void) {
    this.#search = search;
  }

  push(text: string): void {
    this.#text += text;
  }

  end(): void {
    this.#search(this.#text);
  }

  addOpen(): void {
    // Whole texts leave nothing open.
  }
}

/** Adds findings in views, each once, unless one of the same finder in the text itself covers it. */
function addUncovered(findings: Finding[], decoded: readonly Finding[]): void {
  const plain = new Map<number, Finding[]>();
  for (const finding of findings) {
    const own = plain.get(finding.finder);
    if (own === undefined) plain.set(finding.finder, [finding]);
    else own.push(finding);
  }
  const known = new Set<string>();
  for (const finding of decoded) {
    const {finder, start, end} = finding;
    const key = `${finder} ${start} ${end}`;
    if (known.has(key)) continue;
    known.add(key);
    const before = lastStartingBy(plain.get(finder) ?? [], start);
    if (before === undefined || end > before.end) findings.push(finding);
  }
}

/** Findings of one finder come in order and do not overlap: the last that starts in time reaches farthest. */
function lastStartingBy(findings: readonly Finding[], start: number): Finding | undefined {
  let low = 0;
  let high = findings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((findings[middle]?.start ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  return findings[low - 1];
}
