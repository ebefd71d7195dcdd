import {join} from 'node:path';
import {WeirError} from '../../lib/errors.ts';
import {type AppendFile, type FileLayer, isMissing} from '../../lib/file-layer.ts';
import type {Logger} from '../../lib/log.ts';
import {encodeFrame, encodeSegmentHeader, FIRST_CHAIN, RECORD_KIND} from '../../lib/record-frame.ts';
import {createSealer, type Sealer} from '../../lib/seal.ts';
import {sleep} from '../../lib/sleep.ts';
import {countStarts, framedBytes, type PlainRecord, requireWritable} from './plain-record.ts';
import {ASIDE, nextEpoch, type Recovered} from './recovery.ts';
import {encodeSegmentStart, type Run, type Segment, segmentName} from './segment.ts';

export interface SpoolOptions {
  dir: string;
  files: FileLayer;
  agentUid: string;
  /** Raw X25519 public key that new segments are sealed to. */
  recordKey: () => Buffer;
  nowMs: () => number;
  log: Logger;
  /** A new segment begins where this one would grow beyond. */
  segmentBytes: number;
  /** Bound of the whole spool. */
  maxBytes: number;
}

interface Waiting {
  records: readonly PlainRecord[];
  sizeBytes: number;
  resolve: () => void;
  reject: (error: WeirError) => void;
}

interface Writing {
  segment: Segment;
  file: AppendFile;
  sealer: Sealer;
  /** The segment's start, until it is written together with the first records. */
  unwritten: Buffer | undefined;
}

/** Room kept for the end of every running exchange. */
export const END_RESERVE_BYTES = 16 * 1024;
const MAX_GROUP_BYTES = 4 * 1024 * 1024;
/** With as many appends in a group as this, the next one waits a moment for company: a sync costs far more than a record. */
const BUSY_GROUP = 4;
const GATHER_MS = 2;

/**
 * Records on the agent's disk that the control plane has not acknowledged.
 *
 * Appends that come while the disk is busy are written together and made durable by one sync.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #segments: Segment[];
  readonly #open: Set<string>;
  readonly #watchers = new Set<() => void>();
  #version = 0;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #waitingStarts = 0;
  #sizeBytes: number;
  #flushing: Promise<void> | undefined;
  #writing: Writing | undefined;
  #nextNumber: number;
  #epoch: number;
  #nextSeq: number;
  #chain: Buffer;
  #acked = {epoch: 0, nextSeq: 0};
  #closed = false;

  constructor(options: SpoolOptions, recovered: Recovered) {
    this.#options = options;
    this.#segments = recovered.segments;
    this.#open = recovered.openExchanges;
    this.#nextNumber = recovered.nextNumber;
    this.#epoch = recovered.epoch;
    this.#nextSeq = 0;
    this.#chain = recovered.chain;
    this.#sizeBytes = this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /** Exchanges whose start is durable and whose end is not. */
  get openExchanges(): ReadonlySet<string> {
    return this.#open;
  }

  /** What the spool holds; `records` counts those that are not acknowledged. */
  get status(): {sizeBytes: number; records: number; epoch: number; nextSeq: number} {
    const {epoch, nextSeq: ackedBelow} = this.#acked;
    const records = this.#segments.reduce((sum, {header, nextSeq}) => {
      const firstSeq = header.epoch === epoch ? Math.max(header.firstSeq, ackedBelow) : header.firstSeq;
      return sum + Math.max(0, nextSeq - firstSeq);
    }, 0);
    return {sizeBytes: this.#sizeBytes, records, epoch: this.#epoch, nextSeq: this.#nextSeq};
  }

  /** Bytes that may still be appended without touching what is kept for the ends of running exchanges. */
  get roomBytes(): number {
    const reserved = (this.#open.size + this.#waitingStarts) * END_RESERVE_BYTES;
    return this.#options.maxBytes - this.#sizeBytes - this.#waitingBytes - reserved;
  }

  /**
   * Appends records next to each other and resolves once they are durable.
   *
   * @throws WeirError RECORD_NOT_DURABLE if the disk refused them; none of them counts then.
   */
  async append(records: readonly PlainRecord[]): Promise<void> {
    if (this.#closed) throw new WeirError('RECORD_NOT_DURABLE', 'the spool is closed');
    for (const record of records) requireWritable(record);
    const sizeBytes = framedBytes(records);
    return new Promise((resolve, reject) => {
      this.#waiting.push({records, sizeBytes, resolve, reject});
      this.#waitingBytes += sizeBytes;
      this.#waitingStarts += countStarts(records);
      this.#flushing ??= this.#flush();
    });
  }

  /** The oldest run with its durable records; undefined while the spool holds nothing at all. */
  oldestRun(): Run | undefined {
    const first = this.#segments[0];
    if (first === undefined) return undefined;
    let last = first;
    let count = 1;
    for (; count < this.#segments.length; count++) {
      const segment = this.#segments[count];
      if (segment?.header.epoch !== last.header.epoch || segment.header.firstSeq !== last.nextSeq) break;
      last = segment;
    }
    const kept = count === this.#segments.length && !last.damaged;
    return {
      epoch: first.header.epoch,
      firstSeq: first.header.firstSeq,
      nextSeq: last.nextSeq,
      segments: this.#segments.slice(0, count),
      current: kept && last.header.epoch === this.#epoch,
      kept,
    };
  }

  /** Whether the control plane has all of a run as it stands. */
  isAcknowledged({epoch, firstSeq, nextSeq}: Run): boolean {
    return firstSeq === nextSeq || (this.#acked.epoch === epoch && this.#acked.nextSeq >= nextSeq);
  }

  /** Removes the oldest segments that hold nothing above `throughSeq`. The newest stays: it says where epoch and chain go on. */
  async acknowledge(epoch: number, throughSeq: number): Promise<void> {
    const {files, dir} = this.#options;
    this.#acked = {epoch, nextSeq: throughSeq + 1};
    const done: Segment[] = [];
    while (this.#segments.length > 0) {
      const [segment] = this.#segments;
      if (segment === undefined || segment === this.#writing?.segment) break;
      if (segment.header.epoch !== epoch || segment.nextSeq > throughSeq + 1) break;
      if (this.#segments.length === 1 && !segment.damaged) break;
      this.#segments.shift();
      this.#sizeBytes -= segment.sizeBytes;
      done.push(segment);
    }
    for (const segment of done) {
      if (segment.damaged) await this.#moveAside(segment);
      else await files.remove(segment.path).catch(unlessMissing);
    }
    if (done.length > 0) await files.syncDirectory(dir);
  }

  /** Takes a run out of shipping for a person to look at: the control plane will never accept it. */
  async setAside(run: Run): Promise<void> {
    if (run.current) await this.startEpoch();
    for (const segment of run.segments) {
      const index = this.#segments.indexOf(segment);
      if (index < 0) continue;
      this.#segments.splice(index, 1);
      this.#sizeBytes -= segment.sizeBytes;
      await this.#moveAside(segment);
    }
    await this.#options.files.syncDirectory(this.#options.dir);
  }

  /** Says that a segment can be read up to here only, and goes on in a new epoch. */
  async markDamaged(segment: Segment, at: {end: number; nextSeq: number}): Promise<void> {
    segment.damaged = true;
    segment.end = at.end;
    segment.nextSeq = at.nextSeq;
    this.#options.log.error('spool segment damaged', {file: segment.path, fromSeq: at.nextSeq, atByte: at.end});
    if (segment.header.epoch === this.#epoch) await this.startEpoch();
  }

  /** Goes on in a new epoch, in a new segment. */
  async startEpoch(): Promise<void> {
    await this.#settled();
    const left = this.#leaveSegment();
    this.#epoch = nextEpoch(this.#epoch, this.#options.nowMs());
    this.#nextSeq = 0;
    this.#chain = FIRST_CHAIN;
    await left;
    this.#wake();
  }

  /** Changes whenever what can be shipped changes. */
  get version(): number {
    return this.#version;
  }

  /** Calls back after every change of what can be shipped, until the returned function is called. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Writes what waits, then lets go of the files. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#settled();
    await this.#leaveSegment();
    this.#wake();
  }

  async #settled(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
  }

  async #flush(): Promise<void> {
    // Whatever is appended in the same turn of the event loop shares the first sync.
    await Promise.resolve();
    let isBusy = false;
    while (this.#waiting.length > 0) {
      if (isBusy && !this.#closed) await sleep(GATHER_MS);
      const group = this.#takeGroup();
      isBusy = group.length >= BUSY_GROUP;
      try {
        await this.#writeGroup(group);
        for (const {resolve} of group) resolve();
      } catch (cause) {
        const error = new WeirError('RECORD_NOT_DURABLE', 'the record could not be written to disk', {cause});
        this.#options.log.error('spool cannot be written', {dir: this.#options.dir}, cause);
        for (const {reject} of group) reject(error);
      }
      this.#wake();
    }
    this.#flushing = undefined;
  }

  #takeGroup(): Waiting[] {
    let sizeBytes = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      if (count > 0 && sizeBytes + waiting.sizeBytes > MAX_GROUP_BYTES) break;
      sizeBytes += waiting.sizeBytes;
      count++;
    }
    const group = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return group;
  }

  /** Writes a group; where the disk fails, once more into a new segment: nobody knows what became of the first. */
  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const records = group.flatMap((waiting) => waiting.records);
    const sizeBytes = group.reduce((sum, waiting) => sum + waiting.sizeBytes, 0);
    try {
      try {
        await this.#tryWrite(records, sizeBytes);
      } catch (cause) {
        this.#options.log.error('spool segment abandoned', {file: this.#writing?.segment.path}, cause);
        await this.#abandonSegment();
        await this.#tryWrite(records, sizeBytes);
      }
    } catch (cause) {
      await this.#abandonSegment();
      throw cause;
    } finally {
      this.#waitingBytes -= sizeBytes;
      this.#waitingStarts -= countStarts(records);
    }
  }

  async #tryWrite(records: readonly PlainRecord[], sizeBytes: number): Promise<void> {
    const writing = await this.#segmentFor(sizeBytes);
    const {segment, file, sealer, unwritten} = writing;
    let chain = this.#chain;
    const parts = unwritten === undefined ? [] : [unwritten];
    let addedBytes = unwritten?.length ?? 0;
    for (const [index, {kind, exchangeId, body}] of records.entries()) {
      const frame = encodeFrame(sealer, chain, {seq: this.#nextSeq + index, behind: index, kind, exchangeId, body});
      chain = frame.chain;
      parts.push(frame.bytes);
      addedBytes += frame.bytes.length;
    }
    this.#sizeBytes += addedBytes;
    segment.sizeBytes += addedBytes;
    await file.append(parts);
    await file.sync();
    if (unwritten !== undefined) {
      await this.#options.files.syncDirectory(this.#options.dir);
      this.#segments.push(segment);
      writing.unwritten = undefined;
    }
    // Commit point: what follows only makes memory agree with the disk.
    segment.end += addedBytes - (unwritten?.length ?? 0);
    this.#nextSeq += records.length;
    segment.nextSeq = this.#nextSeq;
    this.#chain = chain;
    for (const {kind, exchangeId} of records) {
      if (kind === RECORD_KIND.started) this.#open.add(exchangeId);
      else if (kind === RECORD_KIND.ended) this.#open.delete(exchangeId);
    }
  }

  async #segmentFor(sizeBytes: number): Promise<Writing> {
    const writing = this.#writing;
    const isFresh = writing?.segment.nextSeq === writing?.segment.header.firstSeq;
    if (writing !== undefined && (isFresh || writing.segment.sizeBytes + sizeBytes <= this.#options.segmentBytes)) {
      return writing;
    }
    await this.#leaveSegment();
    return (this.#writing = await this.#createSegment());
  }

  async #createSegment(): Promise<Writing> {
    const {dir, files, agentUid, recordKey: currentKey, nowMs} = this.#options;
    const recordKey = currentKey();
    const number = this.#nextNumber++;
    const path = join(dir, segmentName(number));
    const fields = {agentUid, epoch: this.#epoch, firstSeq: this.#nextSeq, createdAtMs: nowMs(), recordKey};
    let header = {...fields, ephemeralKey: recordKey, chainBefore: this.#chain};
    const sealer = createSealer(recordKey, (ephemeralKey) => {
      header = {...header, ephemeralKey};
      return encodeSegmentHeader(header);
    });
    const unwritten = encodeSegmentStart(sealer.context, this.#open);
    const file = await files.create(path).catch(async (error: unknown) => {
      if (!isMissing(error)) throw error;
      this.#options.log.error('the spool was deleted; it is made anew', {dir});
      await files.makeDirectory(join(dir, ASIDE));
      return files.create(path);
    });
    const segment: Segment = {
      number,
      path,
      headerBytes: sealer.context,
      header,
      framesAt: unwritten.length,
      end: unwritten.length,
      nextSeq: this.#nextSeq,
      sizeBytes: 0,
      damaged: false,
    };
    return {segment, file, sealer, unwritten};
  }

  /** Ends a segment in which everything that counts is durable. */
  async #leaveSegment(): Promise<void> {
    const writing = this.#writing;
    this.#writing = undefined;
    await writing?.file.close();
  }

  /** Ends a segment after a failure: it counts up to its last durable record, and its file is never written again. */
  async #abandonSegment(): Promise<void> {
    const writing = this.#writing;
    this.#writing = undefined;
    if (writing === undefined) return;
    const {segment, file, unwritten} = writing;
    await file.close().catch(() => undefined);
    if (unwritten === undefined) return;
    this.#sizeBytes -= segment.sizeBytes;
    await this.#options.files.remove(segment.path).catch(() => undefined);
  }

  async #moveAside(segment: Segment): Promise<void> {
    const {dir, files} = this.#options;
    const aside = join(dir, ASIDE);
    await files.rename(segment.path, join(aside, segmentName(segment.number))).catch(unlessMissing);
    await files.syncDirectory(aside);
  }

  #wake(): void {
    this.#version++;
    for (const changed of this.#watchers) changed();
  }
}

/** What somebody deleted is gone already. */
function unlessMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
