import {bindingOf} from '../../engine/decide/binding.ts';
import {COMMON_HEADERS} from '../../engine/dialect/headers.ts';
import type {HoldBinding} from '../../proto/gen/weir/agent/v1/hold.ts';
import {type Exchange, established} from './exchange.ts';
import {requestHeaders, requestQuery} from './headers.ts';

/** What an approval of this exchange is bound to, as the exchange now stands. */
export function holdBinding(exchange: Exchange): HoldBinding {
  const {dialect, route} = established(exchange.destination, 'destination');
  const {facts} = established(exchange.body, 'body');
  const body = established(exchange.masked, 'masked body').text;
  const {provider, operation, model} = facts;
  return bindingOf({
    body,
    // Masking moves the messages: they are found again in what would be sent.
    messages: dialect.readRequest(route, body).messages,
    parameters: parametersOf(exchange),
    caller: established(exchange.caller, 'caller'),
    agentGroup: established(exchange.agentGroup, 'agent group').name,
    provider,
    dialect: dialect.name,
    operation,
    model,
  });
}

const INCIDENTAL_HEADERS: ReadonlySet<string> = new Set(COMMON_HEADERS);

/** What goes to the provider outside of the body and means something there: beta features, versions, the query. */
function parametersOf({destination, request}: Exchange): string[] {
  const {dialect} = established(destination, 'destination');
  const headers = Object.entries(requestHeaders(dialect, request.headers));
  return [
    ...headers.filter(([name]) => !INCIDENTAL_HEADERS.has(name)).map(([name, value]) => `${name}: ${value}`),
    requestQuery(dialect, request.query),
  ];
}
