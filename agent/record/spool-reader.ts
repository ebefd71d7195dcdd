import {type FileLayer, isMissing} from '../../lib/file-layer.ts';
import {frameSeq, intactFrame, MAX_FRAME_BYTES} from '../../lib/record-frame.ts';
import type {Run, Segment} from './segment.ts';
import type {Spool} from './spool.ts';

/** Where reading goes on. */
interface Position {
  segment: Segment;
  offset: number;
  seq: number;
}

/** Frames of one segment, in order. */
interface FrameBatch {
  segmentHeader: Buffer;
  frames: Buffer[];
  sizeBytes: number;
  throughSeq: number;
}

const SKIP_BYTES = 4 * 1024 * 1024;
const BATCH = {records: 256, sizeBytes: 1024 * 1024};

/** Reads a run's durable frames from the disk in batches of one segment each. */
interface SpoolReader {
  /** The next batch; undefined where the run ends for now. */
  readonly next: () => Promise<FrameBatch | undefined>;
}

/**
 * A reader that starts at a record of a run.
 *
 * @param runOf the run as it stands when asked: it grows at its end.
 */
export function openSpoolReader(
  options: {spool: Spool; files: FileLayer; runOf: () => Run | undefined},
  firstSeq: number,
): SpoolReader {
  const {spool, files, runOf} = options;
  let position: Position | undefined;
  return {
    next: async () => {
      position ??= await seek(options, firstSeq);
      if (position === undefined) return undefined;
      if (position.seq >= position.segment.nextSeq) {
        const following = segmentOf(runOf(), position.seq);
        if (following === undefined || following === position.segment) return undefined;
        position = {segment: following, offset: following.framesAt, seq: following.header.firstSeq};
      }
      const {frames, sizeBytes} = await readFrames(files, position, BATCH);
      if (frames.length === 0) {
        await spool.markDamaged(position.segment, {end: position.offset, nextSeq: position.seq});
        return undefined;
      }
      const {segment, offset, seq} = position;
      position = {segment, offset: offset + sizeBytes, seq: seq + frames.length};
      return {segmentHeader: segment.headerBytes, frames, sizeBytes, throughSeq: position.seq - 1};
    },
  };
}

async function seek(
  options: {spool: Spool; files: FileLayer; runOf: () => Run | undefined},
  seq: number,
): Promise<Position | undefined> {
  const segment = segmentOf(options.runOf(), seq);
  if (segment === undefined) return undefined;
  const position: Position = {segment, offset: segment.framesAt, seq: segment.header.firstSeq};
  while (position.seq < seq) {
    const limit = {records: seq - position.seq, sizeBytes: SKIP_BYTES};
    const {frames, sizeBytes} = await readFrames(options.files, position, limit);
    if (frames.length === 0) {
      await options.spool.markDamaged(segment, {end: position.offset, nextSeq: position.seq});
      return undefined;
    }
    position.offset += sizeBytes;
    position.seq += frames.length;
  }
  return position;
}

function segmentOf(run: Run | undefined, seq: number): Segment | undefined {
  return run?.segments.findLast(({header, nextSeq}) => header.firstSeq <= seq && seq < nextSeq);
}

/** At least one frame where there is an intact one, then as many as fit. */
async function readFrames(
  files: FileLayer,
  {segment, offset, seq}: Position,
  limit: {records: number; sizeBytes: number},
): Promise<{frames: Buffer[]; sizeBytes: number}> {
  const {end, nextSeq, path} = segment;
  const sizeLimit = Math.min(end - offset, Math.max(limit.sizeBytes, MAX_FRAME_BYTES));
  const bytes = await files.read(path, offset, sizeLimit).catch((error: unknown) => {
    // A segment that somebody deleted holds nothing any more; waiting would not bring it back.
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  });
  const frames: Buffer[] = [];
  let total = 0;
  const last = Math.min(nextSeq, seq + limit.records);
  for (let expected = seq; expected < last; expected++) {
    const frame = intactFrame(bytes, total);
    if (frame === undefined || frameSeq(frame) !== expected) break;
    if (frames.length > 0 && total + frame.length > limit.sizeBytes) break;
    frames.push(frame);
    total += frame.length;
  }
  return {frames, sizeBytes: total};
}
