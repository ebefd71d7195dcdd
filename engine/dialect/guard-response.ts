import type {BlockAnswer, ResponsePlan} from '../decide/decision.ts';
import type {Matcher} from '../detect/finder.ts';
import {applyEdits, type Edit, maskClusters} from '../mask/clusters.ts';
import type {Dialect, ResponseReading, Route} from './dialect.ts';
import {maskRuns} from './mask-runs.ts';
import {replacementsOf} from './splice.ts';

export interface GuardedResponse {
  /** What may be released: the same instance where nothing was found, empty where a rule blocks. */
  body: string;
  /** Its runs are the raw text; model and id are masked. */
  reading: ResponseReading;
  /** Number of findings by finder. */
  counts: ReadonlyMap<number, number>;
  /** The answer to give in place of the body. */
  blocked: BlockAnswer | undefined;
}

/**
 * Guards a whole JSON response.
 *
 * @param plan undefined where no response rule applies: the body is read for the record only.
 * @throws WeirError UPSTREAM_INVALID where the body cannot be read; then nothing of it may be released under a plan.
 */
export function guardResponse(options: {
  dialect: Dialect;
  route: Route;
  matcher: Matcher;
  plan: ResponsePlan | undefined;
  body: string;
}): GuardedResponse {
  const {dialect, route, matcher, plan, body} = options;
  const reading = dialect.readResponse(route, body);
  const counts = new Map<number, number>();
  if (plan === undefined) return {body, reading, counts, blocked: undefined};
  const {edits, blocking} = maskRuns(reading.runs, matcher, plan, counts);
  if (blocking !== undefined) return {body: '', reading, counts, blocked: plan.blockAnswerOf(blocking.finder)};
  const unseen = plan.unseenAnswer(reading.uninspectable);
  if (unseen !== undefined) return {body: '', reading, counts, blocked: unseen};
  if (edits.length === 0) return {body, reading, counts, blocked: undefined};
  const replacements = withStale(replacementsOf(body, reading.runs, edits), reading.stale);
  const masked = (text: string): string =>
    applyEdits(text, maskClusters(text, matcher.find(text, plan.plainFinders), plan.treatmentOf));
  const facts = {model: masked(reading.model), id: masked(reading.id)};
  return {body: applyEdits(body, replacements), reading: {...reading, ...facts}, counts, blocked: undefined};
}

/** Adds `null` in place of tokens that repeat text which is changed; what would be replaced inside them goes too. */
export function withStale(replacements: readonly Edit[], stale: readonly {start: number; end: number}[]): Edit[] {
  const kept = replacements.filter(({start}) => !stale.some((range) => range.start <= start && start < range.end));
  const nulls = stale.map(({start, end}) => ({start, end, token: 'null'}));
  return [...kept, ...nulls].sort((a, b) => a.start - b.start);
}
