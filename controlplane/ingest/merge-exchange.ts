import {
  Action,
  type Content,
  ExchangeEnded,
  ExchangeReleased,
  ExchangeStarted,
  type Usage,
  type Verdict,
} from '../../proto/gen/weir/record/v1/record.ts';
import type {StoredExchange} from '../store/record-store.ts';

/** One record of an exchange. */
export type ExchangePart =
  | {$case: 'started'; value: ExchangeStarted}
  | {$case: 'released'; value: ExchangeReleased}
  | {$case: 'ended'; value: ExchangeEnded};

/** Where a record came from. */
export interface RecordOrigin {
  agentUid: string;
  agentLabels: Readonly<Record<string, string>>;
  epoch: number;
  seq: number;
}

const EMPTY = Buffer.alloc(0);

/**
 * Adds one record to an exchange. Records may come in any order: each sets what it alone knows.
 *
 * @returns undefined where the exchange already has such a record; the first one stays.
 */
export function mergeExchange(
  before: StoredExchange | undefined,
  part: ExchangePart,
  origin: RecordOrigin,
): StoredExchange | undefined {
  const row = before ?? emptyExchange(part, origin);
  if (row[part.$case] !== null) return undefined;
  switch (part.$case) {
    case 'started':
      return withStart(row, part.value, origin);
    case 'released': {
      const {verdict, request} = part.value;
      return {
        ...row,
        verdict: strictest(row.verdict, verdict),
        commit_id: verdict?.commit ?? row.commit_id,
        released: encoded(ExchangeReleased.encode({...part.value, request: withoutBytes(request)})),
      };
    }
    case 'ended': {
      const {responseVerdict, response, outcome, status, usage} = part.value;
      return {
        ...row,
        verdict: strictest(row.verdict, responseVerdict),
        outcome,
        status,
        input_tokens: storedCount(usage?.inputTokens),
        output_tokens: storedCount(usage?.outputTokens),
        ended: encoded(ExchangeEnded.encode({...part.value, response: withoutBytes(response)})),
      };
    }
  }
}

/** Every rule that a record says has matched. */
export function rulesOf(part: ExchangePart): {policy: string; rule: string}[] {
  const verdict = part.$case === 'ended' ? part.value.responseVerdict : part.value.verdict;
  return (verdict?.rules ?? []).map(({policy, rule}) => ({policy, rule}));
}

/** The usage that an exchange's end brought; undefined before it. */
export function usageOf(row: StoredExchange): Usage | undefined {
  return row.ended === null ? undefined : ExchangeEnded.decode(row.ended).usage;
}

function emptyExchange(part: ExchangePart, origin: RecordOrigin): StoredExchange {
  return {
    exchange_id: part.value.exchangeId,
    agent_uid: origin.agentUid,
    epoch: origin.epoch,
    seq: origin.seq,
    agent_labels: JSON.stringify(origin.agentLabels),
    session_id: '',
    started_at_ms: timeOf(part),
    caller_subject: '',
    provider: '',
    model: '',
    operation: '',
    verdict: Action.UNSPECIFIED,
    commit_id: '',
    outcome: 0,
    status: 0,
    input_tokens: 0,
    output_tokens: 0,
    started: null,
    released: null,
    ended: null,
  };
}

function withStart(row: StoredExchange, started: ExchangeStarted, origin: RecordOrigin): StoredExchange {
  return {
    ...row,
    epoch: origin.epoch,
    seq: origin.seq,
    session_id: started.sessionId,
    started_at_ms: started.startedAt?.getTime() ?? row.started_at_ms,
    caller_subject: started.caller?.subject ?? '',
    provider: started.provider,
    model: started.model,
    operation: started.operation,
    verdict: strictest(row.verdict, started.verdict),
    commit_id: row.commit_id === '' ? (started.verdict?.commit ?? '') : row.commit_id,
    started: encoded(ExchangeStarted.encode({...started, request: withoutBytes(started.request)})),
  };
}

function timeOf(part: ExchangePart): number {
  switch (part.$case) {
    case 'started':
      return part.value.startedAt?.getTime() ?? 0;
    case 'released':
      return part.value.releasedAt?.getTime() ?? 0;
    case 'ended':
      return part.value.endedAt?.getTime() ?? 0;
  }
}

/** A count that a provider claimed, as it is stored: the database gives back no larger one. */
export function storedCount(claimed: bigint | undefined): number {
  return Math.max(0, Math.min(Number(claimed ?? 0n), Number.MAX_SAFE_INTEGER));
}

/** What is searched by: the strictest verdict that the exchange ever got. */
function strictest(action: number, verdict: Verdict | undefined): number {
  return Math.max(action, verdict?.action ?? Action.UNSPECIFIED);
}

/** Content stays in the record itself; a list must not read it. */
function withoutBytes(content: Content | undefined): Content | undefined {
  return content && {...content, inline: EMPTY};
}

function encoded(writer: {finish: () => Uint8Array}): Buffer {
  return Buffer.from(writer.finish());
}
