import type {ResponsePlan} from '../../engine/decide/decision.ts';
import type {StreamGuard} from '../../engine/dialect/stream-guard.ts';
import {Outcome} from '../../proto/gen/weir/record/v1/record.ts';
import type {Ending} from './ending.ts';
import {blockRefusal} from './refusal.ts';
import type {ResponseLog} from './response-log.ts';

/** Notes what a stream said and what was done to it. */
export function noteStream(
  response: ResponseLog,
  plan: ResponsePlan | undefined,
  summary: StreamGuard['summary'],
): void {
  response.verdict = plan?.verdictOf(summary.counts, summary.uninspectable);
  response.usage = summary.usage;
  response.finishReasons = summary.finishReasons;
  response.model = summary.model;
  response.id = summary.id;
}

/** How a stream ended. @param isComplete whether the dialect's own end was seen. */
export function streamEnding(summary: StreamGuard['summary'], upstreamStatus: number, isComplete: boolean): Ending {
  const {blocked, failure, error} = summary;
  if (blocked !== undefined) return {outcome: Outcome.BLOCKED, errorCode: blockRefusal(blocked).code};
  if (failure !== undefined) return {outcome: Outcome.UPSTREAM_ERROR, errorCode: failure.code};
  if (error !== undefined || upstreamStatus >= 400) {
    return {outcome: Outcome.UPSTREAM_ERROR, errorCode: 'UPSTREAM_ERROR'};
  }
  if (!isComplete) return {outcome: Outcome.UPSTREAM_ERROR, errorCode: 'UPSTREAM_INVALID'};
  return {outcome: Outcome.COMPLETED, errorCode: ''};
}
