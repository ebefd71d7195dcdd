import {createHash} from 'node:crypto';
import {type HoldBinding, HoldRequirement} from '../../proto/gen/weir/agent/v1/hold.ts';

/** What an approval of one requirement covers. */
export interface Grant {
  ruleDigest: Buffer;
  scope: Buffer;
  /** Number of approved messages; 0 where the exact body is approved, once. */
  messages: number;
  /** Cumulative digest after the last approved message; empty where `messages` is 0. */
  prefix: Buffer;
  body: Buffer;
  /** The exchange that spent it; only a grant of an exact body is ever spent. */
  usedBy: string | null;
}

/** What a grant for this requirement covers: the conversation as it may grow, or the exact body once. */
export function grantFor(requirement: HoldRequirement, binding: HoldBinding): Grant {
  const {scope, body, prefix} = binding;
  const last = prefix.at(-1);
  const grows = requirement.lastMessage >= 0 && rememberMs(requirement) > 0 && last !== undefined;
  return {
    ruleDigest: requirement.ruleDigest,
    scope,
    messages: grows ? prefix.length : 0,
    prefix: grows ? last : Buffer.alloc(0),
    body,
    usedBy: null,
  };
}

/**
 * Whether a grant that has not expired covers a requirement of this exchange.
 *
 * The approved conversation must be an exact prefix of the new one, and the rule must have found nothing behind it.
 */
export function covers(
  grant: Grant,
  requirement: HoldRequirement,
  exchange: {exchangeId: string; binding: HoldBinding},
): boolean {
  const {binding, exchangeId} = exchange;
  if (!grant.ruleDigest.equals(requirement.ruleDigest) || !grant.scope.equals(binding.scope)) return false;
  if (grant.messages === 0) {
    return grant.body.equals(binding.body) && (grant.usedBy === null || grant.usedBy === exchangeId);
  }
  const prefix = binding.prefix[grant.messages - 1];
  if (prefix === undefined || !grant.prefix.equals(prefix)) return false;
  return requirement.lastMessage >= 0 && requirement.lastMessage < grant.messages;
}

/** What two requests must share to wait on one hold: binding and requirements, whatever their order. */
export function joinKey(binding: HoldBinding, requirements: readonly HoldRequirement[]): Buffer {
  const hash = createHash('sha256').update('weir/hold/join/v1\n').update(binding.scope).update(binding.body);
  const encoded = requirements.map((requirement) =>
    createHash('sha256').update(HoldRequirement.encode(requirement).finish()).digest(),
  );
  for (const digest of encoded.sort((left, right) => left.compare(right))) hash.update(digest);
  return hash.digest();
}

export function rememberMs(requirement: HoldRequirement): number {
  return durationMs(requirement.remember);
}

export function withinMs(requirement: HoldRequirement): number {
  return durationMs(requirement.within);
}

function durationMs(duration: {seconds: bigint; nanos: number} | undefined): number {
  return duration === undefined ? 0 : Number(duration.seconds) * 1_000 + Math.round(duration.nanos / 1_000_000);
}
