import {decideRequest} from '../../engine/decide/decide-request.ts';
import type {RequestDecision} from '../../engine/decide/decision.ts';
import {Action} from '../../proto/gen/weir/record/v1/record.ts';
import {ATTRIBUTE} from '../telemetry/names.ts';
import {type Exchange, established} from './exchange.ts';
import type {ProxyParts} from './parts.ts';
import type {Stage} from './stage.ts';

/** Decides on the request under the bundle it came in under. */
export const decideStage: Stage = (exchange, parts) => {
  exchange.decision = decide(exchange, parts);
};

/** The verdict of `exchange.bundle`, traced. */
export function decide(exchange: Exchange, {agent}: ProxyParts): RequestDecision {
  const bundle = established(exchange.bundle, 'bundle');
  const endSpan = exchange.trace.decision();
  const decision = decideRequest(bundle, {
    request: established(exchange.body, 'body').facts,
    caller: established(exchange.caller, 'caller'),
    agent: agent(),
  });
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
