import type {CallerFacts} from '../../engine/exchange.ts';
import {
  type Caller,
  CallerKind,
  type Content,
  type ExchangeEnded,
  type ExchangeStarted,
} from '../../proto/gen/weir/record/v1/record.ts';
import {wholeContent} from '../record/content.ts';
import type {Ending} from './ending.ts';
import type {Exchange} from './exchange.ts';
import {shownHeader} from './outside-texts.ts';

const CALLER_KINDS = {apiKey: CallerKind.API_KEY, oidc: CallerKind.OIDC} as const;
const MAX_USER_AGENT_LENGTH = 256;
const MAX_PATH_LENGTH = 256;
const MAX_NAME_LENGTH = 256;
const MAX_FINISH_REASONS = 128;

/** What is recorded before anything is done with an exchange. */
export function startedRecord(exchange: Exchange): ExchangeStarted {
  const {request, destination, body, decision} = exchange;
  return {
    exchangeId: exchange.id,
    sessionId: exchange.sessionId,
    traceId: exchange.trace.traceId,
    startedAt: new Date(exchange.startedAtMs),
    caller: callerRecord(exchange.caller),
    provider: destination?.provider.name ?? '',
    dialect: exchange.dialect?.name ?? '',
    operation: destination?.route.operation ?? '',
    model: shortened(decision?.shown.model),
    method: request.method,
    path: destination?.route.upstreamPath ?? request.path.slice(0, MAX_PATH_LENGTH),
    stream: body?.facts.stream ?? false,
    dataset: shortened(decision?.shown.dataset),
    verdict: decision?.verdict,
    request: requestContent(exchange),
    edits: [],
    userAgent: shownHeader(exchange, request.headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT_LENGTH),
    clientAddress: request.clientAddress,
  };
}

/** The request as it would be sent; undefined where it was not read, or the agent group keeps no content. */
function requestContent({agentGroup, masked}: Exchange): Content | undefined {
  if (masked === undefined || masked.bytes.length === 0 || agentGroup?.content !== 'masked') return undefined;
  return wholeContent('application/json', masked.bytes);
}

/** What is recorded before the caller gets the last byte. */
export function endedRecord(exchange: Exchange, {outcome, errorCode}: Ending): ExchangeEnded {
  const {agentGroup, response} = exchange;
  return {
    exchangeId: exchange.id,
    endedAt: new Date(exchange.startedAtMs + response.elapsedMs()),
    outcome,
    status: response.status,
    upstreamStatus: response.upstreamStatus,
    responseVerdict: response.verdict,
    response: agentGroup?.content === 'masked' ? response.content() : undefined,
    usage: response.usage,
    finishReasons: response.finishReasons.slice(0, MAX_FINISH_REASONS).map((reason) => shortened(reason)),
    timeToFirstByte: response.firstByteMs === undefined ? undefined : duration(response.firstByteMs),
    chunks: response.timings,
    errorCode,
    responseModel: shortened(response.model),
    responseId: shortened(response.id),
    holdId: exchange.holdId,
  };
}

function callerRecord(caller: CallerFacts | undefined): Caller {
  if (caller === undefined) {
    return {subject: '', groups: [], kind: CallerKind.UNIDENTIFIED, authority: '', datasets: []};
  }
  const {subject, groups, authority, datasets} = caller;
  return {subject, groups: [...groups], kind: CALLER_KINDS[caller.kind], authority, datasets: [...datasets]};
}

/** Names that a caller or a provider chose: one of megabytes must not make a record that cannot be written. */
function shortened(name: string | undefined): string {
  return (name ?? '').slice(0, MAX_NAME_LENGTH);
}

function duration(totalMs: number): {seconds: bigint; nanos: number} {
  const seconds = Math.floor(totalMs / 1_000);
  return {seconds: BigInt(seconds), nanos: Math.round((totalMs - seconds * 1_000) * 1_000_000)};
}
