import {ATTRIBUTE} from '../telemetry/names.ts';
import {established} from './exchange.ts';
import {sentHeaders, sentQuery} from './outside-texts.ts';
import type {Stage} from './stage.ts';

/** Sends the request to the provider and waits for the head of its response. */
export const forwardStage: Stage = async (exchange, parts) => {
  const {provider, dialect, route} = established(exchange.destination, 'destination');
  const {facts} = established(exchange.body, 'body');
  const {shown} = established(exchange.decision, 'decision');
  const masked = established(exchange.masked, 'masked body');
  const target = parts.targetOf(provider);
  const credential = await parts.credentials.credentialFor(provider, target.url);

  exchange.upstreamTrace = exchange.trace.upstream(
    shown.model === '' ? facts.operation : `${facts.operation} ${shown.model}`,
    {
      [ATTRIBUTE.genAiOperation]: facts.operation,
      [ATTRIBUTE.genAiProvider]: dialect.name,
      [ATTRIBUTE.genAiRequestModel]: shown.model,
      [ATTRIBUTE.provider]: provider.name,
      [ATTRIBUTE.serverAddress]: target.url.hostname,
      [ATTRIBUTE.serverPort]: target.port,
    },
  );
  const headers = sentHeaders(exchange);
  if (credential !== undefined) Object.assign(headers, dialect.credentialHeaders(credential));
  headers['traceparent'] = exchange.upstreamTrace.traceparent;
  if (route.method === 'POST') headers['content-type'] = 'application/json';
  exchange.upstream = await parts.upstream.send(
    {
      origin: target.origin,
      method: route.method,
      path: target.pathOf(route) + sentQuery(exchange),
      headers,
      body: route.method === 'POST' ? masked.bytes : undefined,
      connectTimeoutMs: provider.connectTimeoutMs,
      firstByteTimeoutMs: provider.firstByteTimeoutMs,
      idleTimeoutMs: provider.idleTimeoutMs,
    },
    exchange.cancellation,
  );
  exchange.response.upstreamStatus = exchange.upstream.status;
};
