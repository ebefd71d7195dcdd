import type {ResponsePlan} from '../decide/decision.ts';
import type {Finding, Matcher} from '../detect/finder.ts';
import {createJsonLaneMasker} from '../mask/json-lane.ts';
import type {LaneMasker, LaneSink} from '../mask/lane.ts';
import {createLaneMasker} from '../mask/lane-masker.ts';
import {PartedScan} from '../mask/parted-scan.ts';
import {createTextOrJsonLaneMasker} from '../mask/text-or-json-lane.ts';

/** What a lane holds; `textOrJson` shows by how it begins. */
export type LaneContent = keyof typeof MASKERS;

const MASKERS = {text: createLaneMasker, json: createJsonLaneMasker, textOrJson: createTextOrJsonLaneMasker};

/** What stands for a text that is gone: providers refuse an empty one when it comes back to them. */
const GONE = '…';

interface LaneOptions {
  content: LaneContent;
  /** Of arguments of a tool call. */
  tool: string | undefined;
  /** Whether another lane may go on from it. */
  isJoinable: boolean;
  matcher: Matcher;
  plan: ResponsePlan;
  onFinding: (finding: Finding) => void;
}

/** One lane of a stream: text goes in as it arrives, comes out as it is certain. */
export class GuardedLane {
  /** Whether any text was taken in. */
  hasBegun = false;
  /** Whether it is complete although a lane that goes on from it may still change what it says. */
  isPaused = false;
  /** Of arguments of a tool call. */
  readonly tool: string | undefined;
  private readonly run: LaneRun;
  /** Taken in, not yet passed on. */
  private pending = '';
  private released = '';
  private changed = false;
  /** Whether anything was said of what came in, be it a token. */
  private hasSaid = false;
  private readonly isFirst: boolean;

  private constructor(run: LaneRun, tool: string | undefined) {
    this.run = run;
    this.tool = tool;
    this.isFirst = run.lanes.length === 0;
    run.lanes.push(this);
  }

  static open(options: LaneOptions): GuardedLane {
    return new GuardedLane(new LaneRun(options), options.tool);
  }

  /** A lane that its reader joins to this one, which is paused. */
  next(): GuardedLane {
    this.run.scan?.part();
    return new GuardedLane(this.run, this.tool);
  }

  /** Set where a rule blocks: what was taken out before is all that may ever be released. */
  get blocking(): Finding | undefined {
    return this.run.blocking;
  }

  push(text: string): void {
    if (this.blocking !== undefined) return;
    if (text !== '') this.hasBegun = true;
    this.pending += text;
    this.run.masker.push(text);
  }

  pause(): void {
    this.isPaused = true;
  }

  end(): void {
    this.run.end();
  }

  /** What may be released now, and whether it is other than what came in since the last call. */
  take(): {text: string; changed: boolean} {
    if (this.isGone) {
      this.released = GONE;
      this.hasSaid = true;
    }
    const split = !this.isComplete && endsWithinPair(this.released);
    const text = split ? this.released.slice(0, -1) : this.released;
    this.released = split ? this.released.slice(-1) : '';
    const changed = this.changed;
    this.changed = false;
    return {text, changed};
  }

  /** True where all that came in is decided. */
  isDecided(): boolean {
    return this.pending === '';
  }

  /** True where nothing is held back. */
  isEmpty(): boolean {
    return this.pending === '' && this.released === '' && !this.isGone;
  }

  private get isComplete(): boolean {
    return this.run.ended || this.isPaused;
  }

  /** Whether all of it belonged to a span that began in a lane before. */
  private get isGone(): boolean {
    const isSilent = this.hasBegun && !this.hasSaid && this.pending === '';
    return isSilent && !this.isFirst && this.isComplete && this.blocking === undefined;
  }

  /** For the run: `count` units at most are decided, and `token` stands for them; they themselves where there is none. */
  decide(count: number, token: string | undefined): number {
    const text = this.pending.slice(0, count);
    this.pending = this.pending.slice(count);
    this.released += token ?? text;
    if (token !== '') this.hasSaid = true;
    if (token !== undefined) this.changed = true;
    return text.length;
  }

  /** For the run: nothing of what is held may go out. */
  drop(): void {
    this.pending = '';
  }
}

/** Lanes that their reader joins, masked as one text. */
class LaneRun implements LaneSink {
  blocking: Finding | undefined;
  ended = false;
  /** From the first on of which anything is undecided. */
  readonly lanes: GuardedLane[] = [];
  readonly masker: LaneMasker;
  scan: PartedScan | undefined;

  constructor({content, matcher, plan, isJoinable, onFinding}: LaneOptions) {
    const {finders, treatmentOf, needsValues} = plan;
    const parted: Matcher = {
      find: (text, active) => matcher.find(text, active),
      mayMatch: (text, active) => matcher.mayMatch(text, active),
      open: (active) => {
        this.scan = new PartedScan(matcher, active);
        return this.scan;
      },
    };
    const isParted = isJoinable && content === 'text';
    const options = {matcher: isParted ? parted : matcher, finders, treatmentOf, needsValues, sink: this, onFinding};
    this.masker = MASKERS[content](options);
  }

  readonly keep = (count: number): void => {
    this.decide(count, undefined);
  };

  readonly replace = (count: number, token: string): void => {
    this.decide(count, token);
  };

  readonly block = (finding: Finding): void => {
    this.blocking = finding;
    for (const lane of this.lanes) lane.drop();
  };

  end(): void {
    if (this.blocking !== undefined || this.ended) return;
    this.ended = true;
    this.masker.end();
  }

  /** A token stands in the first lane that has text of its span. */
  private decide(count: number, token: string | undefined): void {
    let left = count;
    let rest = token;
    for (let lane = this.lanes[0]; lane !== undefined && left > 0; lane = this.lanes[0]) {
      if (lane.isDecided()) {
        this.lanes.shift();
        continue;
      }
      left -= lane.decide(left, rest);
      if (rest !== undefined) rest = '';
    }
  }
}

/** Half of a surrogate pair cannot be written to a client; it waits for its partner. */
function endsWithinPair(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
