import {hash} from 'node:crypto';
import {BinaryWriter} from '@bufbuild/protobuf/wire';
import {RECORD_KIND} from '../../lib/record-frame.ts';
import {type ChunkTiming, type Content, RecordBody} from '../../proto/gen/weir/record/v1/record.ts';
import type {PlainRecord} from './plain-record.ts';

/** Which text of an exchange a content part belongs to. */
export type ContentOf = 'request' | 'released' | 'response';

/** Content above this travels in records of its own. */
const INLINE_BYTES = 64 * 1024;
const PART_BYTES = 256 * 1024;
/** Writes to the caller that are kept apart; neighbours are joined where there were more. */
const MAX_CHUNKS = 32 * 1024;

/** Content for a record, whole; the recorder cuts it up where it is large. */
export function wholeContent(mediaType: string, bytes: Buffer): Content {
  return {
    mediaType,
    sizeBytes: BigInt(bytes.length),
    sha256: hash('sha256', bytes, 'buffer'),
    inline: bytes,
    parts: 0,
    truncated: false,
  };
}

/** Moves large inline content into part records that are written before the record which refers to them. */
export function cutContent(
  exchangeId: string,
  of: ContentOf,
  content: Content | undefined,
): {content: Content | undefined; parts: PlainRecord[]} {
  if (content === undefined || content.inline.length <= INLINE_BYTES) return {content, parts: []};
  const parts: PlainRecord[] = [];
  for (let at = 0; at < content.inline.length; at += PART_BYTES) {
    parts.push(contentPart(exchangeId, of, parts.length, content.inline.subarray(at, at + PART_BYTES)));
  }
  return {content: {...content, inline: Buffer.alloc(0), parts: parts.length}, parts};
}

export function contentPart(exchangeId: string, of: ContentOf, index: number, bytes: Buffer): PlainRecord {
  return plainRecord(exchangeId, {$case: 'content', value: {exchangeId, of, index, bytes}});
}

/** @param writer one that is kept from record to record need not grow each time. */
export function plainRecord(
  exchangeId: string,
  body: NonNullable<RecordBody['body']>,
  writer = new BinaryWriter(),
): PlainRecord {
  try {
    RecordBody.encode({body}, writer);
  } catch (error) {
    // What was written so far must not stand in the next record.
    writer.finish();
    throw error;
  }
  return {kind: RECORD_KIND[body.$case], exchangeId, body: writer.finish()};
}

/** At most `MAX_CHUNKS` entries with the same sums: a stream of a million tokens is recorded like any other. */
export function joinChunks(chunks: ChunkTiming[], limit = MAX_CHUNKS): ChunkTiming[] {
  if (chunks.length <= limit) return chunks;
  const group = Math.ceil(chunks.length / limit);
  const joined: ChunkTiming[] = [];
  for (let at = 0; at < chunks.length; at += group) {
    let deltaMicros = 0;
    let sizeBytes = 0;
    for (const chunk of chunks.slice(at, at + group)) {
      deltaMicros += chunk.deltaMicros;
      sizeBytes += chunk.sizeBytes;
    }
    joined.push({deltaMicros: Math.min(deltaMicros, 2 ** 32 - 1), sizeBytes});
  }
  return joined;
}
