import type {FinderSet, Finding, Matcher, TextScan} from '../detect/finder.ts';
import {namesBefore} from './clusters.ts';
import {type LaneMasker, type LaneSink, MAX_VALUE, type Treatment, tokenFor} from './lane.ts';

export interface LaneOptions {
  matcher: Matcher;
  /** The finders to look for. */
  finders: FinderSet;
  treatmentOf: (finder: number) => Treatment;
  sink: LaneSink;
  /** Whether a treatment of these finders makes its token from the value: then the text that is held is kept here. */
  needsValues: boolean;
  /** Told of every finding once, with its offsets in the lane; what follows a block is not told. */
  onFinding: (finding: Finding) => void;
}

/** Overlapping findings that become one token. */
interface Cluster {
  start: number;
  end: number;
  best: Finding;
  isTokenOut: boolean;
}

/**
 * Masks a text that arrives in pieces: whatever the cuts, the sink receives the masking of the whole text, and each
 * part of it as soon as nothing that follows can change it.
 */
export function createLaneMasker(options: LaneOptions): LaneMasker {
  return new ScanningMasker(options);
}

class ScanningMasker implements LaneMasker {
  readonly #options: LaneOptions;
  readonly #scan: TextScan;
  #received = 0;
  #released = 0;
  /** Findings whose turn has not come, by start. */
  #queue: Finding[] = [];
  #cluster: Cluster | undefined;
  #isDead = false;
  /** What is held, where treatments need it. */
  #text = '';

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#scan = options.matcher.open(options.finders);
  }

  get held(): number {
    return this.#received - this.#released;
  }

  push(text: string): void {
    if (this.#isDead || text === '') return;
    this.#received += text.length;
    if (this.#options.needsValues) this.#text += text;
    this.#scan.push(text);
    this.#release(this.#scan.hold);
  }

  end(): void {
    if (this.#isDead) return;
    this.#scan.end();
    this.#release(this.#received);
    this.#isDead = true;
  }

  /** Releases all that is certain: findings from `hold` on may still be missing. */
  #release(hold: number): void {
    const {findings, open} = this.#scan;
    if (findings.length === 0 && open.length === 0 && this.#queue.length === 0 && this.#cluster === undefined) {
      this.#keepUntil(hold);
      return;
    }
    this.#queue.push(...findings.splice(0));
    const bound = this.#undecidedFrom(hold, open);
    // An open finding counts like a whole one, up to where it ends at the least.
    const due = [...this.#queue, ...open].filter((finding) => finding.start < bound).sort(this.#inOrder);
    this.#queue = this.#queue.filter((finding) => finding.start >= bound);
    for (const finding of due) {
      this.#take(finding, open);
      if (this.#isDead) return;
    }
    this.#settle(bound, open);
  }

  readonly #inOrder = (a: Finding, b: Finding): number =>
    a.start - b.start || this.#rank(a) - this.#rank(b) || a.finder - b.finder;

  #rank(finding: Finding): number {
    return this.#options.treatmentOf(finding.finder).action === 'block' ? 0 : 1;
  }

  /** Findings that start together and differ in length only may still swap places while one of them is open. */
  #undecidedFrom(hold: number, open: readonly Finding[]): number {
    const {treatmentOf} = this.#options;
    for (const finding of open) {
      if (this.#cluster?.isTokenOut === true && finding.start < this.#cluster.end) continue;
      const {action, priority, token} = treatmentOf(finding.finder);
      if (action !== 'mask' || finding.start >= hold) continue;
      const rivals = [...this.#queue, ...open].filter(({start}) => start === finding.start);
      const isTie = rivals.some((rival) => {
        const other = treatmentOf(rival.finder);
        return other.action === 'mask' && other.priority === priority && other.token !== token;
      });
      if (isTie) return Math.min(hold, finding.start);
    }
    return hold;
  }

  #take(finding: Finding, open: readonly Finding[]): void {
    const {treatmentOf, sink, onFinding} = this.#options;
    const {action} = treatmentOf(finding.finder);
    const isOpen = open.includes(finding);
    if (action === 'block') {
      this.#closeCluster(finding.start);
      this.#keepUntil(finding.start);
      for (const other of open) if (other.start < finding.start) onFinding(other);
      onFinding(finding);
      this.#isDead = true;
      sink.block(finding);
      return;
    }
    if (!isOpen) onFinding(finding);
    if (action === 'mask') this.#join(finding);
  }

  #join(finding: Finding): void {
    const cluster = this.#cluster;
    if (cluster === undefined || finding.start >= cluster.end) {
      this.#closeCluster(Infinity);
      this.#keepUntil(finding.start);
      this.#cluster = {start: finding.start, end: finding.end, best: finding, isTokenOut: false};
      return;
    }
    cluster.end = Math.max(cluster.end, finding.end);
    const isRival = finding.start === cluster.start && !cluster.isTokenOut;
    if (isRival && namesBefore(finding, cluster.best, this.#options.treatmentOf)) cluster.best = finding;
  }

  /** Lets go of what the findings taken so far decide. */
  #settle(bound: number, open: readonly Finding[]): void {
    const cluster = this.#cluster;
    if (cluster !== undefined) {
      const isOpen = open.some(
        ({finder, start}) =>
          start < bound && start < cluster.end && this.#options.treatmentOf(finder).action === 'mask',
      );
      if (isOpen || cluster.end > bound) {
        if (!this.#awaitsValue(cluster)) this.#swallow(cluster, cluster.end, undefined);
        return;
      }
      this.#closeCluster(Infinity);
    }
    this.#keepUntil(bound);
  }

  #closeCluster(limit: number): void {
    const cluster = this.#cluster;
    if (cluster === undefined) return;
    const isWhole = cluster.end <= limit;
    const value = isWhole && this.#awaitsValue(cluster) ? this.#text.slice(0, cluster.end - cluster.start) : undefined;
    this.#swallow(cluster, isWhole ? cluster.end : limit, value);
    this.#cluster = undefined;
  }

  /** Whether what replaces the cluster depends on all of its text. */
  #awaitsValue({start, end, best, isTokenOut}: Cluster): boolean {
    if (isTokenOut || !this.#options.needsValues || end - start > MAX_VALUE) return false;
    return this.#options.treatmentOf(best.finder).tokenOf !== undefined;
  }

  #swallow(cluster: Cluster, to: number, value: string | undefined): void {
    const count = to - this.#released;
    if (count <= 0) return;
    const token = cluster.isTokenOut ? '' : tokenFor(this.#options.treatmentOf(cluster.best.finder), value);
    cluster.isTokenOut = true;
    this.#let(count);
    this.#options.sink.replace(count, token);
  }

  #keepUntil(to: number): void {
    const count = to - this.#released;
    if (count <= 0) return;
    this.#let(count);
    this.#options.sink.keep(count);
  }

  #let(count: number): void {
    this.#released += count;
    if (this.#options.needsValues) this.#text = this.#text.slice(count);
  }
}
