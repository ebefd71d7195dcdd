import type {GetHoldResponse} from '../../proto/gen/weir/admin/v1/approval.ts';
import {type Hold, type HoldRequirement, HoldState, ReviewDecision} from '../../proto/gen/weir/agent/v1/hold.ts';
import {formatFields, formatTable, span, timeText, visible} from '../output.ts';

/** Characters of a hold's id that tables show; commands take any prefix that names one hold. */
const SHORT_ID = 8;

const STATES: Readonly<Record<number, string>> = {
  [HoldState.OPEN]: 'open',
  [HoldState.APPROVED]: 'approved',
  [HoldState.DENIED]: 'denied',
  [HoldState.EXPIRED]: 'expired',
};

export function stateText(hold: Hold): string {
  return STATES[hold.state] ?? 'unknown';
}

/** The table of `weir approvals list`. */
export function holdsTable(holds: readonly Hold[], nowMs: number): string {
  if (holds.length === 0) return 'nothing waits for approval\n';
  const rows = holds.map((hold) => [
    hold.holdId.slice(0, SHORT_ID),
    stateText(hold),
    hold.caller?.subject ?? '',
    hold.model === '' ? hold.provider : `${hold.provider}/${hold.model}`,
    hold.requirements.map(ruleText).join(', '),
    approvalsText(hold),
    hold.openedAt === undefined ? '' : `${span(hold.openedAt.getTime(), nowMs)} ago`,
    hold.state === HoldState.OPEN && hold.expiresAt !== undefined ? `in ${span(nowMs, hold.expiresAt.getTime())}` : '',
  ]);
  return formatTable(['HOLD', 'STATE', 'CALLER', 'MODEL', 'RULES', 'APPROVALS', 'OPENED', 'EXPIRES'], rows);
}

/** The text of `weir approvals show`: facts, what each rule asks for, reviews, and the request as it would be sent. */
export function holdText({hold, maskedRequest, maskedRequestTruncated, mediaType}: GetHoldResponse): string {
  if (hold === undefined) return '';
  const facts = formatFields([
    ['hold', hold.holdId],
    ['state', stateText(hold)],
    ['caller', callerText(hold)],
    ['sends to', [hold.provider, hold.model, hold.operation].filter((part) => part !== '').join(' · ')],
    ['opened', timeText(hold.openedAt)],
    ['expires', hold.state === HoldState.OPEN ? timeText(hold.expiresAt) : undefined],
    ['decided', timeText(hold.decidedAt)],
    ['agent', hold.agentUid],
    ['policy commit', hold.verdict?.commit],
    ['exchanges', hold.exchangeIds.join(', ')],
  ]);
  const cut = maskedRequestTruncated ? ' (cut at 1 MiB; the agent sends it whole)' : '';
  return [
    facts,
    formatTable(
      ['RULE', 'FOUND', 'REVIEWERS', 'NEEDS', 'REMEMBERS'],
      hold.requirements.map((requirement) => requirementRow(requirement, hold)),
    ),
    hold.reviews.length === 0
      ? ''
      : formatTable(
          ['REVIEWER', 'DECISION', 'AT', 'REASON'],
          hold.reviews.map((review) => [
            review.reviewer,
            review.decision === ReviewDecision.APPROVE ? 'approve' : 'deny',
            timeText(review.at),
            review.reason,
          ]),
        ),
    `The request as it would be sent${cut}:\n\n${visible(bodyText(maskedRequest, mediaType))}\n`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function requirementRow(requirement: HoldRequirement, hold: Hold): string[] {
  const {count, findings, reasonRequired, remember, reviewers} = requirement;
  const rememberSeconds = Number(remember?.seconds ?? 0n);
  const found = findings.map((finding) => `${finding.count}× ${finding.finding} in ${finding.place}`);
  return [
    ruleText(requirement),
    found.length === 0 ? '(no text)' : found.join(', '),
    reviewers.join(', '),
    `${approvals(requirement, hold)}/${count}${reasonRequired ? ' with a reason' : ''}`,
    rememberSeconds === 0 || requirement.lastMessage < 0 ? 'this body, once' : span(0, rememberSeconds * 1_000),
  ];
}

function approvalsText(hold: Hold): string {
  return hold.requirements.map((requirement) => `${approvals(requirement, hold)}/${requirement.count}`).join(', ');
}

function approvals(requirement: HoldRequirement, hold: Hold): number {
  const name = ruleText(requirement);
  return hold.reviews.filter((one) => one.decision === ReviewDecision.APPROVE && one.rules.includes(name)).length;
}

function ruleText({policy, rule}: HoldRequirement): string {
  return `${policy}/${rule}`;
}

function callerText({caller}: Hold): string {
  if (caller === undefined) return '';
  return caller.groups.length === 0 ? caller.subject : `${caller.subject} (${caller.groups.join(', ')})`;
}

/** JSON is laid out for reading; anything else, or JSON that was cut, is shown as it is. */
function bodyText(body: Buffer, mediaType: string): string {
  const text = body.toString('utf8');
  if (!mediaType.includes('json')) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
