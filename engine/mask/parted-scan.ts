import type {FinderSet, Finding, Matcher, TextScan} from '../detect/finder.ts';

/** Of the first part no more is kept: where it ends, what began earlier is known. */
const KEPT = 65_536;

/**
 * Looks through parts of a text that a reader may join: through all of them as one text, and through each by itself.
 *
 * A finding in a part counts unless one of the same finder in the whole covers it. It is listed as open while that is
 * not known, which changes nothing of what has to be masked.
 */
export class PartedScan implements TextScan {
  readonly findings: Finding[] = [];
  readonly #matcher: Matcher;
  readonly #finders: FinderSet;
  readonly #joint: TextScan;
  /** The part at hand; undefined in the first, which goes like the whole up to its end. */
  #own: TextScan | undefined;
  #received = 0;
  /** Where the part at hand begins. */
  #from = 0;
  /** The first part's end, as far as it is kept. */
  #first = '';
  /** Findings in parts that have not been judged. */
  #waiting: Finding[] = [];
  /** Findings in the whole that one in a part may be like. */
  #known: Finding[] = [];

  constructor(matcher: Matcher, finders: FinderSet) {
    this.#matcher = matcher;
    this.#finders = finders;
    this.#joint = matcher.open(finders);
  }

  get hold(): number {
    const {hold} = this.#joint;
    return this.#own === undefined ? hold : Math.min(hold, this.#from + this.#own.hold);
  }

  get open(): readonly Finding[] {
    const {open} = this.#joint;
    if (this.#own === undefined && this.#waiting.length === 0) return open;
    return [...open, ...this.#shifted(this.#own?.open ?? []), ...this.#waiting];
  }

  push(piece: string): void {
    this.#received += piece.length;
    this.#joint.push(piece);
    if (this.#own === undefined) {
      this.#first += piece;
      if (this.#first.length > 2 * KEPT) this.#first = this.#first.slice(-KEPT);
    } else {
      this.#own.push(piece);
    }
    this.#settle();
  }

  /** The part at hand is complete, and another one begins. */
  part(): void {
    const {hold, open} = this.#joint;
    if (this.#own === undefined) {
      const base = this.#received - this.#first.length;
      for (const {finder, start, end} of this.#matcher.find(this.#first, this.#finders)) {
        const finding = {finder, start: start + base, end: end + base};
        const grows = open.some((other) => other.finder === finder && other.start === finding.start);
        if (finding.start >= hold || grows) this.#waiting.push(finding);
      }
      this.#first = '';
    } else {
      this.#own.end();
      this.#waiting.push(...this.#shifted(this.#own.findings.splice(0)));
    }
    this.#own = this.#matcher.open(this.#finders);
    this.#from = this.#received;
    this.#settle();
  }

  end(): void {
    this.#joint.end();
    this.#own?.end();
    this.#settle(true);
    this.#own = undefined;
  }

  #shifted(findings: readonly Finding[]): Finding[] {
    return findings.map(({finder, start, end}) => ({finder, start: start + this.#from, end: end + this.#from}));
  }

  #settle(isOver = false): void {
    const found = this.#joint.findings;
    if (this.#own === undefined && this.#waiting.length === 0) {
      if (found.length > 0) this.findings.push(...found.splice(0));
      return;
    }
    for (const finding of found.splice(0)) {
      this.findings.push(finding);
      this.#known.push(finding);
    }
    if (this.#own !== undefined) this.#waiting.push(...this.#shifted(this.#own.findings.splice(0)));
    const [hold, open] = isOver ? [Infinity, []] : [this.#joint.hold, this.#joint.open];
    this.#waiting = this.#waiting.filter((finding) => !this.#isJudged(finding, hold, open));
    const first = Math.min(this.hold, ...this.open.map(({start}) => start));
    this.#known = this.#known.filter(({end}) => end > first);
  }

  /** Counts or drops a finding in a part, if what the whole holds there is known. */
  #isJudged({finder, start, end}: Finding, hold: number, open: readonly Finding[]): boolean {
    const isBefore = (other: Finding): boolean => other.finder === finder && other.start <= start;
    if (this.#known.some((other) => isBefore(other) && end <= other.end)) return true;
    const growing = open.find(isBefore);
    if (growing !== undefined) return end <= growing.end;
    if (hold <= start) return false;
    this.findings.push({finder, start, end});
    return true;
  }
}
