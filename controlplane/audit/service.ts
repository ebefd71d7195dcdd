import type {Metadata} from '@grpc/grpc-js';
import type {Clock} from '../../lib/clock.ts';
import {WeirError} from '../../lib/errors.ts';
import {type OnCallError, serverStream, unary} from '../../lib/grpc/server.ts';
import {sleep} from '../../lib/sleep.ts';
import type {AuditServiceServer} from '../../proto/gen/weir/audit/v1/audit.ts';
import type {AuditStore} from '../store/audit-store.ts';
import type {SessionModel, StoredExchange} from '../store/record-store.ts';
import {contentOf, type WholeContent} from './exchange-content.ts';
import {partsOf, toExchange, toSession} from './exchange-message.ts';
import {EXCHANGE_FIELDS, parseFilter, SESSION_FIELDS} from './filter.ts';
import {decodePageToken, encodePageToken, pageLimit} from './page-token.ts';
import {replayEvents, toReplayResponse} from './replay.ts';

export interface AuditOptions {
  audit: AuditStore;
  /** Throws WeirError for a caller who may not read records. */
  authorize: (metadata: Metadata) => unknown;
  clock: Clock;
  onError: OnCallError;
}

/** Keeps an answer with a request and a response below the transport's limit of 4 MiB. */
const SHOWN_BYTES = 1.5 * 1024 * 1024;
const LARGEST_WAIT_MS = 24 * 60 * 60_000;

/** Answers who sent what to which model, under which commit and rule. */
export function createAuditService(options: AuditOptions): AuditServiceServer {
  const {audit, authorize, clock, onError} = options;
  const exchangeOf = async (exchangeId: string): Promise<StoredExchange> => {
    const row = await audit.exchange(exchangeId);
    if (row === undefined) throw new WeirError('NOT_FOUND', `there is no exchange ${JSON.stringify(exchangeId)}`);
    return row;
  };
  return {
    listExchanges: unary(async ({pageSize, pageToken, filter}, context) => {
      authorize(context.metadata);
      const limit = pageLimit(pageSize);
      const after = decodePageToken(pageToken, filter, 1);
      const rows = await audit.exchanges({
        where: parseFilter(filter, EXCHANGE_FIELDS),
        after: after && {started_at_ms: after.startedAtMs, exchange_id: after.keys[0] ?? ''},
        limit: limit + 1,
      });
      const {shown, last} = pageOf(rows, limit);
      const nextPageToken = last === undefined ? '' : encodePageToken(filter, last.started_at_ms, [last.exchange_id]);
      return {exchanges: shown.map(toListed), nextPageToken};
    }, onError),
    listSessions: unary(async ({pageSize, pageToken, filter}, context) => {
      authorize(context.metadata);
      const limit = pageLimit(pageSize);
      const after = decodePageToken(pageToken, filter, 2);
      const [session_id = '', caller_subject = ''] = after?.keys ?? [];
      const rows = await audit.sessions({
        where: parseFilter(filter, SESSION_FIELDS),
        after: after && {started_at_ms: after.startedAtMs, session_id, caller_subject},
        limit: limit + 1,
      });
      const {shown, last} = pageOf(rows, limit);
      const models = Map.groupBy(await audit.models(shown), sessionKey);
      const nextPageToken =
        last === undefined ? '' : encodePageToken(filter, last.started_at_ms, [last.session_id, last.caller_subject]);
      return {sessions: shown.map((row) => toSession(row, models.get(sessionKey(row)) ?? [])), nextPageToken};
    }, onError),
    getExchange: unary(async ({exchangeId}, context) => {
      authorize(context.metadata);
      const row = await exchangeOf(exchangeId);
      const {request, response} = contentOf(await audit.bodies(row));
      return {
        exchange: toExchange(row),
        request: shownOf(request),
        response: shownOf(response),
        requestTruncated: isCut(request),
        responseTruncated: isCut(response),
      };
    }, onError),
    replayExchange: serverStream(async ({exchangeId, speed}, context, send) => {
      authorize(context.metadata);
      if (!(speed >= 0))
        throw new WeirError('INVALID_ARGUMENT', 'speed is a number from 0, which means without pauses');
      const row = await exchangeOf(exchangeId);
      const content = contentOf(await audit.bodies(row));
      const startedMs = clock.monotonicMs();
      for (const event of replayEvents(partsOf(row), content)) {
        const dueMs = speed === 0 ? 0 : event.atMicros / 1_000 / speed;
        const waitMs = Math.min(startedMs + dueMs - clock.monotonicMs(), LARGEST_WAIT_MS);
        if (waitMs > 0) await sleep(waitMs, context.signal);
        context.signal.throwIfAborted();
        await send(toReplayResponse(event));
      }
    }, onError),
  };
}

/** The rows of a page, and the last of them if more follow. */
function pageOf<Row>(rows: readonly Row[], limit: number): {shown: readonly Row[]; last: Row | undefined} {
  const shown = rows.slice(0, limit);
  return {shown, last: rows.length > limit ? shown.at(-1) : undefined};
}

/** A list leaves out the timings, which would make a thousand rows larger than a message. */
function toListed(row: StoredExchange): ReturnType<typeof toExchange> {
  return {...toExchange(row), chunks: []};
}

function shownOf({bytes}: WholeContent): Buffer {
  return bytes.subarray(0, SHOWN_BYTES);
}

function isCut({bytes, complete}: WholeContent): boolean {
  return !complete || bytes.length > SHOWN_BYTES;
}

function sessionKey({session_id, caller_subject}: Pick<SessionModel, 'session_id' | 'caller_subject'>): string {
  return JSON.stringify([session_id, caller_subject]);
}
