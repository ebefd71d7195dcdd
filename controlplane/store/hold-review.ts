import {randomUUID} from 'node:crypto';
import type {Transaction} from 'kysely';
import {WeirError} from '../../lib/errors.ts';
import {
  type Hold,
  type HoldBinding,
  type HoldRequirement,
  HoldState,
  OpenHoldRequest,
  type ReviewDecision,
} from '../../proto/gen/weir/agent/v1/hold.ts';
import type {Admin} from '../access/admin.ts';
import {grantFor, rememberMs, withinMs} from '../approvals/coverage.ts';
import {checkReview, personOf, samePerson, stateAfter} from '../approvals/review-rules.ts';
import {findHold, readHold, reviewsOf} from './hold-rows.ts';
import type {Schema} from './schema.ts';

export interface HoldReview {
  idOrPrefix: string;
  admin: Admin;
  decision: ReviewDecision;
  reason: string;
  nowMs: number;
}

/** Writes a review and what follows from it, in the given transaction. */
export async function writeReview(trx: Transaction<Schema>, review: HoldReview): Promise<Hold> {
  const {admin, decision, reason, nowMs} = review;
  const row = await findHold(trx, review.idOrPrefix);
  const {binding, requirements} = OpenHoldRequest.decode(row.opening);
  const rules = checkReview({callerSubject: row.caller_subject, requirements}, {admin, decision, reason});
  if (row.state !== HoldState.OPEN) throw alreadyDecided(row.state);
  const others = (await reviewsOf(trx, row.hold_id)).filter((one) => !samePerson(one.reviewer, admin.subject));
  const state = stateAfter(requirements, [...others, {reviewer: admin.subject, decision, rules}]);
  const written = {decision, reason: reason.trim(), at_ms: nowMs, rules: JSON.stringify(rules)};
  await trx
    .insertInto('reviews')
    .values({hold_id: row.hold_id, reviewer: personOf(admin.subject), ...written})
    .onConflict((conflict) => conflict.columns(['hold_id', 'reviewer']).doUpdateSet(written))
    .execute();
  if (state !== HoldState.OPEN) {
    await trx.updateTable('holds').set({state, decided_at_ms: nowMs}).where('hold_id', '=', row.hold_id).execute();
  }
  if (state === HoldState.APPROVED && binding !== undefined) {
    await trx.insertInto('grants').values(grantRows(row.hold_id, {binding, requirements, nowMs})).execute();
  }
  return readHold(trx, row.hold_id);
}

function grantRows(
  holdId: string,
  approved: {binding: HoldBinding; requirements: readonly HoldRequirement[]; nowMs: number},
) {
  const {binding, requirements, nowMs} = approved;
  return requirements.map((requirement) => {
    const {ruleDigest, scope, messages, prefix, body} = grantFor(requirement, binding);
    return {
      grant_id: randomUUID(),
      hold_id: holdId,
      policy: requirement.policy,
      rule: requirement.rule,
      rule_digest: ruleDigest,
      scope,
      messages,
      prefix,
      body,
      granted_at_ms: nowMs,
      // An approval of one exchange only still waits for its caller to come back.
      expires_at_ms: nowMs + (rememberMs(requirement) || withinMs(requirement)),
      used_by: null,
    };
  });
}

function alreadyDecided(state: number): WeirError {
  const word = state === HoldState.APPROVED ? 'approved' : state === HoldState.DENIED ? 'denied' : 'expired';
  return new WeirError('ALREADY_DECIDED', `this hold is already ${word}; nothing was changed`);
}
