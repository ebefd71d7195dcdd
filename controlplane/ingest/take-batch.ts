import {WeirError} from '../../lib/errors.ts';
import {chainAfter, decodeFrame, FIRST_CHAIN, type Frame} from '../../lib/record-frame.ts';
import type {Cursor, EpochKey, Incident, NewRecord, RecordTransaction} from '../store/record-store.ts';
import {foldExchanges} from './fold-exchanges.ts';
import type {OpenedRecord, SegmentOpener} from './open-records.ts';

/** Four times what agents send: one transaction must not keep the others waiting for long. */
const MAX_BATCH_RECORDS = 1_024;

/** Frames of one segment, checked to be intact and to follow each other. */
export interface Batch {
  segment: SegmentOpener;
  frames: readonly Frame[];
}

/** A conflict is kept as an incident although the batch is not taken. */
export class ConflictError extends WeirError {
  readonly incident: Incident;

  constructor(incident: Incident) {
    super('RECORD_CONFLICT', `record ${incident.seq} of epoch ${incident.epoch}: ${incident.detail}`);
    this.incident = incident;
  }
}

/**
 * @throws WeirError RECORD_UNREADABLE for a damaged frame; PROTOCOL for frames that do not follow each other or do not
 *   belong to this segment.
 */
export function readBatch(segment: SegmentOpener, bytes: readonly Buffer[]): Batch {
  if (bytes.length > MAX_BATCH_RECORDS) {
    throw new WeirError('PROTOCOL', `a batch of ${bytes.length} records; ${MAX_BATCH_RECORDS} are taken at once`);
  }
  const frames = bytes.map(decodeFrame);
  const first = frames[0];
  if (first === undefined) throw new WeirError('PROTOCOL', 'a batch without records');
  if (first.seq < segment.header.firstSeq) throw new WeirError('PROTOCOL', 'a record from before its segment');
  if (frames.some((frame, index) => frame.seq !== first.seq + index)) {
    throw new WeirError('PROTOCOL', 'records of a batch that do not follow each other');
  }
  if (first.seq + frames.length > Number.MAX_SAFE_INTEGER) throw new WeirError('PROTOCOL', 'a number is out of range');
  return {segment, frames};
}

/**
 * Takes what is new of a batch: records, cursor and what is read from them move together.
 *
 * @returns the number of the last record that is now committed, and what a person should look at.
 * @throws ConflictError for another record under a number that was taken, or a broken chain.
 */
export async function takeBatch(
  tx: RecordTransaction,
  agent: {uid: string; labels: Readonly<Record<string, string>>},
  {segment, frames}: Batch,
  nowMs: number,
): Promise<{throughSeq: number; incidents: readonly Incident[]}> {
  const key: EpochKey = {agentUid: agent.uid, epoch: segment.header.epoch};
  const cursor = await tx.cursor(key);
  if (cursor === undefined) throw new WeirError('PROTOCOL', 'records of an epoch that was not opened');
  const known = frames.filter((frame) => frame.seq < cursor.nextSeq);
  const fresh = frames.slice(known.length);
  if (known.length > 0) await requireSame(tx, key, segment, known);
  const [first] = fresh;
  if (first === undefined) return {throughSeq: cursor.nextSeq - 1, incidents: []};
  if (first.seq !== cursor.nextSeq) {
    throw new WeirError('PROTOCOL', `record ${first.seq} came where ${cursor.nextSeq} was expected`);
  }
  let chain = chainBefore(key, segment, cursor, first);
  const opened = fresh.map(segment.open);
  const rows: NewRecord[] = [];
  for (const record of opened) {
    chain = chainAfter(chain, record.frame);
    rows.push(rowOf(key, {segment, record, chain, nowMs}));
  }
  await tx.addRecords(rows);
  const incidents = [
    ...(first.seq === 0 ? await brokenOff(tx, key, segment) : []),
    ...unreadable(key, opened),
    ...(await foldExchanges(tx, agent, key.epoch, opened)),
  ];
  await tx.addIncidents(incidents, nowMs);
  const nextSeq = first.seq + fresh.length;
  await tx.moveCursor(key, {nextSeq, chainHead: chain});
  return {throughSeq: nextSeq - 1, incidents};
}

/** A record that comes again has to be the one that was taken: the chain says so without keeping the sealed bytes. */
async function requireSame(
  tx: RecordTransaction,
  key: EpochKey,
  {header}: SegmentOpener,
  frames: readonly Frame[],
): Promise<void> {
  const firstSeq = frames[0]?.seq ?? 0;
  const chains = await tx.chains(key, firstSeq - 1, firstSeq + frames.length - 1);
  for (const frame of frames) {
    const before = frame.seq === header.firstSeq ? header.chainBefore : chains.get(frame.seq - 1);
    const taken = chains.get(frame.seq);
    if (before === undefined || taken === undefined || chainAfter(before, frame).equals(taken)) continue;
    throw new ConflictError({
      ...key,
      kind: 'conflict',
      seq: frame.seq,
      detail: 'another record was taken under this number',
    });
  }
}

function chainBefore(key: EpochKey, {header}: SegmentOpener, cursor: Cursor, first: Frame): Buffer {
  const isSegmentStart = first.seq === header.firstSeq;
  if (cursor.chainHead.length === 0) {
    if (!isSegmentStart) throw new WeirError('PROTOCOL', 'records after a gap have to start with their segment');
    return header.chainBefore;
  }
  if (isSegmentStart && !header.chainBefore.equals(cursor.chainHead)) {
    throw new ConflictError({...key, kind: 'conflict', seq: first.seq, detail: 'the chain of records is broken'});
  }
  return cursor.chainHead;
}

/** An epoch goes on from the chain of the one before it, unless records in between were lost or taken back. */
async function brokenOff(tx: RecordTransaction, key: EpochKey, {header}: SegmentOpener): Promise<Incident[]> {
  const before = await tx.cursorBefore(key);
  const chainHead = before?.chainHead ?? FIRST_CHAIN;
  // After a gap at the end of an epoch there is no chain to go on from: the gap is the incident.
  if (chainHead.length === 0 || chainHead.equals(header.chainBefore)) return [];
  const after = before === undefined ? 'nothing' : `record ${before.nextSeq - 1} of epoch ${before.epoch}`;
  const detail = `the epoch does not go on from ${after}: records were lost, or the agent's state was restored`;
  return [{...key, kind: 'brokenOff', seq: 0, detail}];
}

function rowOf(
  key: EpochKey,
  {segment, record, chain, nowMs}: {segment: SegmentOpener; record: OpenedRecord; chain: Buffer; nowMs: number},
): NewRecord {
  const {frame} = record;
  return {
    agent_uid: key.agentUid,
    epoch: key.epoch,
    seq: frame.seq,
    kind: frame.kind,
    exchange_id: frame.exchangeId,
    chain,
    received_at_ms: nowMs,
    body: record.kind === 'opened' ? record.plain : null,
    // Only with its segment's header can a frame ever be opened.
    sealed: record.kind === 'opened' ? null : Buffer.concat([segment.headerBytes, frame.bytes]),
  };
}

/** One incident for all unreadable records of a batch: a wrong key must not raise thousands. */
function unreadable(key: EpochKey, opened: readonly OpenedRecord[]): Incident[] {
  const bad = opened.filter((record) => record.kind === 'unreadable');
  const first = bad[0];
  if (first === undefined) return [];
  const detail = `${bad.length} of ${opened.length} records kept sealed; the first: ${first.why}`;
  return [{...key, kind: 'unreadable', seq: first.frame.seq, detail}];
}
