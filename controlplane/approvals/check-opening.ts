import {WeirError} from '../../lib/errors.ts';
import type {HoldBinding, HoldRequirement, OpenHoldRequest} from '../../proto/gen/weir/agent/v1/hold.ts';
import {Action, CallerKind} from '../../proto/gen/weir/record/v1/record.ts';
import {rememberMs, withinMs} from './coverage.ts';

/** A request to hold that is whole. */
export type CheckedOpening = OpenHoldRequest & {binding: HoldBinding};

const SHA256_BYTES = 32;
const MAX_MASKED_REQUEST_BYTES = 1024 * 1024;
const MAX_REQUIREMENTS = 100;
const MAX_WITHIN_MS = 7 * 24 * 3_600_000;
const MAX_REMEMBER_MS = 30 * 24 * 3_600_000;

/** @throws WeirError INVALID_ARGUMENT naming the first thing that is wrong. */
export function checkOpening(request: OpenHoldRequest): CheckedOpening {
  const {binding, caller, exchangeId, maskedRequest, requirements, verdict} = request;
  require(/^[0-9A-Za-z_-]{1,64}$/.test(exchangeId), 'exchange_id must be 1 to 64 letters, digits, _ or -');
  require(caller !== undefined && isKnown(CallerKind, caller.kind), 'caller is missing or of an unknown kind');
  require(caller !== undefined && caller.subject !== '', 'a caller without subject cannot be held');
  require(verdict !== undefined && isKnown(Action, verdict.action), 'verdict is missing or of an unknown action');
  require(verdict?.rules.every((rule) => isKnown(Action, rule.action)) === true, 'a rule has an unknown action');
  require(maskedRequest.length <= MAX_MASKED_REQUEST_BYTES, `masked_request exceeds ${MAX_MASKED_REQUEST_BYTES} bytes`);
  require(binding !== undefined && isBinding(binding), 'binding is missing, or holds something else than SHA-256');
  require(requirements.length >= 1 && requirements.length <= MAX_REQUIREMENTS, 'requirements must be 1 to 100');
  for (const requirement of requirements) checkRequirement(requirement, binding?.prefix.length ?? 0);
  return request as CheckedOpening; // its binding is there: required above
}

function checkRequirement(requirement: HoldRequirement, messages: number): void {
  const {count, lastMessage, policy, rule, ruleDigest} = requirement;
  const name = `requirement ${policy}/${rule}`;
  require(policy !== '' && rule !== '' && ruleDigest.length === SHA256_BYTES, `${name} does not name its rule`);
  require(count >= 1, `${name} must ask for at least one review`);
  const within = withinMs(requirement);
  require(within > 0 && within <= MAX_WITHIN_MS, `${name} must expire within ${MAX_WITHIN_MS} ms`);
  const remember = rememberMs(requirement);
  require(remember >= 0 && remember <= MAX_REMEMBER_MS, `${name} must be remembered for at most ${MAX_REMEMBER_MS} ms`);
  require(lastMessage >= -1 && lastMessage < messages, `${name} names a message that is not there`);
}

function isBinding({scope, body, prefix}: HoldBinding): boolean {
  return [scope, body, ...prefix].every((digest) => digest.length === SHA256_BYTES);
}

function isKnown(enumeration: Readonly<Record<string, number>>, value: number): boolean {
  return value !== 0 && Object.values(enumeration).includes(value);
}

function require(holds: boolean, message: string): void {
  if (!holds) throw new WeirError('INVALID_ARGUMENT', message);
}
