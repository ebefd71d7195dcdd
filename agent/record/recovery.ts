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
  epoch: number;
  nextSeq: number;
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
  /** Epochs in which something durable turned out to be lost. */
  lostIn: Set<number>;
}

/**
 * Reads a spool's folder after any kind of stop.
 *
 * The torn end of the last write is cut off; nothing else is. Where something durable can no longer be read, what
 * verifies is kept for shipping, the file for a person, and writing goes on in a new epoch: the gap stays visible.
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
  const {found, nextNumber, lost} = await readSegments(options);
  const progress: Progress = {segments: [], openExchanges: new Set(), chain: FIRST_CHAIN, lostIn: new Set()};
  for (const [index, file] of found.entries()) takeSegment(progress, file, found[index + 1], log);
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
  const isDamaged = lost || (last !== undefined && progress.lostIn.has(last.header.epoch));
  if (last !== undefined && !isDamaged) {
    return {
      segments,
      nextNumber,
      epoch: last.header.epoch,
      nextSeq: last.nextSeq,
      chain: progress.chain,
      openExchanges,
    };
  }
  const epoch = nextEpoch(last?.header.epoch, options.nowMs());
  if (isDamaged) log.error('spool damaged; records go on in a new epoch', {dir, epoch});
  return {segments, nextNumber, epoch, nextSeq: 0, chain: FIRST_CHAIN, openExchanges};
}

/** An epoch that this agent never used: later than the last, and by the clock where the last is not known. */
export function nextEpoch(last: number | undefined, nowMs: number): number {
  return Math.max((last ?? 0) + 1, Math.floor(nowMs));
}

async function readSegments(options: {dir: string; files: FileLayer; log: Logger}): Promise<{
  found: SegmentFile[];
  nextNumber: number;
  lost: boolean;
}> {
  const {dir, files, log} = options;
  const numbers = (await files.list(dir)).flatMap((name) => segmentNumber(name) ?? []).sort((a, b) => a - b);
  const aside = (await files.list(join(dir, ASIDE))).flatMap((name) => segmentNumber(name) ?? []);
  const found: SegmentFile[] = [];
  let lost = false;
  for (const number of numbers) {
    const path = join(dir, segmentName(number));
    const bytes = await files.read(path, 0, await files.sizeOf(path));
    const start = readSegmentStart(bytes);
    if (start !== undefined) {
      found.push({number, path, bytes, start});
    } else if (holdsFrames(bytes)) {
      lost = true;
      log.error('spool segment has a damaged start; kept aside', {file: path, sizeBytes: bytes.length});
      await files.rename(path, join(dir, ASIDE, segmentName(number)));
    } else {
      // A segment whose creation was never finished: nobody was told of anything in it.
      await files.remove(path);
    }
  }
  await files.syncDirectory(join(dir, ASIDE));
  await files.syncDirectory(dir);
  return {found, nextNumber: Math.max(0, ...numbers, ...aside) + 1, lost};
}

/** Adds one segment. What a later segment of the epoch starts over was never acknowledged, and does not count. */
function takeSegment(progress: Progress, file: SegmentFile, following: SegmentFile | undefined, log: Logger): void {
  const {header, framesAt} = file.start;
  const next = following?.start.header.epoch === header.epoch ? following.start.header : undefined;
  const before = progress.segments.at(-1);
  const continues = before?.header.epoch === header.epoch && before.nextSeq === header.firstSeq;
  if (continues && !progress.chain.equals(header.chainBefore)) {
    progress.lostIn.add(header.epoch);
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
    progress.lostIn.add(header.epoch);
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
