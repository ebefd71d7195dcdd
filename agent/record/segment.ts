import {crc32} from 'node:zlib';
import {
  decodeSegmentHeader,
  type Frame,
  readFrame,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
  uuidBytes,
  uuidText,
} from '../../lib/record-frame.ts';

/** A segment file as the spool knows it. Only what stands before `end` counts. */
export interface Segment {
  /** Position among the spool's files; never used twice. */
  number: number;
  path: string;
  /** The header's bytes, as they are shipped. */
  headerBytes: Buffer;
  header: SegmentHeader;
  /** Offset of the first frame. */
  framesAt: number;
  /** Offset behind the last frame that counts. */
  end: number;
  /** Sequence number after the last frame that counts. */
  nextSeq: number;
  /** Bytes on the disk, also those that do not count. */
  sizeBytes: number;
  /** True where something that was durable can no longer be read; the file is kept for a person to look at. */
  damaged: boolean;
}

/** Records whose numbers follow each other, shipped on one stream. */
export interface Run {
  epoch: number;
  firstSeq: number;
  /** After the last durable record. */
  nextSeq: number;
  segments: readonly Segment[];
  /** True for the run that new records are added to. */
  current: boolean;
  /** True for the run that stays when it is acknowledged: its last segment says where epoch and chain go on. */
  kept: boolean;
}

/** What stands before the first frame: the header, and which exchanges were open when the segment began. */
export interface SegmentStart {
  headerBytes: Buffer;
  header: SegmentHeader;
  openExchanges: string[];
  framesAt: number;
}

const SUFFIX = '.seg';
const NUMBER_DIGITS = 12;
const UUID_BYTES = 16;
/** Frames further ahead than this are not believed while searching damaged bytes. */
const SEARCH_AHEAD = 2 ** 24;

export function segmentName(number: number): string {
  return String(number).padStart(NUMBER_DIGITS, '0') + SUFFIX;
}

/** The number in a segment's file name; undefined for any other file. */
export function segmentNumber(name: string): number | undefined {
  return /^\d{12}\.seg$/.test(name) ? Number(name.slice(0, NUMBER_DIGITS)) : undefined;
}

/** @param openExchanges those without an end so far: a later start of the agent learns from it whom to end. */
export function encodeSegmentStart(headerBytes: Buffer, openExchanges: Iterable<string>): Buffer {
  const ids = Buffer.concat([...openExchanges].map(uuidBytes));
  const count = Buffer.alloc(4);
  count.writeUInt32BE(ids.length / UUID_BYTES);
  const list = Buffer.concat([count, ids]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(list));
  return Buffer.concat([headerBytes, list, check]);
}

/** Undefined where a segment's start is missing or damaged. */
export function readSegmentStart(bytes: Buffer): SegmentStart | undefined {
  const listAt = SEGMENT_HEADER_BYTES;
  if (bytes.length < listAt + 8) return undefined;
  const idsAt = listAt + 4;
  const idsEnd = idsAt + bytes.readUInt32BE(listAt) * UUID_BYTES;
  if (idsEnd + 4 > bytes.length || crc32(bytes.subarray(listAt, idsEnd)) !== bytes.readUInt32BE(idsEnd))
    return undefined;
  const openExchanges: string[] = [];
  for (let at = idsAt; at < idsEnd; at += UUID_BYTES) openExchanges.push(uuidText(bytes.subarray(at, at + UUID_BYTES)));
  const headerBytes = Buffer.from(bytes.subarray(0, listAt));
  try {
    return {headerBytes, header: decodeSegmentHeader(headerBytes), openExchanges, framesAt: idsEnd + 4};
  } catch {
    return undefined;
  }
}

/** The intact frames from an offset on whose numbers follow each other, below a limit. */
export function* framesFrom(bytes: Buffer, offset: number, firstSeq: number, beforeSeq: number): Generator<Frame> {
  let at = offset;
  for (let seq = firstSeq; seq < beforeSeq; seq++) {
    const frame = readFrame(bytes, at);
    if (frame?.seq !== seq) return;
    yield frame;
    at += frame.bytes.length;
  }
}

/**
 * Whether bytes that do not read as a frame once did.
 *
 * A group of records is written only after the one before it is durable, and each record says how many before it were
 * not: an intact record further on therefore proves whether the missing one was durable. Without proof it is the torn
 * end of a write that nobody was told of.
 */
export function provesLoss(bytes: Buffer, offset: number, missingSeq: number): boolean {
  const highWord = Math.floor(missingSeq / 2 ** 32);
  for (let at = offset; at + 37 <= bytes.length; at++) {
    // Cheap looks first: the checksum of two megabytes at every offset would take minutes.
    if (bytes.readUInt32BE(at + 8) - highWord > 1) continue;
    const kind = bytes.readUInt8(at + 16);
    if (kind === 0 || kind > 5) continue;
    const frame = readFrame(bytes, at);
    if (frame === undefined || frame.seq < missingSeq || frame.seq > missingSeq + SEARCH_AHEAD) continue;
    if (frame.seq - frame.behind > missingSeq) return true;
  }
  return false;
}

/** Whether any intact frame stands in these bytes, whatever its number. */
export function holdsFrames(bytes: Buffer): boolean {
  for (let at = 0; at + 37 <= bytes.length; at++) {
    const kind = bytes.readUInt8(at + 16);
    if (kind === 0 || kind > 5 || bytes.readUInt32BE(at + 8) >= 2 ** 21) continue;
    if (readFrame(bytes, at) !== undefined) return true;
  }
  return false;
}
