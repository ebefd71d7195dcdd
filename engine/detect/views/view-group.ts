import type {FinderSet, Finding, PlainMatcher, TextScan} from '../finder.ts';
import {createRunSeeker, EncodedRuns} from './encoded-runs.ts';
import {TextNode} from './text-node.ts';
import type {ViewPlan} from './view-plan.ts';
import {ViewScan} from './view-scan.ts';

/** Finders that are looked for in the same views. */
export class ViewGroup {
  readonly #matcher: PlainMatcher;
  readonly #finders: FinderSet;
  readonly #plan: ViewPlan;
  readonly #hasRuns: (text: string) => boolean;
  readonly #runs: EncodedRuns<TextNode>;
  /** What is found in decoded runs of the text at hand. */
  #decoded: Finding[] = [];

  constructor(matcher: PlainMatcher, finders: FinderSet, plan: ViewPlan) {
    this.#matcher = matcher;
    this.#finders = finders;
    this.#plan = plan;
    this.#hasRuns = createRunSeeker(plan.views);
    const report = (finding: Finding): void => {
      this.#decoded.push(finding);
    };
    this.#runs = new EncodedRuns(
      (origin) => new TextNode({plan, scan: plan.open(), depth: 1, origin, report}),
      plan.views,
    );
  }

  find(text: string): Finding[] {
    if (this.#plan.outer?.isIn(text) === true) {
      const scan = this.open();
      scan.push(text);
      scan.end();
      return scan.findings;
    }
    const findings = this.#matcher.find(text, this.#finders);
    if (this.#plan.hasRuns && this.#hasRuns(text)) this.#addDecoded(text, findings);
    return findings;
  }

  mayMatch(text: string): boolean {
    if (this.#matcher.mayMatch(text, this.#finders)) return true;
    const isEncoded = this.#plan.outer?.isIn(text) === true || (this.#plan.hasRuns && this.#hasRuns(text));
    return isEncoded && this.find(text).length > 0;
  }

  open(): TextScan {
    return new ViewScan(this.#plan);
  }

  /** What is found in runs, where nothing else of the text is encoded. */
  #addDecoded(text: string, findings: Finding[]): void {
    this.#runs.push(text);
    this.#runs.end();
    if (this.#decoded.length === 0) return;
    const plain = [...findings];
    const counted = new Set<string>();
    for (const finding of this.#decoded.splice(0)) {
      const {finder, start, end} = finding;
      const key = `${finder} ${start} ${end}`;
      const isCovered = plain.some((other) => other.finder === finder && other.start <= start && end <= other.end);
      if (!isCovered && !counted.has(key)) findings.push(finding);
      counted.add(key);
    }
  }
}
