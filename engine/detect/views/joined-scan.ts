import type {Finding, TextScan} from '../finder.ts';

/** Scans of the same text for different finders, as one. */
export class JoinedScan implements TextScan {
  readonly findings: Finding[] = [];
  readonly #scans: readonly TextScan[];

  constructor(scans: readonly TextScan[]) {
    this.#scans = scans;
  }

  get hold(): number {
    return Math.min(...this.#scans.map(({hold}) => hold));
  }

  get open(): readonly Finding[] {
    return this.#scans.flatMap(({open}) => open);
  }

  push(piece: string): void {
    for (const scan of this.#scans) {
      scan.push(piece);
      this.findings.push(...scan.findings.splice(0));
    }
  }

  end(): void {
    for (const scan of this.#scans) {
      scan.end();
      this.findings.push(...scan.findings.splice(0));
    }
  }
}
