import type {KeyObject} from 'node:crypto';
import type {Metadata} from '@grpc/grpc-js';
import {WeirError} from '../../lib/errors.ts';
import {bidi, type OnCallError} from '../../lib/grpc/server.ts';
import type {Logger} from '../../lib/log.ts';
import type {
  OpenSpool,
  RecordBatch,
  RecordIntakeServiceServer,
  ShipRecordsRequest,
  ShipRecordsResponse,
} from '../../proto/gen/weir/agent/v1/record_intake.ts';
import type {EpochKey, Incident, RecordStore} from '../store/record-store.ts';
import {openSegment, type SegmentOpener} from './open-records.ts';
import {ConflictError, readBatch, takeBatch} from './take-batch.ts';

/** The agent that makes a call. */
interface CallingAgent {
  uid: string;
  labels: Readonly<Record<string, string>>;
}

export interface IntakeOptions {
  records: RecordStore;
  /** X25519 private key that agents seal to. */
  recordKey: KeyObject;
  /** @throws WeirError UNAUTHENTICATED for a caller that is no agent. */
  agentOf: (metadata: Metadata) => CallingAgent;
  nowMs: () => number;
  log: Logger;
  onError: OnCallError;
}

/** Takes records from agents, each exactly once, and acknowledges what is committed. */
export function createRecordIntake(options: IntakeOptions): RecordIntakeServiceServer {
  const {agentOf, onError} = options;
  return {
    shipRecords: bidi<ShipRecordsRequest, ShipRecordsResponse>(async (requests, context, send) => {
      const agent = agentOf(context.metadata);
      let key: EpochKey | undefined;
      let segment: SegmentOpener | undefined;
      for await (const {message} of requests) {
        if (message === undefined) throw new WeirError('PROTOCOL', 'a message of a kind that is not known here');
        // A session may end while its stream lives; nothing more is taken under it then.
        agentOf(context.metadata);
        if (message.$case === 'open') {
          if (key !== undefined) throw new WeirError('PROTOCOL', 'a spool is opened once a stream');
          key = {agentUid: agent.uid, epoch: safeInteger(message.value.epoch)};
          const nextSeq = await openEpoch(options, key, message.value);
          await send({message: {$case: 'resume', value: {nextSeq: BigInt(nextSeq)}}});
          continue;
        }
        if (key === undefined) throw new WeirError('PROTOCOL', 'the first message opens the spool');
        segment = segmentOf(options, key, segment, message.value);
        const throughSeq = await commitBatch(options, agent, segment, message.value);
        await send({message: {$case: 'acked', value: {throughSeq: BigInt(throughSeq)}}});
      }
    }, onError),
  };
}

/** Where the agent has to go on. What it no longer has is written down as a gap. */
async function openEpoch(options: IntakeOptions, key: EpochKey, open: OpenSpool): Promise<number> {
  const {records, log, nowMs} = options;
  const firstSeq = safeInteger(open.firstSeq);
  return records.transact(async (tx) => {
    const cursor = await tx.cursor(key);
    const {nextSeq} = cursor ?? {nextSeq: 0};
    if (firstSeq > nextSeq) {
      const gap = {fromSeq: nextSeq, toSeq: firstSeq - 1, reason: 'the agent no longer has these records'};
      await tx.addGap(key, gap, nowMs());
      const detail = `records ${gap.fromSeq} to ${gap.toSeq} are lost`;
      await tx.addIncidents([{...key, kind: 'gap', seq: gap.fromSeq, detail}], nowMs());
      await tx.moveCursor(key, {nextSeq: firstSeq, chainHead: Buffer.alloc(0)});
      log.error('records of an agent are lost', {agent: key.agentUid, epoch: key.epoch, ...gap});
      return firstSeq;
    }
    if (cursor === undefined) await tx.moveCursor(key, {nextSeq, chainHead: Buffer.alloc(0)});
    return nextSeq;
  });
}

function segmentOf(
  {recordKey}: IntakeOptions,
  key: EpochKey,
  current: SegmentOpener | undefined,
  {segmentHeader}: RecordBatch,
): SegmentOpener {
  if (current?.headerBytes.equals(segmentHeader) === true) return current;
  const segment = openSegment(segmentHeader, recordKey);
  const {agentUid, epoch} = segment.header;
  if (agentUid !== key.agentUid) throw new WeirError('PERMISSION_DENIED', 'a segment of another agent');
  if (epoch !== key.epoch) throw new WeirError('PROTOCOL', 'a segment of another epoch than the one opened');
  return segment;
}

async function commitBatch(
  {records, log, nowMs}: IntakeOptions,
  agent: CallingAgent,
  segment: SegmentOpener,
  {frames}: RecordBatch,
): Promise<number> {
  const batch = readBatch(segment, frames);
  const report = ({kind, agentUid, epoch, seq, detail}: Incident) => {
    log.error('incident in the records of an agent', {kind, agent: agentUid, epoch, seq, detail});
  };
  try {
    const {throughSeq, incidents} = await records.transact(async (tx) => takeBatch(tx, agent, batch, nowMs()));
    for (const incident of incidents) report(incident);
    return throughSeq;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    await records.transact(async (tx) => tx.addIncidents([error.incident], nowMs()));
    report(error.incident);
    throw error;
  }
}

/** @throws WeirError PROTOCOL for a number that cannot be held exactly. */
function safeInteger(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new WeirError('PROTOCOL', 'a number is out of range');
  return Number(value);
}
