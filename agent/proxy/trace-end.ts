import type {Attributes} from '@opentelemetry/api';
import {Outcome} from '../../proto/gen/weir/record/v1/record.ts';
import {ATTRIBUTE} from '../telemetry/names.ts';
import type {Exchange} from './exchange.ts';

const OUTCOME_NAMES = new Map(Object.entries(Outcome).map(([name, outcome]) => [outcome, name.toLowerCase()]));

/** Ends the spans of an exchange with what came of it; no text of request or response. */
export function endTrace(exchange: Exchange): void {
  const {request, response, destination, ending, trace} = exchange;
  const error = ending === undefined || ending.errorCode === '' ? undefined : ending.errorCode.toLowerCase();
  exchange.upstreamTrace?.end(
    upstreamAttributes(exchange),
    response.upstreamStatus >= 400 ? String(response.upstreamStatus) : error,
  );
  const path = destination === undefined ? undefined : `/v1${destination.route.upstreamPath.replace(/^\/v1/, '')}`;
  trace.end(
    path === undefined ? request.method : `${request.method} ${path}`,
    {
      [ATTRIBUTE.httpMethod]: request.method,
      [ATTRIBUTE.httpStatus]: response.status,
      [ATTRIBUTE.urlPath]: path,
      [ATTRIBUTE.exchangeId]: exchange.id,
      [ATTRIBUTE.sessionId]: exchange.sessionId,
      [ATTRIBUTE.caller]: exchange.caller?.subject,
      [ATTRIBUTE.outcome]: ending === undefined ? undefined : OUTCOME_NAMES.get(ending.outcome),
    },
    error,
  );
}

/** A provider's name for something; free text in its place stays out of spans. */
function identifier(text: string): string | undefined {
  return /^[\w.:/@+-]{1,128}$/.test(text) ? text : undefined;
}

function upstreamAttributes({response}: Exchange): Attributes {
  const attributes: Attributes = {
    [ATTRIBUTE.httpStatus]: response.upstreamStatus,
    [ATTRIBUTE.genAiResponseModel]: identifier(response.model),
    [ATTRIBUTE.genAiResponseId]: identifier(response.id),
    [ATTRIBUTE.genAiFinishReasons]: [...response.finishReasons],
  };
  if (response.firstByteMs !== undefined) attributes[ATTRIBUTE.genAiTimeToFirstChunk] = response.firstByteMs / 1_000;
  if (response.usage !== undefined) {
    attributes[ATTRIBUTE.genAiInputTokens] = Number(response.usage.inputTokens);
    attributes[ATTRIBUTE.genAiOutputTokens] = Number(response.usage.outputTokens);
  }
  return attributes;
}
