import type {ApprovalNeed, RequestDecision} from '../../engine/decide/decision.ts';
import {WeirError} from '../../lib/errors.ts';
import {Outcome} from '../../proto/gen/weir/record/v1/record.ts';
import {decide} from './decide-stage.ts';
import {type Exchange, established, type Release} from './exchange.ts';
import {holdBinding} from './hold-binding.ts';
import {maskBody} from './mask-stage.ts';
import type {ProxyParts} from './parts.ts';
import {recordRelease, refuseBlocked} from './record-stage.ts';
import {Refusal} from './refusal.ts';
import type {Stage} from './stage.ts';

/** Decides on a released exchange again, under the bundle now active; the stricter verdict wins. */
export const decideAgainStage: Stage = (exchange, parts) =>
  exchange.release === undefined ? undefined : decideAgain(exchange, parts, exchange.release);

async function decideAgain(exchange: Exchange, parts: ProxyParts, release: Release): Promise<void> {
  const approved = established(exchange.decision, 'decision');
  const approvedBody = established(exchange.masked, 'masked body');
  await renewFacts(exchange, parts);
  const now = await decide(exchange, parts);
  exchange.decision = now;
  const masked = maskBody(established(exchange.body, 'body'), now);
  // Commit point: what was released, by whom and under which policy, before anything is done about it.
  await recordRelease(exchange, parts, release);
  refuseBlocked(now);
  // The same body may by now go out for somebody else: a key can be given to another caller.
  const isSame = masked.text === approvedBody.text && holdBinding(exchange).scope.equals(release.binding.scope);
  if (!isSame || !isCovered(now, approved)) {
    throw new Refusal('HOLD_PENDING', 'policy changed while this request waited; send it again to be decided anew', {
      outcome: Outcome.HELD,
    });
  }
}

/** The caller, the provider and the agent's group as the active bundle knows them. */
async function renewFacts(exchange: Exchange, parts: ProxyParts): Promise<void> {
  const policy = parts.policy();
  if (policy === undefined || policy.mode === 'EXPIRED') {
    throw new WeirError('POLICY_EXPIRED', "this agent's policy is older than its limit; it needs the control plane");
  }
  if (policy.bundle === exchange.bundle) return;
  const {bundle} = policy;
  const {provider, dialect, route} = established(exchange.destination, 'destination');
  const renewed = bundle.providers.get(provider.name);
  if (renewed?.dialect !== provider.dialect) {
    throw new WeirError('UNKNOWN_PROVIDER', `provider ${provider.name} was removed while this request waited`);
  }
  exchange.caller = await parts.identifier.identify(bundle, dialect.callerToken(exchange.request.headers));
  exchange.destination = {provider: renewed, dialect, route};
  exchange.agentGroup = bundle.agentGroup(parts.agent().labels);
  exchange.bundle = bundle;
}

/** Whether all that must be approved now was approved then, by the same rules as they stood. */
function isCovered(now: RequestDecision, approved: RequestDecision): boolean {
  return now.approvals.every((need) => approved.approvals.some((granted) => isSameNeed(need, granted)));
}

function isSameNeed(a: ApprovalNeed, b: ApprovalNeed): boolean {
  return a.policy === b.policy && a.rule === b.rule && a.ruleDigest.equals(b.ruleDigest);
}
