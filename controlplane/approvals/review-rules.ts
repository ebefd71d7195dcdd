import {WeirError} from '../../lib/errors.ts';
import {type HoldRequirement, HoldState, ReviewDecision} from '../../proto/gen/weir/agent/v1/hold.ts';
import type {Admin} from '../access/admin.ts';

/** A review as it counts. */
export interface CountedReview {
  reviewer: string;
  decision: ReviewDecision;
  /** policy/rule of the requirements it counts for. */
  rules: readonly string[];
}

const MAX_REASON_CHARACTERS = 4_000;

/** How a requirement is named in reviews. */
function ruleName({policy, rule}: HoldRequirement): string {
  return `${policy}/${rule}`;
}

/** Whether this administrator may review, and so read, a hold with this requirement. */
export function mayReview(admin: Admin, requirement: HoldRequirement): boolean {
  return admin.full || requirement.reviewers.some((group) => admin.groups.includes(group));
}

/**
 * The rules that a review would count for.
 *
 * @throws WeirError PERMISSION_DENIED for one's own hold or where no requirement names a group of the reviewer;
 *   INVALID_ARGUMENT for a missing reason or a decision that is none.
 */
export function checkReview(
  hold: {callerSubject: string; requirements: readonly HoldRequirement[]},
  review: {admin: Admin; decision: ReviewDecision; reason: string},
): string[] {
  const {admin, decision, reason} = review;
  if (decision !== ReviewDecision.APPROVE && decision !== ReviewDecision.DENY) {
    throw new WeirError('INVALID_ARGUMENT', 'a review must approve or deny');
  }
  if (samePerson(admin.subject, hold.callerSubject)) {
    throw new WeirError('PERMISSION_DENIED', 'nobody reviews their own request; ask another reviewer');
  }
  const eligible = hold.requirements.filter((requirement) => mayReview(admin, requirement));
  if (eligible.length === 0) {
    const groups = [...new Set(hold.requirements.flatMap((requirement) => requirement.reviewers))].sort();
    throw new WeirError('PERMISSION_DENIED', `reviewing this needs one of the groups ${groups.join(', ')}`);
  }
  if (reason.trim() === '' && eligible.some((requirement) => requirement.reasonRequired)) {
    throw new WeirError('INVALID_ARGUMENT', 'this rule asks reviewers for a reason; give one (--reason)');
  }
  if (reason.length > MAX_REASON_CHARACTERS) {
    throw new WeirError('INVALID_ARGUMENT', `the reason has more than ${MAX_REASON_CHARACTERS} characters`);
  }
  return eligible.map(ruleName);
}

/** What the reviews so far come to: any denial decides; an approval needs every requirement's count. */
export function stateAfter(requirements: readonly HoldRequirement[], reviews: readonly CountedReview[]): HoldState {
  if (reviews.some((review) => review.decision !== ReviewDecision.APPROVE)) return HoldState.DENIED;
  const met = requirements.every((requirement) => {
    const name = ruleName(requirement);
    return reviews.filter((review) => review.rules.includes(name)).length >= Math.max(1, requirement.count);
  });
  return met && requirements.length > 0 ? HoldState.APPROVED : HoldState.OPEN;
}

/** Whether two subjects name one person. */
export function samePerson(left: string, right: string): boolean {
  return personOf(left) === personOf(right);
}

/** A subject as people read it: case, the way accents are written and what cannot be seen tell nobody apart. */
export function personOf(subject: string): string {
  return subject.normalize('NFKC').replace(/\p{C}/gu, '').toUpperCase().toLowerCase().trim();
}
