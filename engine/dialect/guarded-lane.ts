import type {ResponsePlan} from '../decide/decision.ts';
import type {Finding, Matcher} from '../detect/finder.ts';
import {createJsonLaneMasker} from '../mask/json-lane.ts';
import type {LaneMasker, LaneSink} from '../mask/lane.ts';
import {createLaneMasker} from '../mask/lane-masker.ts';
import {createTextOrJsonLaneMasker} from '../mask/text-or-json-lane.ts';

/** What a lane holds; `textOrJson` shows by how it begins. */
export type LaneContent = keyof typeof MASKERS;

const MASKERS = {text: createLaneMasker, json: createJsonLaneMasker, textOrJson: createTextOrJsonLaneMasker};

/** One lane of a stream: text goes in as it arrives, comes out as it is certain. */
export class GuardedLane {
  /** Set where a rule blocks: what was taken out before is all that may ever be released. */
  blocking: Finding | undefined;
  /** Whether any text was taken in. */
  hasBegun = false;
  private readonly masker: LaneMasker;
  /** Taken in, not yet passed on. */
  private pending = '';
  private released = '';
  private changed = false;
  private ended = false;

  /** Of arguments of a tool call. */
  readonly tool: string | undefined;

  constructor(options: {
    content: LaneContent;
    tool: string | undefined;
    matcher: Matcher;
    plan: ResponsePlan;
    onFinding: (finding: Finding) => void;
  }) {
    const {content, tool, matcher, plan, onFinding} = options;
    this.tool = tool;
    const sink: LaneSink = {
      keep: (count) => {
        this.released += this.pending.slice(0, count);
        this.pending = this.pending.slice(count);
      },
      replace: (count, token) => {
        this.released += token;
        this.pending = this.pending.slice(count);
        this.changed = true;
      },
      block: (finding) => {
        this.blocking = finding;
        this.pending = '';
      },
    };
    const {finders, treatmentOf, needsValues} = plan;
    this.masker = MASKERS[content]({matcher, finders, treatmentOf, needsValues, sink, onFinding});
  }

  push(text: string): void {
    if (this.blocking !== undefined) return;
    if (text !== '') this.hasBegun = true;
    this.pending += text;
    this.masker.push(text);
  }

  end(): void {
    if (this.blocking !== undefined || this.ended) return;
    this.ended = true;
    this.masker.end();
  }

  /** What may be released now, and whether it is other than what came in since the last call. */
  take(): {text: string; changed: boolean} {
    const split = !this.ended && endsWithinPair(this.released);
    const text = split ? this.released.slice(0, -1) : this.released;
    this.released = split ? this.released.slice(-1) : '';
    const changed = this.changed;
    this.changed = false;
    return {text, changed};
  }

  /** True where nothing is held back. */
  isEmpty(): boolean {
    return this.pending === '' && this.released === '';
  }
}

/** Half of a surrogate pair cannot be written to a client; it waits for its partner. */
function endsWithinPair(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
