import {decideRequest} from '../../engine/decide/decide-request.ts';
import type {RequestDecision} from '../../engine/decide/decision.ts';
import {Action} from '../../proto/gen/weir/record/v1/record.ts';
import type {NamedExchange} from '../restore/naming.ts';
import {ATTRIBUTE} from '../telemetry/names.ts';
import {type Exchange, established} from './exchange.ts';
import type {ProxyParts} from './parts.ts';
import {statedSession} from './session-ids.ts';
import type {Stage} from './stage.ts';
import {withFacts} from './with-facts.ts';

/** Decides on the request under the bundle it came in under. */
export const decideStage: Stage = (exchange, parts) => {
  const decision = decide(exchange, parts);
  if (!(decision instanceof Promise)) {
    exchange.decision = decision;
    return undefined;
  }
  return decision.then((made) => {
    exchange.decision = made;
  });
};

/** The verdict of `exchange.bundle`, traced; at once where no external detector has to be asked. */
export function decide(exchange: Exchange, parts: ProxyParts): RequestDecision | Promise<RequestDecision> {
  const bundle = established(exchange.bundle, 'bundle');
  const named = namedExchange(exchange);
  const {request, caller} = named;
  const input = {request, caller, agent: parts.agent(), ...parts.naming.inputOf(named)};
  const endSpan = exchange.trace.decision();
  const decision = withFacts(exchange, parts, (external) => decideRequest(bundle, {...input, external}));
  const made = (final: RequestDecision) => {
    parts.naming.keep(named, final);
    return traced(final, endSpan);
  };
  return decision instanceof Promise ? decision.then(made) : made(decision);
}

function namedExchange(exchange: Exchange): NamedExchange {
  const {facts, reading} = established(exchange.body, 'body');
  return {
    bundle: established(exchange.bundle, 'bundle'),
    group: established(exchange.agentGroup, 'agent group').name,
    caller: established(exchange.caller, 'caller'),
    request: facts,
    conversation: statedSession(exchange.request.headers) ?? reading.conversation,
  };
}

function traced(decision: RequestDecision, endSpan: ReturnType<Exchange['trace']['decision']>): RequestDecision {
  const {verdict} = decision;
  endSpan({
    [ATTRIBUTE.verdict]: actionName(verdict.action),
    [ATTRIBUTE.rules]: verdict.rules.map((match) => `${match.policy}/${match.rule}`),
    [ATTRIBUTE.commit]: verdict.commit,
    [ATTRIBUTE.generation]: Number(verdict.generation),
  });
  return decision;
}

const ACTION_NAMES = new Map(Object.entries(Action).map(([name, action]) => [action, name.toLowerCase()]));

function actionName(action: Action): string {
  return ACTION_NAMES.get(action) ?? 'unspecified';
}
