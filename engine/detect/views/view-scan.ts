import type {Finding, ForkingScan, TextScan} from '../finder.ts';
import {TextNode} from './text-node.ts';
import {ITSELF} from './unit-origin.ts';
import type {ViewPlan} from './view-plan.ts';

/** Units that are looked through at a time: views begin and end in between. */
const BLOCK = 1024;

/**
 * Looks through a text that arrives in pieces, and through the views of it.
 *
 * A finding in a view counts unless one of the same finder in the text itself covers it, or an equal one was there
 * before. It is listed as open while that is not known, which changes nothing of what has to be masked.
 */
export class ViewScan implements TextScan {
  readonly findings: Finding[] = [];
  readonly #raw: ForkingScan;
  readonly #node: TextNode;
  /** Findings in views that have not been judged yet. */
  #waiting: Finding[] = [];
  /** Findings in the text by finder, and ends of those in views that counted, while one to come may be like them. */
  readonly #plain = new Map<number, Finding[]>();
  readonly #counted = new Map<string, number>();

  constructor(plan: ViewPlan) {
    this.#raw = plan.open();
    const report = (finding: Finding): void => {
      this.#waiting.push(finding);
    };
    this.#node = new TextNode({plan, scan: this.#raw, depth: 0, origin: ITSELF, report});
  }

  get hold(): number {
    return this.#node.hold;
  }

  get open(): readonly Finding[] {
    const open = [...this.#raw.open, ...this.#waiting];
    this.#node.addOpen(open);
    return open;
  }

  push(piece: string): void {
    for (let at = 0; at < piece.length; at += BLOCK) {
      this.#node.push(piece.length <= BLOCK ? piece : piece.slice(at, at + BLOCK));
      this.#settle();
    }
  }

  end(): void {
    this.#node.end();
    this.#settle();
  }

  #settle(): void {
    const found = this.#raw.findings.length === 0 ? [] : this.#raw.findings.splice(0);
    for (const finding of found) {
      this.findings.push(finding);
      const own = this.#plain.get(finding.finder);
      if (own === undefined) this.#plain.set(finding.finder, [finding]);
      else own.push(finding);
    }
    if (this.#waiting.length > 0) {
      const {hold, open} = this.#raw;
      this.#waiting = this.#waiting.filter((finding) => !this.#isJudged(finding, hold, open));
    }
    if (this.#plain.size > 0 || this.#counted.size > 0) this.#forget();
  }

  /** Counts or drops a finding in a view, if what the text itself holds there is known. */
  #isJudged(finding: Finding, hold: number, open: readonly Finding[]): boolean {
    const {finder, start, end} = finding;
    // Findings of one finder come in order and do not overlap: the last that starts in time reaches farthest.
    const before = this.#plain.get(finder)?.findLast((other) => other.start <= start);
    if (before !== undefined && end <= before.end) return true;
    const growing = open.find((other) => other.finder === finder && other.start <= start);
    if (growing !== undefined) return end <= growing.end;
    if (hold <= start) return false;
    const key = `${finder} ${start} ${end}`;
    if (!this.#counted.has(key)) this.findings.push(finding);
    this.#counted.set(key, end);
    return true;
  }

  /** What ends before anything that is yet to come in a view is like nothing of it. */
  #forget(): void {
    const open = [...this.#waiting];
    this.#node.addOpen(open);
    let first = this.#node.hold;
    for (const {start} of open) first = Math.min(first, start);
    for (const [finder, findings] of this.#plain) {
      const kept = findings.filter(({end}) => end > first);
      if (kept.length === 0) this.#plain.delete(finder);
      else if (kept.length < findings.length) this.#plain.set(finder, kept);
    }
    for (const [key, end] of this.#counted) if (end <= first) this.#counted.delete(key);
  }
}
