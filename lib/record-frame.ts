import {hash} from 'node:crypto';
import {crc32} from 'node:zlib';
import {WeirError} from './errors.ts';
import {type Sealer, TAG_BYTES} from './seal.ts';

/** What a frame holds: the case of weir.record.v1.RecordBody, readable without opening it. */
export const RECORD_KIND = {started: 1, released: 2, ended: 3, content: 4, gap: 5} as const;
export type RecordKind = (typeof RECORD_KIND)[keyof typeof RECORD_KIND];

const MAGIC = Buffer.from('WEIRSEG1');
const UUID_BYTES = 16;
const DASH = 0x2d;
const NINE = 0x39;
const HASH_BYTES = 32;
/** Magic, agent, epoch, first seq, time, record key, ephemeral key, chain head before, crc. */
export const SEGMENT_HEADER_BYTES = MAGIC.length + UUID_BYTES + 8 + 8 + 8 + 3 * HASH_BYTES + 4;
/** Length and crc. */
const PREFIX_BYTES = 8;
/** Seq, kind, records behind, exchange. */
const CLEAR_BYTES = 8 + 1 + 4 + UUID_BYTES;
const SMALLEST_FRAME_BYTES = PREFIX_BYTES + CLEAR_BYTES + TAG_BYTES;
/** Longest frame that is written or read. */
export const MAX_FRAME_BYTES = 2 * 1024 * 1024;
/** The chain head before the first record of an epoch. */
export const FIRST_CHAIN = Buffer.alloc(HASH_BYTES);

/** What stands, in the clear, before the frames of a segment. */
export interface SegmentHeader {
  agentUid: string;
  epoch: number;
  firstSeq: number;
  createdAtMs: number;
  /** Raw X25519 public key that the segment is sealed to. */
  recordKey: Buffer;
  ephemeralKey: Buffer;
  /** Chain head after record `firstSeq - 1`. */
  chainBefore: Buffer;
}

/** One record as it stands on the agent's disk and travels to the control plane. */
export interface Frame {
  seq: number;
  /** A RecordKind, or what a newer version writes. */
  kind: number;
  /** How many records before this one were not known to be durable when it was written. */
  behind: number;
  /** Empty for a record of no exchange. */
  exchangeId: string;
  /** The clear part, as sealed with the body. */
  clear: Buffer;
  sealed: Buffer;
  /** The whole frame. */
  bytes: Buffer;
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  let at = MAGIC.copy(bytes);
  at += uuidBytes(header.agentUid).copy(bytes, at);
  for (const number of [header.epoch, header.firstSeq, header.createdAtMs]) at = writeUint(bytes, number, at);
  for (const part of [header.recordKey, header.ephemeralKey, header.chainBefore]) {
    if (part.length !== HASH_BYTES) throw new WeirError('INTERNAL', `a segment header part has ${part.length} bytes`);
    at += part.copy(bytes, at);
  }
  bytes.writeUInt32BE(crc32(bytes.subarray(0, at)), at);
  return bytes;
}

/** @throws WeirError RECORD_UNREADABLE unless the bytes are exactly one intact header. */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader {
  const end = SEGMENT_HEADER_BYTES - 4;
  if (bytes.length !== SEGMENT_HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new WeirError('RECORD_UNREADABLE', 'a segment does not start with a segment header');
  }
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) {
    throw new WeirError('RECORD_UNREADABLE', 'a segment header is damaged');
  }
  const numbers = MAGIC.length + UUID_BYTES;
  const keys = numbers + 24;
  const part = (index: number) =>
    Buffer.from(bytes.subarray(keys + index * HASH_BYTES, keys + (index + 1) * HASH_BYTES));
  return {
    agentUid: uuidText(bytes.subarray(MAGIC.length, numbers)),
    epoch: readUint(bytes, numbers),
    firstSeq: readUint(bytes, numbers + 8),
    createdAtMs: readUint(bytes, numbers + 16),
    recordKey: part(0),
    ephemeralKey: part(1),
    chainBefore: part(2),
  };
}

/** Seals a body into a frame and moves the chain on. */
export function encodeFrame(
  sealer: Sealer,
  chain: Buffer,
  record: {seq: number; kind: RecordKind; behind: number; exchangeId: string; body: Uint8Array},
): {bytes: Buffer; chain: Buffer} {
  const {seq, body} = record;
  // The chain head stands where the prefix will, and before it: one buffer is hashed, then written.
  const all = Buffer.allocUnsafe(HASH_BYTES + CLEAR_BYTES + body.length + TAG_BYTES);
  const clear = all.subarray(HASH_BYTES, HASH_BYTES + CLEAR_BYTES);
  writeUint(clear, seq, 0);
  clear.writeUInt8(record.kind, 8);
  clear.writeUInt32BE(record.behind, 9);
  writeUuid(record.exchangeId, clear, 13);
  const {sealed, tag} = sealer.seal(seq, clear, body);
  sealed.copy(all, HASH_BYTES + CLEAR_BYTES);
  tag.copy(all, HASH_BYTES + CLEAR_BYTES + sealed.length);
  chain.copy(all);
  const nextHead = hash('sha256', all, 'buffer');
  const bytes = all.subarray(HASH_BYTES - PREFIX_BYTES);
  if (bytes.length > MAX_FRAME_BYTES) {
    throw new WeirError(
      'INVALID_ARGUMENT',
      `a record of ${bytes.length} bytes is over the limit of ${MAX_FRAME_BYTES}`,
    );
  }
  bytes.writeUInt32BE(bytes.length - PREFIX_BYTES, 0);
  bytes.writeUInt32BE(crc32(bytes.subarray(PREFIX_BYTES)), 4);
  return {bytes, chain: nextHead};
}

/** The frame that starts at an offset; undefined where there is no whole, intact one. */
export function readFrame(bytes: Buffer, offset: number): Frame | undefined {
  const frame = intactFrame(bytes, offset);
  if (frame === undefined) return undefined;
  const clear = frame.subarray(PREFIX_BYTES, PREFIX_BYTES + CLEAR_BYTES);
  return {
    seq: frameSeq(frame),
    kind: clear.readUInt8(8),
    behind: clear.readUInt32BE(9),
    exchangeId: uuidText(clear.subarray(13)),
    clear,
    sealed: frame.subarray(PREFIX_BYTES + CLEAR_BYTES),
    bytes: frame,
  };
}

/** The bytes of the frame that starts at an offset; undefined where there is no whole, intact one. */
export function intactFrame(bytes: Buffer, offset: number): Buffer | undefined {
  if (bytes.length - offset < SMALLEST_FRAME_BYTES) return undefined;
  const end = offset + PREFIX_BYTES + bytes.readUInt32BE(offset);
  const sizeBytes = end - offset;
  if (sizeBytes < SMALLEST_FRAME_BYTES || sizeBytes > MAX_FRAME_BYTES || end > bytes.length) return undefined;
  if (crc32(bytes.subarray(offset + PREFIX_BYTES, end)) !== bytes.readUInt32BE(offset + 4)) return undefined;
  const clear = offset + PREFIX_BYTES;
  const kind = bytes.readUInt8(clear + 8);
  if (kind === 0 || kind > 127 || bytes.readUInt32BE(clear) >= 2 ** 21) return undefined;
  return bytes.subarray(offset, end);
}

/** Sequence number of an intact frame. */
export function frameSeq(frame: Buffer): number {
  return readUint(frame, PREFIX_BYTES);
}

/** @throws WeirError RECORD_UNREADABLE unless the bytes are exactly one intact frame. */
export function decodeFrame(bytes: Buffer): Frame {
  const frame = readFrame(bytes, 0);
  if (frame?.bytes.length !== bytes.length) throw new WeirError('RECORD_UNREADABLE', 'a record frame is damaged');
  return frame;
}

/** The chain head after a frame: it covers the clear part and the sealed one, so that nobody needs a key to check it. */
export function chainAfter(chain: Buffer, frame: Frame): Buffer {
  return hash('sha256', Buffer.concat([chain, frame.bytes.subarray(PREFIX_BYTES)]), 'buffer');
}

/** 16 bytes of a UUID; zeros for an empty text. @throws WeirError INVALID_ARGUMENT for anything else. */
export function uuidBytes(text: string): Buffer {
  const bytes = Buffer.alloc(UUID_BYTES);
  writeUuid(text, bytes, 0);
  return bytes;
}

/** Whether a text is empty or a UUID. */
export function isUuidOrEmpty(text: string): boolean {
  return text === '' || /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
}

/** `uuidBytes` into a buffer that is there. */
function writeUuid(text: string, bytes: Buffer, at: number): void {
  if (text === '') {
    bytes.fill(0, at, at + UUID_BYTES);
    return;
  }
  if (!isUuidOrEmpty(text)) throw new WeirError('INVALID_ARGUMENT', 'an id is not a UUID');
  let digit = 0;
  for (let byte = at; byte < at + UUID_BYTES; byte++) {
    if (text.charCodeAt(digit) === DASH) digit++;
    bytes[byte] = (hexValue(text.charCodeAt(digit)) << 4) | hexValue(text.charCodeAt(digit + 1));
    digit += 2;
  }
}

/** The value of a hex digit. */
function hexValue(code: number): number {
  return code <= NINE ? code & 0xf : (code & 0xf) + 9;
}

/** Lower-case text of a UUID; empty for zeros. */
export function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  if (hex === '00000000000000000000000000000000') return '';
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function writeUint(bytes: Buffer, value: number, at: number): number {
  bytes.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  return bytes.writeUInt32BE(value % 2 ** 32, at + 4);
}

/** @throws WeirError RECORD_UNREADABLE for a number that cannot be held exactly. */
function readUint(bytes: Buffer, at: number): number {
  const value = bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
  if (!Number.isSafeInteger(value)) throw new WeirError('RECORD_UNREADABLE', 'a number in a segment is out of range');
  return value;
}
