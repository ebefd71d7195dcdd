import type {Finding, ForkingScan} from '../finder.ts';
import type {Stretch} from './byte-lane.ts';
import {DecodedStretch} from './decoded-stretch.ts';
import {EncodedRuns} from './encoded-runs.ts';
import {PLAIN, UNDECIDED} from './escape-reader.ts';
import {Rewriter} from './rewriter.ts';
import {through, type UnitOrigin} from './unit-origin.ts';
import type {ViewPlan} from './view-plan.ts';
import {MAX_DEPTH, readerAt} from './view-readers.ts';

export interface NodeOptions {
  plan: ViewPlan;
  scan: ForkingScan;
  /** Number of decodings that led to this text; 0 for the text itself, whose own findings its reader takes out. */
  depth: number;
  origin: UnitOrigin;
  /** Told of findings in decoded texts, with their place in the text itself. */
  report: (finding: Finding) => void;
}

/**
 * A text and the views of it, looked through while it arrives.
 *
 * There is one view in which every escape is decoded and every character folded. It begins as a fork of the text's own
 * scan where the two first differ, and is given up where nothing that it could find would not be found in the text.
 * Each stretch of text that is encoded within the text is a view of its own.
 */
export class TextNode implements Stretch {
  readonly #options: NodeOptions;
  readonly #scan: ForkingScan;
  readonly #runs: EncodedRuns<DecodedStretch<TextNode>> | undefined;
  #rewriter: Rewriter | undefined;
  #rewritten: TextNode | undefined;
  /** An escape that is not complete, before anything has been decoded; the scan waits too. */
  #waiting = '';
  /** Number of units that the scan was given. */
  #length = 0;
  /** Of each finder whose finding goes on: where that starts here, and in the text itself. */
  #openStarts = new Map<number, {unit: number; start: number}>();

  constructor(options: NodeOptions) {
    const {plan, scan, depth} = options;
    this.#options = options;
    this.#scan = scan;
    if (plan.runs !== undefined && depth < MAX_DEPTH) {
      this.#runs = new EncodedRuns(plan.runs, (origin, like) => this.#stretch(origin, like));
    }
  }

  get hold(): number {
    let hold = this.#scan.hold;
    if (this.#runs !== undefined) hold = Math.min(hold, this.#runs.hold);
    if (this.#rewritten === undefined || this.#rewriter === undefined) return hold;
    return Math.min(hold, this.#rewriter.startOf(this.#rewritten.hold));
  }

  get needed(): number {
    // What goes on ends at `hold` at the least: its last unit stands before.
    let needed = Math.max(0, this.#scan.hold - 1);
    if (this.#runs !== undefined) needed = Math.min(needed, this.#runs.needed);
    if (this.#rewritten === undefined || this.#rewriter === undefined) return needed;
    return Math.min(needed, this.#rewriter.startOf(this.#rewritten.needed));
  }

  push(piece: string): void {
    if (piece === '') return;
    if (this.#rewriter === undefined || this.#rewritten === undefined) this.#pushPlain(piece);
    else {
      this.#take(piece);
      this.#rewritten.push(this.#rewriter.push(piece));
      this.#rewriter.trim(this.#rewritten.needed);
      this.#rejoin(this.#rewriter, this.#rewritten);
    }
    this.#report();
  }

  end(): void {
    this.#take(this.#waiting);
    if (this.#rewriter !== undefined && this.#rewritten !== undefined) {
      this.#rewritten.push(this.#rewriter.end());
      this.#rewritten.end();
    }
    this.#runs?.end();
    this.#scan.end();
    this.#report();
  }

  addOpen(open: Finding[]): void {
    if (this.#options.depth > 0) {
      for (const {finder, start, end} of this.#scan.open) {
        open.push({finder, start: this.#startOf(finder, start), end: this.#options.origin.endOf(end - 1)});
      }
    }
    this.#rewritten?.addOpen(open);
    if (this.#runs !== undefined) for (const stretch of this.#runs.stretches) stretch.addOpen(open);
  }

  /** Nothing has been decoded so far, or everything that was is behind. */
  #pushPlain(piece: string): void {
    const {plan, depth} = this.#options;
    const reader = readerAt(plan, depth);
    if (reader === undefined) {
      this.#take(piece);
      return;
    }
    const text = this.#waiting + piece;
    this.#waiting = '';
    for (let i = reader.seek(text, 0); i < text.length; i = reader.seek(text, i + 1)) {
      const reading = reader.read(text, i);
      if (reading === PLAIN) continue;
      // What stands at `i` may turn out to complete an escape in the view.
      const from = reader.undecidedBefore(text, i);
      this.#take(text.slice(0, from));
      const rest = text.slice(from);
      if (reading === UNDECIDED) {
        this.#waiting = rest;
        return;
      }
      this.#rewriter = new Rewriter(reader, this.#length);
      this.#rewritten = this.#decoded(this.#rewriter, this);
      this.#take(rest);
      this.#rewritten.push(this.#rewriter.push(rest));
      return;
    }
    this.#take(text);
  }

  #take(text: string): void {
    if (text === '') return;
    this.#length += text.length;
    this.#scan.push(text);
    this.#runs?.push(text);
  }

  #stretch(own: UnitOrigin, like: DecodedStretch<TextNode> | undefined): DecodedStretch<TextNode> {
    const {plan, depth, report} = this.#options;
    return new DecodedStretch(
      {
        open: (node) => this.#decoded(own, node),
        judge: (text) => {
          const origin = depth === 0 ? own : through(own, this.#options.origin);
          const findings = plan.find(text);
          for (const {finder, start, end} of findings.concat(plan.findDecoded(text, depth + 1))) {
            report({finder, start: origin.startOf(start), end: origin.endOf(end - 1)});
          }
        },
      },
      like,
    );
  }

  /** A view of this text, which goes on from where another text stands, if one is given. */
  #decoded(origin: UnitOrigin, like: TextNode | undefined): TextNode {
    const {plan, depth, report} = this.#options;
    const view = new TextNode({
      plan,
      scan: like === undefined ? plan.open() : like.#scan.fork(),
      depth: depth + 1,
      origin: depth === 0 ? origin : through(origin, this.#options.origin),
      report,
    });
    if (like !== undefined) view.#resume(like);
    return view;
  }

  #resume(other: TextNode): void {
    this.#length = other.#length;
    if (other.#options.depth > 0) this.#openStarts = new Map(other.#openStarts);
    if (this.#runs !== undefined && other.#runs !== undefined) this.#runs.resume(other.#runs);
    if (this.#options.depth === MAX_DEPTH) {
      this.#take(other.#waiting);
      return;
    }
    this.#waiting = other.#waiting;
    if (other.#rewriter === undefined || other.#rewritten === undefined) return;
    this.#rewriter = other.#rewriter.fork();
    this.#rewritten = this.#decoded(this.#rewriter, other.#rewritten);
  }

  /** Gives up the rewritten view where it goes on exactly as the text does. */
  #rejoin(rewriter: Rewriter, rewritten: TextNode): void {
    if (rewriter.isWaiting || !rewritten.#goesOnLike(this.#scan, rewriter.plain)) return;
    this.#rewriter = undefined;
    this.#rewritten = undefined;
  }

  /** @param same units before here in which the texts agree. */
  #goesOnLike(scan: ForkingScan, same: number): boolean {
    if (this.#rewritten !== undefined || this.#waiting !== '') return false;
    if (this.#runs !== undefined && this.#runs.span >= same) return false;
    return this.#scan.goesOnLike(scan, same);
  }

  #report(): void {
    if (this.#options.depth === 0) return;
    const {origin, report} = this.#options;
    for (const {finder, start, end} of this.#scan.findings.splice(0)) {
      report({finder, start: this.#startOf(finder, start), end: origin.endOf(end - 1)});
    }
    const {open} = this.#scan;
    if (open.length === 0 && this.#openStarts.size === 0) return;
    const starts = open.map(({finder, start}) => ({finder, unit: start, start: this.#startOf(finder, start)}));
    this.#openStarts = new Map(starts.map(({finder, unit, start}) => [finder, {unit, start}]));
  }

  #startOf(finder: number, unit: number): number {
    const known = this.#openStarts.get(finder);
    return known?.unit === unit ? known.start : this.#options.origin.startOf(unit);
  }
}
