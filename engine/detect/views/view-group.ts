import type {FinderSet, Finding, PlainMatcher, TextScan} from '../finder.ts';
import type {ViewPlan} from './view-plan.ts';
import {ViewScan} from './view-scan.ts';
import {WholeViews} from './whole-views.ts';

/** Finders that are looked for in the same views. */
export class ViewGroup {
  readonly #matcher: PlainMatcher;
  readonly #finders: FinderSet;
  readonly #plan: ViewPlan;
  readonly #views: WholeViews;

  constructor(matcher: PlainMatcher, finders: FinderSet, plan: ViewPlan) {
    this.#matcher = matcher;
    this.#finders = finders;
    this.#plan = plan;
    this.#views = new WholeViews(matcher, finders, plan);
  }

  find(text: string): Finding[] {
    const findings = this.#matcher.find(text, this.#finders);
    const decoded = this.#views.findIn(text, 0);
    if (decoded.length > 0) addUncovered(findings, decoded);
    return findings;
  }

  mayMatch(text: string): boolean {
    return this.#matcher.mayMatch(text, this.#finders) || this.#views.findIn(text, 0).length > 0;
  }

  open(): TextScan {
    return new ViewScan(this.#plan);
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
