import type {ReplayExchangeResponse} from '../../proto/gen/weir/audit/v1/audit.ts';
import type {ExchangeContent} from './exchange-content.ts';
import {durationOf, type ExchangeParts} from './exchange-message.ts';

/** Something that happened, and how long after the start. */
export interface ReplayEvent {
  atMicros: number;
  event: NonNullable<ReplayExchangeResponse['event']>;
}

const PIECE_BYTES = 1024 * 1024;

/** What happened to an exchange, in order: the request, the decisions, every write to the caller, the end. */
export function* replayEvents(parts: ExchangeParts, content: ExchangeContent): Generator<ReplayEvent> {
  const {started, released, ended} = parts;
  const startedAtMs = started?.startedAt?.getTime();
  const since = (at: Date | undefined) =>
    Math.max(0, (at?.getTime() ?? 0) - (startedAtMs ?? at?.getTime() ?? 0)) * 1_000;
  for (const piece of piecesOf(content.request.bytes, true)) {
    yield {atMicros: 0, event: {$case: 'request', value: piece}};
  }
  if (started !== undefined) {
    const holdId = released?.holdId ?? ended?.holdId ?? '';
    yield {atMicros: 0, event: {$case: 'decision', value: {verdict: started.verdict, holdId, reviewers: []}}};
  }
  let atMicros = 0;
  if (released !== undefined) {
    const {verdict, holdId, reviewers} = released;
    atMicros = since(released.releasedAt);
    yield {atMicros, event: {$case: 'decision', value: {verdict, holdId, reviewers}}};
  }
  if (ended === undefined) return;
  let offset = 0;
  let chunkMicros = 0;
  for (const {deltaMicros, sizeBytes} of ended.chunks) {
    chunkMicros += deltaMicros;
    atMicros = Math.max(atMicros, chunkMicros);
    const chunk = content.response.bytes.subarray(offset, offset + sizeBytes);
    offset += sizeBytes;
    for (const piece of piecesOf(chunk, false)) yield {atMicros, event: {$case: 'chunk', value: piece}};
  }
  atMicros = Math.max(atMicros, since(ended.endedAt));
  for (const piece of piecesOf(content.response.bytes.subarray(offset), false)) {
    yield {atMicros, event: {$case: 'chunk', value: piece}};
  }
  if (ended.responseVerdict !== undefined) {
    const {responseVerdict: verdict, holdId} = ended;
    yield {atMicros, event: {$case: 'decision', value: {verdict, holdId, reviewers: []}}};
  }
  yield {atMicros, event: {$case: 'ended', value: ended.outcome}};
}

export function toReplayResponse({atMicros, event}: ReplayEvent): ReplayExchangeResponse {
  return {at: durationOf(atMicros), event};
}

/** Bytes in messages that stay below the transport's limit; one empty piece for none where one is wanted. */
function* piecesOf(bytes: Buffer, atLeastOne: boolean): Generator<Buffer> {
  if (bytes.length === 0 && atLeastOne) yield bytes;
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}
