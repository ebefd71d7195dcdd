import {WeirError} from '../../lib/errors.ts';
import type {ResponsePlan} from '../decide/decision.ts';
import type {Finding, Matcher} from '../detect/finder.ts';
import type {Place, TextRun} from '../exchange.ts';
import {applyEdits, type Edit, maskClusters} from '../mask/clusters.ts';
import {maskRuns} from './mask-runs.ts';
import {replacementsOf} from './splice.ts';
import type {SseEvent} from './sse.ts';

/** Short texts that repeat in every event (ids, models) and hold nothing are looked at once. */
const MAX_CLEAN_TEXTS = 256;
const MAX_CLEAN_LENGTH = 80;

/** What becomes of the texts of a stream that are whole in one event. */
export interface EventTexts {
  /** What changes in an event's data, the first finding whose rule blocks, and whether there was any finding. */
  editsOf: (
    data: string,
    runs: readonly TextRun[],
    counts: Map<number, number>,
  ) => {edits: Edit[]; blocking: Finding | undefined; isClean: boolean};
  /** Comments, ids and unknown fields that change. */
  otherLines: (event: SseEvent) => Edit[];
  /** The text as a client may see it. */
  masked: (text: string) => string;
}

/** Judges the texts of a stream that are whole in one event. */
export class WholeTexts implements EventTexts {
  private readonly matcher: Matcher;
  private readonly plan: ResponsePlan;
  private readonly clean = new Set<string>();
  /** Those in which nothing was found where less is looked for. */
  private readonly cleanPlain = new Set<string>();

  constructor(matcher: Matcher, plan: ResponsePlan) {
    this.matcher = matcher;
    this.plan = plan;
  }

  /** What changes in an event's data, the first finding whose rule blocks, and whether there was any finding. */
  editsOf(
    data: string,
    runs: readonly TextRun[],
    counts: Map<number, number>,
  ): {edits: Edit[]; blocking: Finding | undefined; isClean: boolean} {
    const unknown = runs.filter((run) => run.pieces.length > 1 || !this.cleanAt(run.place).has(readText(run)));
    if (unknown.length === 0) return {edits: [], blocking: undefined, isClean: true};
    const before = sum(counts);
    const {edits, blocking} = maskRuns(unknown, this.matcher, this.plan, counts);
    // What a rule only observes is no edit, but it is counted each time it occurs.
    const isClean = sum(counts) === before;
    if (isClean) for (const run of unknown) this.remember(readText(run), this.cleanAt(run.place));
    return {edits: replacementsOf(data, unknown, edits), blocking, isClean};
  }

  /**
   * Comments, ids and unknown fields pass unless something is found in them; then they become an empty comment.
   *
   * @throws WeirError UPSTREAM_INVALID where something is found in an event's name.
   */
  otherLines({text, name, others}: SseEvent): Edit[] {
    if (this.hasFinding(name)) throw new WeirError('UPSTREAM_INVALID', 'a stream event has a name that is no name');
    return others
      .filter(({start, end}) => this.hasFinding(text.slice(start, end)))
      .map(({start, end}) => ({start, end, token: ':'}));
  }

  /** The text as a client may see it. */
  masked(text: string): string {
    const {plainFinders, treatmentOf} = this.plan;
    return applyEdits(text, maskClusters(text, this.matcher.find(text, plainFinders), treatmentOf));
  }

  private hasFinding(text: string): boolean {
    if (text === '' || this.cleanPlain.has(text)) return false;
    const {plainFinders, treatmentOf} = this.plan;
    const isFound = this.matcher.find(text, plainFinders).some(({finder}) => treatmentOf(finder).action !== 'observe');
    if (!isFound) this.remember(text, this.cleanPlain);
    return isFound;
  }

  private cleanAt(place: Place): Set<string> {
    return place === 'other' ? this.cleanPlain : this.clean;
  }

  private remember(text: string, clean: Set<string>): void {
    if (text.length <= MAX_CLEAN_LENGTH && clean.size < MAX_CLEAN_TEXTS) clean.add(text);
  }
}

/** A text as it is looked at: a value is clean behind its own key only. */
function readText({text, lead}: TextRun): string {
  return lead === undefined ? text : lead.before + text + lead.after;
}

function sum(counts: ReadonlyMap<number, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
