import type {Finding, TextScan} from '../finder.ts';

/**
 * The texts of one run over a stream, in the order in which they began.
 *
 * A stream that is judged again has the same texts: what was said of them whole need not wait for their ends then.
 */
export class WholeTextsOfRun {
  readonly #texts: string[] = [];
  #begun = 0;

  /** The number of the text that begins now. */
  begin(): number {
    this.#begun += 1;
    return this.#begun - 1;
  }

  /** The text is complete. */
  complete(number: number, text: string): void {
    this.#texts[number] = text;
  }

  /** Undefined for a text that was not complete in this run. */
  textOf(number: number): string | undefined {
    return this.#texts[number];
  }
}

/** What is known beside a text that grows. */
interface Stated {
  /** Stated findings of a whole text. */
  findingsIn: (text: string) => Finding[];
  /** What the whole text is going to be; undefined where nobody knows. */
  expected: string | undefined;
  /** Told the text once it is complete. */
  onComplete: (text: string) => void;
}

/**
 * Looks through a text that external detectors look at, too.
 *
 * Where the whole text is not known beforehand nothing is let go before it is complete; where it is, no more is held
 * than a place of which the end has not come yet.
 */
export class StatedScan implements TextScan {
  readonly findings: Finding[] = [];
  readonly #scan: TextScan;
  readonly #stated: Stated;
  #text = '';
  /** By start. */
  #coming: Finding[];

  constructor(scan: TextScan, stated: Stated) {
    this.#scan = scan;
    this.#stated = stated;
    this.#coming = stated.expected === undefined ? [] : inOrder(stated.findingsIn(stated.expected));
  }

  get hold(): number {
    if (this.#stated.expected === undefined) return 0;
    return Math.min(this.#scan.hold, this.#coming[0]?.start ?? Infinity);
  }

  get open(): readonly Finding[] {
    return this.#stated.expected === undefined ? [] : this.#scan.open;
  }

  push(piece: string): void {
    this.#text += piece;
    this.#scan.push(piece);
    this.#take();
  }

  /** @throws RangeError where the text is not the one that the stated findings are of. */
  end(): void {
    const {expected, findingsIn, onComplete} = this.#stated;
    this.#scan.end();
    if (expected === undefined) this.#coming = inOrder(findingsIn(this.#text));
    else if (expected !== this.#text) throw new RangeError('a text is another one than the one that was inspected');
    this.#take();
    onComplete(this.#text);
  }

  #take(): void {
    for (const finding of this.#scan.findings.splice(0)) this.findings.push(finding);
    // A later place may end earlier: what it covers waits with the place before it.
    while (this.#coming[0] !== undefined && this.#coming[0].end <= this.#text.length) {
      const [next] = this.#coming.splice(0, 1);
      if (next !== undefined) this.findings.push(next);
    }
  }
}

function inOrder(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => a.start - b.start || a.finder - b.finder);
}
