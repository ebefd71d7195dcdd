import {WeirError} from '../../lib/errors.ts';
import {isUuidOrEmpty, MAX_FRAME_BYTES, RECORD_KIND, type RecordKind} from '../../lib/record-frame.ts';

/** A record before it is sealed: weir.record.v1.RecordBody, encoded. */
export interface PlainRecord {
  kind: RecordKind;
  exchangeId: string;
  body: Uint8Array;
}

const FRAME_OVERHEAD_BYTES = 64;

/** Bytes that records take on the disk, at most. */
export function framedBytes(records: readonly PlainRecord[]): number {
  return records.reduce((sum, {body}) => sum + body.length + FRAME_OVERHEAD_BYTES, 0);
}

/** Refuses what could not be framed before it can spoil the records it would be written with. */
export function requireWritable({exchangeId, body}: PlainRecord): void {
  if (!isUuidOrEmpty(exchangeId)) throw new WeirError('INVALID_ARGUMENT', 'an id is not a UUID');
  const sizeBytes = body.length + FRAME_OVERHEAD_BYTES;
  if (sizeBytes > MAX_FRAME_BYTES) {
    throw new WeirError('RECORD_NOT_DURABLE', `a record of ${sizeBytes} bytes is over the limit of ${MAX_FRAME_BYTES}`);
  }
}

export function countStarts(records: readonly PlainRecord[]): number {
  return records.reduce((sum, {kind}) => sum + (kind === RECORD_KIND.started ? 1 : 0), 0);
}
