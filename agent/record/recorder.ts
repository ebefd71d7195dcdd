import {BinaryWriter} from '@bufbuild/protobuf/wire';
import {WeirError} from '../../lib/errors.ts';
import {diskFiles, type FileLayer} from '../../lib/file-layer.ts';
import type {Logger} from '../../lib/log.ts';
import {
  type Content,
  type ExchangeEnded,
  type ExchangeReleased,
  type ExchangeStarted,
  Outcome,
} from '../../proto/gen/weir/record/v1/record.ts';
import {type ContentOf, contentPart, cutContent, joinChunks, plainRecord} from './content.ts';
import {framedBytes, type PlainRecord} from './plain-record.ts';
import {recoverSpool} from './recovery.ts';
import {END_RESERVE_BYTES, Spool} from './spool.ts';

/**
 * Keeps what happened to every exchange. Each call resolves once the record is durable on this agent's disk.
 *
 * Content is given whole, in `Content.inline` (see `wholeContent`); large content is cut up on the way.
 */
export interface Recorder {
  /**
   * @throws WeirError SPOOL_FULL where the bound is reached, RECORD_NOT_DURABLE where the disk refuses: the exchange
   *   must be refused then.
   */
  readonly started: (record: ExchangeStarted) => Promise<void>;
  /** @throws as `started`. */
  readonly released: (record: ExchangeReleased) => Promise<void>;
  /**
   * The end of an exchange whose start was taken always fits; its content is left out (`truncated`) where the bound is
   * reached.
   *
   * @throws WeirError RECORD_NOT_DURABLE where the start was not taken or the disk refuses; see `endedLate`.
   */
  readonly ended: (record: ExchangeEnded) => Promise<void>;
  /**
   * Says what became of an exchange after all whose `ended` was refused; written without content, as soon as the disk
   * takes it. Ignored where the start was not taken.
   */
  readonly endedLate: (record: ExchangeEnded) => void;
  /**
   * A part of content that is recorded as it flows; the record that refers to it says how many there were.
   *
   * @param part bytes of at most 1 MiB. @throws as `started`.
   */
  readonly content: (part: {exchangeId: string; of: ContentOf; index: number; bytes: Buffer}) => Promise<void>;
  /** What shipping reads from. */
  readonly spool: Spool;
  /** Writes what waits and lets go of the files. */
  readonly close: () => Promise<void>;
}

/** How a spool is bounded. */
export interface SpoolLimits {
  segmentBytes: number;
  maxBytes: number;
}

/** Segments small enough to be freed soon, a spool large enough for a day without control plane at a few records a second. */
const SPOOL_LIMITS: SpoolLimits = {segmentBytes: 8 * 1024 * 1024, maxBytes: 1024 * 1024 * 1024};

const BARE_CHUNKS = 512;
const EMPTY = Buffer.alloc(0);

/**
 * Opens the spool in a folder, and ends the exchanges that an earlier process left open (outcome CUT).
 *
 * @param recordKey the control plane's raw X25519 public key, asked for at every new segment.
 */
export async function openRecorder(options: {
  dir: string;
  agentUid: string;
  recordKey: () => Buffer;
  log: Logger;
  limits?: SpoolLimits;
  files?: FileLayer;
  nowMs?: () => number;
}): Promise<Recorder> {
  const {dir, log, files = diskFiles, nowMs = Date.now, limits = SPOOL_LIMITS} = options;
  const recovered = await recoverSpool({dir, files, nowMs, log});
  const {agentUid, recordKey} = options;
  const spool = new Spool({dir, files, agentUid, recordKey, nowMs, log, ...limits}, recovered);
  const cut = [...spool.openExchanges].map((exchangeId) => cutRecord(exchangeId, new Date(nowMs())));
  if (cut.length > 0) log.warn('exchanges of an earlier process recorded as cut', {exchanges: cut.length});
  return createRecorder(spool, cut);
}

/** @param owed ends that are still to be written: as soon as the disk takes them. */
function createRecorder(spool: Spool, owed: PlainRecord[]): Recorder {
  const payOwed = () => {
    if (owed.length === 0) return;
    const records = owed;
    owed = [];
    spool.append(records).catch(() => {
      owed.unshift(...records);
    });
  };
  payOwed();
  const writer = new BinaryWriter();
  /** Exchanges whose start was taken, and for whose end room is kept. */
  const open = new Set<string>();
  const append = async (records: readonly PlainRecord[], options: {reserveBytes: number}) => {
    const sizeBytes = framedBytes(records);
    if (spool.roomBytes < sizeBytes + options.reserveBytes) {
      throw new WeirError('SPOOL_FULL', 'the spool is full; it empties once the control plane can be reached');
    }
    await spool.append(records);
    payOwed();
  };
  return {
    spool,
    started: async (record) => {
      const {content, parts} = cutContent(record.exchangeId, 'request', record.request);
      const last = plainRecord(record.exchangeId, {$case: 'started', value: {...record, request: content}}, writer);
      open.add(record.exchangeId);
      try {
        await append([...parts, last], {reserveBytes: END_RESERVE_BYTES});
      } catch (error) {
        open.delete(record.exchangeId);
        throw error;
      }
    },
    released: async (record) => {
      const {content, parts} = cutContent(record.exchangeId, 'released', record.request);
      const last = plainRecord(record.exchangeId, {$case: 'released', value: {...record, request: content}});
      await append([...parts, last], {reserveBytes: 0});
    },
    content: async ({exchangeId, of, index, bytes}) => {
      await append([contentPart(exchangeId, of, index, bytes)], {reserveBytes: 0});
    },
    ended: async (record) => {
      if (!open.has(record.exchangeId)) {
        throw new WeirError('RECORD_NOT_DURABLE', 'the start of this exchange is not recorded');
      }
      await spool.append(endRecords(record, spool.roomBytes + END_RESERVE_BYTES, writer));
      open.delete(record.exchangeId);
      payOwed();
    },
    endedLate: (record) => {
      if (open.delete(record.exchangeId)) owed.push(bareEnd(record));
    },
    close: async () => {
      payOwed();
      await spool.close();
    },
  };
}

/** The end whole if it fits, or without what makes it large. */
function endRecords(record: ExchangeEnded, roomBytes: number, writer: BinaryWriter): PlainRecord[] {
  const {content, parts} = cutContent(record.exchangeId, 'response', record.response);
  const value = {...record, response: content, chunks: joinChunks(record.chunks)};
  const records = [...parts, plainRecord(record.exchangeId, {$case: 'ended', value}, writer)];
  const sizeBytes = framedBytes(records);
  return sizeBytes <= roomBytes ? records : [bareEnd(record)];
}

/** An end that always fits in what is kept for it. */
function bareEnd(record: ExchangeEnded): PlainRecord {
  const value = {...record, response: withoutBytes(record.response), chunks: joinChunks(record.chunks, BARE_CHUNKS)};
  return plainRecord(record.exchangeId, {$case: 'ended', value});
}

function withoutBytes(content: Content | undefined): Content | undefined {
  if (content === undefined || content.parts > 0) return content;
  return {...content, inline: EMPTY, truncated: content.sizeBytes > 0n};
}

function cutRecord(exchangeId: string, endedAt: Date): PlainRecord {
  const value: ExchangeEnded = {
    exchangeId,
    endedAt,
    outcome: Outcome.CUT,
    status: 0,
    upstreamStatus: 0,
    responseVerdict: undefined,
    response: undefined,
    usage: undefined,
    finishReasons: [],
    timeToFirstByte: undefined,
    chunks: [],
    errorCode: '',
    responseModel: '',
    responseId: '',
    holdId: '',
  };
  return plainRecord(exchangeId, {$case: 'ended', value});
}
