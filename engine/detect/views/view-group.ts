import type {Finding, TextScan} from '../finder.ts';
import type {ViewPlan} from './view-plan.ts';
import {ViewScan} from './view-scan.ts';

/** Finders that are looked for in the same views. */
export class ViewGroup {
  readonly #plan: ViewPlan;

  constructor(plan: ViewPlan) {
    this.#plan = plan;
  }

  find(text: string): Finding[] {
    const findings = this.#plan.find(text);
    const decoded = this.#plan.findDecoded(text, 0);
    if (decoded.length > 0) addUncovered(findings, decoded);
    return findings;
  }

  mayMatch(text: string): boolean {
    return this.#plan.find(text).length > 0 || this.#plan.findDecoded(text, 0).length > 0;
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
