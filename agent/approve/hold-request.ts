import type {ApprovalNeed, RequestDecision} from '../../engine/decide/decision.ts';
import type {CallerFacts, RequestFacts} from '../../engine/exchange.ts';
import type {HoldBinding, HoldRequirement, OpenHoldRequest} from '../../proto/gen/weir/agent/v1/hold.ts';
import {CallerKind, type Verdict} from '../../proto/gen/weir/record/v1/record.ts';

/** An exchange that a rule wants a person to approve. */
export interface HeldExchange {
  exchangeId: string;
  caller: CallerFacts;
  request: Pick<RequestFacts, 'provider' | 'model' | 'operation'>;
  decision: Pick<RequestDecision, 'verdict' | 'approvals'>;
  /** The body as it would be sent. */
  maskedBody: string;
  mediaType: string;
  /** From `bindingOf` over the same masked body. */
  binding: HoldBinding;
}

/** Largest part of a masked request that a reviewer is shown. */
const MAX_SHOWN_BYTES = 1024 * 1024;

const CALLER_KINDS = {apiKey: CallerKind.API_KEY, oidc: CallerKind.OIDC} as const;

/** The message that opens or joins a hold for this exchange. */
export function openHoldRequest(held: HeldExchange): OpenHoldRequest {
  const {caller, request, decision} = held;
  const body = Buffer.from(held.maskedBody);
  return {
    exchangeId: held.exchangeId,
    caller: {
      subject: caller.subject,
      groups: [...caller.groups],
      kind: CALLER_KINDS[caller.kind],
      authority: caller.authority,
      datasets: [...caller.datasets],
    },
    provider: request.provider,
    model: request.model,
    operation: request.operation,
    verdict: decision.verdict,
    binding: held.binding,
    requirements: decision.approvals.map((need) => requirement(need, decision.verdict)),
    maskedRequest: body.subarray(0, characterStart(body, MAX_SHOWN_BYTES)),
    maskedRequestTruncated: body.length > MAX_SHOWN_BYTES,
    mediaType: held.mediaType,
  };
}

function requirement(need: ApprovalNeed, verdict: Verdict): HoldRequirement {
  const match = verdict.rules.find((rule) => rule.policy === need.policy && rule.rule === need.rule);
  return {
    policy: need.policy,
    rule: need.rule,
    ruleDigest: need.ruleDigest,
    reviewers: [...need.reviewers],
    count: need.count,
    within: duration(need.withinMs),
    remember: duration(need.rememberMs),
    reasonRequired: need.reasonRequired,
    lastMessage: need.lastMessage,
    findings: match?.findings ?? [],
  };
}

function duration(totalMs: number): {seconds: bigint; nanos: number} {
  const seconds = Math.floor(totalMs / 1_000);
  return {seconds: BigInt(seconds), nanos: Math.round((totalMs - seconds * 1_000) * 1_000_000)};
}

/** The nearest offset at or before `limit` that does not cut a UTF-8 character. */
function characterStart(bytes: Buffer, limit: number): number {
  if (bytes.length <= limit) return bytes.length;
  let offset = limit;
  while (((bytes[offset] ?? 0) & 0xc0) === 0x80) offset--;
  return offset;
}
