import type {CallerFacts} from '../../engine/exchange.ts';
import {WeirError} from '../../lib/errors.ts';
import {guessDialect, routeRequest} from './routing.ts';
import type {Stage} from './stage.ts';

/** Establishes the bundle in force, where the request goes, and who sends it. */
export const identifyStage: Stage = (exchange, parts) => {
  const {request} = exchange;
  exchange.dialect = guessDialect(request);
  const policy = parts.policy();
  if (policy === undefined) {
    throw new WeirError('NO_BUNDLE', 'this agent has no policy yet and lets nothing through; try again shortly');
  }
  if (policy.mode === 'EXPIRED') {
    throw new WeirError('POLICY_EXPIRED', "this agent's policy is older than its limit; it needs the control plane");
  }
  exchange.bundle = policy.bundle;
  const routing = routeRequest(policy.bundle, request);
  exchange.dialect = routing.dialect;
  const token = routing.dialect.callerToken(request.headers);
  const known = (caller: CallerFacts) => {
    exchange.caller = caller;
    exchange.sessionId = parts.sessions.sessionOf(request, caller);
    exchange.agentGroup = policy.bundle.agentGroup(parts.agent().labels);
    if ('error' in routing) throw routing.error;
    exchange.destination = routing.destination;
  };
  // A path that leads nowhere says so to everyone: with a wrong base URL the key is not the problem.
  const unknown = (error: unknown): never => {
    throw 'error' in routing ? routing.error : error;
  };
  let caller: CallerFacts | Promise<CallerFacts>;
  try {
    caller = parts.identifier.identify(policy.bundle, token);
  } catch (error) {
    return unknown(error);
  }
  if (caller instanceof Promise) return caller.then(known, unknown);
  known(caller);
  return undefined;
};
