import type {RequestDecision} from '../../engine/decide/decision.ts';
import {Action, Outcome} from '../../proto/gen/weir/record/v1/record.ts';
import {type Exchange, established, type Release} from './exchange.ts';
import type {ProxyParts} from './parts.ts';
import {startedRecord} from './records.ts';
import {blockRefusal, Refusal} from './refusal.ts';
import type {Stage} from './stage.ts';

/** Records the request and its verdict durably, then stops what policy blocks. */
export const recordStage: Stage = (exchange, parts) => {
  const decision = established(exchange.decision, 'decision');
  recordStart(exchange, parts);
  refuseBlocked(decision);
  // Commit point: from here on a byte may go upstream, or a hold be announced.
  return exchange.started;
};

/** Begins to record the start of an exchange, once. */
export function recordStart(exchange: Exchange, {recorder}: ProxyParts): void {
  exchange.started ??= recorder.started(startedRecord(exchange));
}

/** Records what a reviewer decided, and the verdict that stands after it. */
export async function recordRelease(
  exchange: Exchange,
  parts: ProxyParts,
  release: Omit<Release, 'binding'>,
): Promise<void> {
  await parts.recorder.released({
    exchangeId: exchange.id,
    holdId: release.holdId,
    releasedAt: new Date(parts.now()),
    verdict: established(exchange.decision, 'decision').verdict,
    request: undefined,
    reviewers: [...release.reviewers],
  });
}

/**
 * Lets only known verdicts through that are no block.
 *
 * @throws Refusal with the rule's own answer.
 */
export function refuseBlocked({verdict, block, approvals}: RequestDecision): void {
  const {action} = verdict;
  const isPass = action === Action.ALLOW || action === Action.MASK;
  const isHold = action === Action.APPROVE && approvals.length > 0;
  if (block === undefined && (isPass || isHold)) return;
  if (block !== undefined) throw blockRefusal(block);
  throw new Refusal('BLOCKED', 'this request is not allowed', {outcome: Outcome.BLOCKED});
}
