import {type ExternalFacts, NO_FACTS} from '../../engine/detect/external/external-facts.ts';
import {type Exchange, established} from './exchange.ts';
import type {ProxyParts} from './parts.ts';

/**
 * Runs a step of deciding with what the external detectors of the exchange's bundle say of the texts it looks at.
 *
 * @param step pure; may run several times, of which the last one counts.
 * @throws the reason of the cancellation where the caller leaves meanwhile.
 */
export function withFacts<Result>(
  exchange: Exchange,
  {inspector}: ProxyParts,
  step: (facts: ExternalFacts) => Result,
): Result | Promise<Result> {
  const {policies} = established(exchange.bundle, 'bundle');
  if (policies.analyzers.size === 0) return step(NO_FACTS);
  const {kind, authority, subject} = established(exchange.caller, 'caller');
  const owner = JSON.stringify([kind, authority, subject]);
  return inspector.inspect(step, {owner, trace: exchange.trace}, exchange.cancellation.signal);
}
