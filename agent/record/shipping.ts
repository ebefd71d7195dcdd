import type {Metadata, ServiceError} from '@grpc/grpc-js';
import {backoffMs} from '../../lib/backoff.ts';
import {WeirError} from '../../lib/errors.ts';
import {diskFiles, type FileLayer} from '../../lib/file-layer.ts';
import {fromServiceError} from '../../lib/grpc/client.ts';
import type {Logger} from '../../lib/log.ts';
import {sleep} from '../../lib/sleep.ts';
import {
  RecordIntakeServiceClient,
  type ShipRecordsRequest,
  type ShipRecordsResponse,
} from '../../proto/gen/weir/agent/v1/record_intake.ts';
import type {AgentSession} from '../sync/session.ts';
import type {Run} from './segment.ts';
import type {Spool} from './spool.ts';
import {openSpoolReader} from './spool-reader.ts';

const BACKOFF = {firstMs: 200, maxMs: 10_000};
/** Batches on their way at once, of 1 MiB at most: what a slow control plane can make the agent hold in memory. */
const WINDOW_BATCHES = 4;
/** Records that arrive within this time share a batch: each batch is a transaction of the control plane. */
const BATCH_EVERY_MS = 25;

/** Ships what the spool holds, for as long as the agent lives. */
export interface Shipping {
  /** Ends the stream; what is not acknowledged stays in the spool. */
  readonly stop: () => Promise<void>;
}

interface ShippingOptions {
  session: Pick<AgentSession, 'connection' | 'metadata' | 'refused'>;
  spool: Spool;
  log: Logger;
  files?: FileLayer;
  random?: () => number;
}

/**
 * Starts shipping records, oldest first, each at least once: the control plane takes each exactly once.
 *
 * Never gives up: while the control plane is away the spool grows.
 */
export function startShipping(options: ShippingOptions): Shipping {
  const stopping = new AbortController();
  const running = shipForever(options, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function shipForever(options: ShippingOptions, signal: AbortSignal): Promise<void> {
  const {session, spool, log, random = Math.random} = options;
  const client = session.connection.client(RecordIntakeServiceClient);
  const isStopped = () => signal.aborted;
  let attempt = 0;
  while (!isStopped()) {
    const {version} = spool;
    const run = spool.oldestRun();
    const isAcknowledged = run !== undefined && spool.isAcknowledged(run);
    if (run === undefined || (isAcknowledged && run.kept)) {
      await changeSince(spool, version, signal);
      continue;
    }
    if (isAcknowledged) {
      await spool.acknowledge(run.epoch, run.nextSeq - 1);
      continue;
    }
    let metadata: Metadata | undefined;
    try {
      metadata = await session.metadata(signal);
      const stream = openStream(client, metadata, signal);
      try {
        await shipRun(options, {run, stream}, signal, () => {
          attempt = 0;
        });
      } finally {
        stream.close();
      }
    } catch (cause) {
      if (isStopped()) return;
      const error = isServiceError(cause) ? fromServiceError(cause) : cause;
      const code = error instanceof WeirError ? error.code : 'INTERNAL';
      if (code === 'RECORD_CONFLICT') {
        log.error('control plane refuses records of this spool; kept aside', {epoch: run.epoch}, error);
        await spool.setAside(run);
        continue;
      }
      if (code === 'UNAUTHENTICATED' && metadata !== undefined) session.refused(metadata);
      const waitMs = backoffMs(BACKOFF, attempt++, random);
      log.warn('records are not shipped', {waitMs, code, why: error instanceof Error ? error.message : 'unknown'});
      await sleep(waitMs, signal);
    }
  }
}

/** Ships one run until it is wholly acknowledged and will not grow. Throws when the stream breaks. */
async function shipRun(
  options: ShippingOptions,
  {run, stream}: {run: Run; stream: ShipStream},
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const {spool, log, files = diskFiles} = options;
  const {epoch, firstSeq} = run;
  stream.send({
    $case: 'open',
    value: {epoch: BigInt(epoch), firstSeq: BigInt(firstSeq), nextSeq: BigInt(run.nextSeq)},
  });
  const resume = await stream.answer();
  if (resume?.$case !== 'resume') throw new WeirError('PROTOCOL', 'the control plane did not say where to go on');
  let ackedBelow = Number(resume.value.nextSeq);
  if (ackedBelow > run.nextSeq) {
    if (run.current) {
      throw new WeirError('RECORD_CONFLICT', `the spool ends at ${run.nextSeq}, the control plane is at ${ackedBelow}`);
    }
    const where = {epoch, spoolEndsAt: run.nextSeq, controlPlaneIsAt: ackedBelow};
    log.error('the control plane has later records than this spool: was it restored from a backup?', where);
  }
  onProgress();
  // The last record that was taken goes again: were it another one by now, the control plane would notice.
  const fromSeq = Math.max(firstSeq, Math.min(ackedBelow, run.nextSeq) - 1);
  const runOf = () => {
    const now = spool.oldestRun();
    return now?.epoch === epoch && now.firstSeq <= ackedBelow ? now : undefined;
  };
  const reader = openSpoolReader({spool, files, runOf}, fromSeq);
  /** The last number of each batch on its way. */
  const sent: number[] = [];
  let sentAtMs = 0;
  for (;;) {
    signal.throwIfAborted();
    const {version} = spool;
    const pauseMs = sentAtMs + BATCH_EVERY_MS - performance.now();
    if (pauseMs > 0) await sleep(pauseMs, signal);
    const batch = sent.length < WINDOW_BATCHES ? await reader.next() : undefined;
    if (batch !== undefined) {
      sentAtMs = performance.now();
      sent.push(batch.throughSeq);
      stream.send({$case: 'batch', value: {segmentHeader: batch.segmentHeader, frames: batch.frames}});
    } else if (sent.length > 0) {
      const acked = await stream.answer();
      if (acked?.$case !== 'acked') throw new WeirError('PROTOCOL', 'the control plane did not acknowledge a batch');
      ackedBelow = Math.max(ackedBelow, Number(acked.value.throughSeq) + 1);
      while (sent[0] !== undefined && sent[0] < ackedBelow) sent.shift();
      await spool.acknowledge(epoch, ackedBelow - 1);
    } else {
      const now = runOf();
      if (now === undefined) return;
      if (!now.current && ackedBelow >= now.nextSeq) {
        await spool.acknowledge(epoch, ackedBelow - 1);
        return;
      }
      await stream.orBroken(changeSince(spool, version, signal));
    }
  }
}

/** A ship stream with its answers one by one. */
interface ShipStream {
  readonly send: (message: NonNullable<ShipRecordsRequest['message']>) => void;
  /** @throws ServiceError once the stream is broken, WeirError UNAVAILABLE once the control plane ended it. */
  readonly answer: () => Promise<ShipRecordsResponse['message']>;
  /** Waits for something else, but no longer than the stream lives. @throws as `answer`. */
  readonly orBroken: (other: Promise<void>) => Promise<void>;
  readonly close: () => void;
}

function openStream(client: RecordIntakeServiceClient, metadata: Metadata, signal: AbortSignal): ShipStream {
  const call = client.shipRecords(metadata);
  const answers: AsyncIterator<ShipRecordsResponse> = call[Symbol.asyncIterator]();
  const cancel = () => {
    call.cancel();
  };
  signal.addEventListener('abort', cancel, {once: true});
  const following = () => {
    const next = answers.next();
    // Looked at when it is asked for; until then a broken stream is not an unhandled rejection.
    next.catch(() => undefined);
    return next;
  };
  let next = following();
  return {
    send: (message) => call.write({message}),
    answer: async () => {
      const result = await next;
      if (result.done === true) throw new WeirError('UNAVAILABLE', 'the control plane ended the stream');
      next = following();
      return result.value.message;
    },
    orBroken: async (other) => {
      const answered = await Promise.race([other.then(() => false), next.then(() => true)]);
      if (answered) throw new WeirError('UNAVAILABLE', 'the control plane ended the stream');
    },
    close: () => {
      signal.removeEventListener('abort', cancel);
      call.cancel();
    },
  };
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'metadata' in error;
}

/** Waits until the spool is no longer as it was at this version; at once where it is not. */
async function changeSince(spool: Spool, version: number, signal: AbortSignal): Promise<void> {
  if (spool.version !== version || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      unwatch();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const unwatch = spool.watch(done);
    signal.addEventListener('abort', done, {once: true});
  });
}
