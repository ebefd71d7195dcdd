import type {Exchange, Session} from '../../proto/gen/weir/audit/v1/audit.ts';
import {
  Action,
  type Action as ActionValue,
  ExchangeEnded,
  ExchangeReleased,
  ExchangeStarted,
  type Outcome,
} from '../../proto/gen/weir/record/v1/record.ts';
import type {SessionModel, StoredExchange, StoredSession} from '../store/record-store.ts';

/** The messages of an exchange, without content. */
export interface ExchangeParts {
  started: ExchangeStarted | undefined;
  released: ExchangeReleased | undefined;
  ended: ExchangeEnded | undefined;
}

export function partsOf({started, released, ended}: StoredExchange): ExchangeParts {
  return {
    started: started === null ? undefined : ExchangeStarted.decode(started),
    released: released === null ? undefined : ExchangeReleased.decode(released),
    ended: ended === null ? undefined : ExchangeEnded.decode(ended),
  };
}

/** An exchange as auditors see it. */
export function toExchange(row: StoredExchange): Exchange {
  const {started, released, ended} = partsOf(row);
  const startedAt = new Date(row.started_at_ms);
  const request = released?.request ?? started?.request;
  const wasHeld = released !== undefined || started?.verdict?.action === Action.APPROVE;
  return {
    exchangeId: row.exchange_id,
    sessionId: row.session_id,
    traceId: started?.traceId ?? '',
    agentUid: row.agent_uid,
    agentLabels: JSON.parse(row.agent_labels) as Record<string, string>, // written by intake only
    epoch: BigInt(row.epoch),
    seq: BigInt(row.seq),
    startedAt,
    endedAt: ended?.endedAt,
    caller: started?.caller,
    provider: row.provider,
    dialect: started?.dialect ?? '',
    operation: row.operation,
    model: row.model,
    method: started?.method ?? '',
    path: started?.path ?? '',
    stream: started?.stream ?? false,
    dataset: started?.dataset ?? '',
    verdict: released?.verdict ?? started?.verdict,
    heldVerdict: wasHeld ? started?.verdict : undefined,
    responseVerdict: ended?.responseVerdict,
    outcome: row.outcome as Outcome, // intake refuses numbers it does not know
    status: row.status,
    upstreamStatus: ended?.upstreamStatus ?? 0,
    usage: ended?.usage,
    finishReasons: ended?.finishReasons ?? [],
    duration: ended?.endedAt && durationOf(Math.max(0, ended.endedAt.getTime() - startedAt.getTime()) * 1_000),
    timeToFirstByte: ended?.timeToFirstByte,
    holdId: released?.holdId ?? ended?.holdId ?? '',
    reviewers: released?.reviewers ?? [],
    errorCode: ended?.errorCode ?? '',
    edits: started?.edits ?? [],
    requestSizeBytes: request?.sizeBytes ?? 0n,
    responseSizeBytes: ended?.response?.sizeBytes ?? 0n,
    chunks: ended?.chunks ?? [],
    responseModel: ended?.responseModel ?? '',
    responseId: ended?.responseId ?? '',
  };
}

export function toSession(row: StoredSession, models: readonly SessionModel[]): Session {
  return {
    sessionId: row.session_id,
    callerSubject: row.caller_subject,
    startedAt: new Date(row.started_at_ms),
    lastAt: new Date(row.last_at_ms),
    exchanges: BigInt(row.exchanges),
    usage: {
      inputTokens: BigInt(row.input_tokens),
      outputTokens: BigInt(row.output_tokens),
      cachedInputTokens: BigInt(row.cached_input_tokens),
      reasoningTokens: BigInt(row.reasoning_tokens),
    },
    verdict: row.verdict as ActionValue, // intake refuses numbers it does not know
    models: [...new Set(models.map(({model}) => model))].sort(),
  };
}

export function durationOf(micros: number): {seconds: bigint; nanos: number} {
  const seconds = Math.floor(micros / 1_000_000);
  return {seconds: BigInt(seconds), nanos: Math.round((micros - seconds * 1_000_000) * 1_000)};
}
