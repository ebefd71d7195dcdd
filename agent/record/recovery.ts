import {join} from 'node:path';
import type {FileLayer} from '../../lib/file-layer.ts';
import type {Logger} from '../../lib/log.ts';
import {chainAfter, FIRST_CHAIN, RECORD_KIND} from '../../lib/record-frame.ts';
import {
  framesFrom,
  holdsFrames,
  provesLoss,
  readSegmentStart,
  type Segment,
  type SegmentStart,
  segmentName,
  segmentNumber,
} from './segment.ts';

/** Folder, within the spool's, for segments that a person should look at. */
export const ASIDE = 'aside';

/** What a spool's folder holds, and where writing goes on. */
export interface Recovered {
  /** Oldest first. */
  segments: Segment[];
  /** Number for the next segment file. */
  nextNumber: number;
  /** Epoch of this process; its records are numbered from 0. */
  epoch: number;
  /** Chain head that they go on from. */
  chain: Buffer;
  /** Exchanges that were started and never ended. */
  openExchanges: Set<string>;
}

interface SegmentFile {
  number: number;
  path: string;
  bytes: Buffer;
  start: SegmentStart;
}

interface Progress {
  segments: Segment[];
  openExchanges: Set<string>;
  chain: Buffer;
}

/**
 * Reads a spool's folder after any kind of stop.
 *
 * The torn end of the last write is cut off; nothing else is. Where something durable can no longer be read, what
 * verifies is kept for shipping and the file for a person; numbers or chain show the gap.
 */
export async function recoverSpool(options: {
  dir: string;
  files: FileLayer;
  nowMs: () => number;
  log: Logger;
}): Promise<Recovered> {
  const {dir, files, log} = options;
  await files.makeDirectory(dir);
  await files.makeDirectory(join(dir, ASIDE));
  const progress: Progress = {segments: [], openExchanges: new Set(), chain: FIRST_CHAIN};
  const {nextNumber, lost} = await readSegments(options, (file, following) => {
    takeSegment(progress, file, following, log);
  });
  const last = progress.segments.at(-1);
  if (last !== undefined) {
    if (!last.damaged && last.end < last.sizeBytes) {
      log.warn('torn end of the spool cut off', {file: last.path, cutBytes: last.sizeBytes - last.end});
    }
    // Commit point: what a killed process wrote is taken as durable from here on, so it has to be.
    await files.truncate(last.path, last.damaged ? last.sizeBytes : last.end);
    if (!last.damaged) last.sizeBytes = last.end;
  }
  const {segments, openExchanges} = progress;
  // What is missing further up shows in the numbers; what is missing at the end only in the chain.
  const isEndLost = lost || last?.damaged === true;
  // Every process numbers its records in an epoch of its own: also a state directory restored from a backup never gives
  // two records one number. The chain goes on over it, so that what is lost between two epochs shows.
  const epoch = nextEpoch(last?.header.epoch, options.nowMs());
  if (isEndLost) log.error('spool damaged; the chain of records starts anew', {dir, epoch});
  return {segments, nextNumber, epoch, chain: isEndLost ? FIRST_CHAIN : progress.chain, openExchanges};
}

/** An epoch that this agent never used: later than the last, and by the clock where the last is not known. */
export function nextEpoch(last: number | undefined, nowMs: number): number {
  return Math.max((last ?? 0) + 1, Math.floor(nowMs));
}

/** Gives every segment with the one after it; no more than these two are in memory. */
async function readSegments(
  options: {dir: string; files: FileLayer; log: Logger},
  take: (file: SegmentFile, following: SegmentFile | undefined) => void,
): Promise<{nextNumber: number; lost: boolean}> {
  const {dir, files, log} = options;
  const numbers = (await files.list(dir)).flatMap((name) => segmentNumber(name) ?? []).sort((a, b) => a - b);
  const aside = (await files.list(join(dir, ASIDE))).flatMap((name) => segmentNumber(name) ?? []);
  let waiting: SegmentFile | undefined;
  let lost = false;
  for (const number of numbers) {
    const path = join(dir, segmentName(number));
    const bytes = await files.read(path, 0, await files.sizeOf(path));
    const start = readSegmentStart(bytes);
    if (start !== undefined) {
      const file = {number, path, bytes, start};
      if (waiting !== undefined) take(waiting, file);
      waiting = file;
    } else if (holdsFrames(bytes)) {
      lost = true;
      log.error('spool segment has a damaged start; kept aside', {file: path, sizeBytes: bytes.length});
      await files.rename(path, join(dir, ASIDE, segmentName(number)));
    } else {
      // A segment whose creation was never finished: nobody was told of anything in it.
      await files.remove(path);
    }
  }
  if (waiting !== undefined) take(waiting, undefined);
  await files.syncDirectory(join(dir, ASIDE));
  await files.syncDirectory(dir);
  return {nextNumber: Math.max(0, ...numbers, ...aside) + 1, lost};
}

/** Adds one segment. What a later segment of the epoch starts over was never acknowledged, and does not count. */
function takeSegment(progress: Progress, file: SegmentFile, following: SegmentFile | undefined, log: Logger): void {
  const {header, framesAt} = file.start;
  const next = following?.start.header.epoch === header.epoch ? following.start.header : undefined;
  const before = progress.segments.at(-1);
  const continues = before?.header.epoch === header.epoch && before.nextSeq === header.firstSeq;
  if (continues && !progress.chain.equals(header.chainBefore)) {
    log.error('spool segment does not continue the one before it', {file: file.path, firstSeq: header.firstSeq});
  }
  let chain = header.chainBefore;
  let end = framesAt;
  let nextSeq = header.firstSeq;
  for (const id of file.start.openExchanges) progress.openExchanges.add(id);
  for (const frame of framesFrom(file.bytes, framesAt, header.firstSeq, next?.firstSeq ?? Number.MAX_SAFE_INTEGER)) {
    chain = chainAfter(chain, frame);
    end += frame.bytes.length;
    nextSeq = frame.seq + 1;
    if (frame.kind === RECORD_KIND.started) progress.openExchanges.add(frame.exchangeId);
    else if (frame.kind === RECORD_KIND.ended) progress.openExchanges.delete(frame.exchangeId);
  }
  const damaged = next === undefined ? provesLoss(file.bytes, end, nextSeq) : nextSeq < next.firstSeq;
  if (damaged) {
    log.error('spool segment damaged', {file: file.path, fromSeq: nextSeq, atByte: end});
  }
  progress.chain = chain;
  const {number, path, bytes, start} = file;
  progress.segments.push({
    number,
    path,
    headerBytes: start.headerBytes,
    header,
    framesAt,
    end,
    nextSeq,
    sizeBytes: bytes.length,
    damaged,
  });
}
