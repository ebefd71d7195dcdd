import {generateKeyPairSync, type KeyObject} from 'node:crypto';
import {wholeContent} from '../../../agent/record/content.ts';
import {openRecorder, type Recorder, type SpoolLimits} from '../../../agent/record/recorder.ts';
import type {Spool} from '../../../agent/record/spool.ts';
import {openSpoolReader} from '../../../agent/record/spool-reader.ts';
import type {FileLayer} from '../../../lib/file-layer.ts';
import {createLogger, type Logger} from '../../../lib/log.ts';
import {decodeFrame, decodeSegmentHeader} from '../../../lib/record-frame.ts';
import {createOpener, rawPublicKey} from '../../../lib/seal.ts';
import {
  Action,
  CallerKind,
  type ExchangeEnded,
  type ExchangeStarted,
  Outcome,
  RecordBody,
  type Verdict,
} from '../../../proto/gen/weir/record/v1/record.ts';

export const AGENT_UID = '11111111-2222-4333-8444-555555555555';
export const SPOOL_DIR = '/spool';
const quiet: Logger = createLogger({level: 'error', write: () => undefined});

/** A key pair that records are sealed to. */
export interface RecordKeys {
  privateKey: KeyObject;
  publicRaw: Buffer;
}

export function recordKeys(): RecordKeys {
  const {privateKey, publicKey} = generateKeyPairSync('x25519');
  return {privateKey, publicRaw: rawPublicKey(publicKey)};
}

/** Exchange ids that tell their number. */
export function exchangeId(number: number): string {
  return `01981c2e-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

export function verdict(action: Action = Action.ALLOW, rules: readonly string[] = []): Verdict {
  return {
    action,
    rules: rules.map((name) => {
      const [policy = '', rule = ''] = name.split('/');
      return {policy, rule, action, mode: 'enforce', findings: [{finding: 'email', place: 'prompt', count: 1}]};
    }),
    commit: 'c0ffee'.padEnd(40, '0'),
    bundleDigest: 'd'.repeat(64),
    generation: 3n,
    code: '',
  };
}

export function started(number: number, more: Partial<ExchangeStarted> = {}): ExchangeStarted {
  return {
    exchangeId: exchangeId(number),
    sessionId: 'session-1',
    traceId: '',
    startedAt: new Date(1_795_000_000_000 + number),
    caller: {
      subject: 'svc:billing',
      groups: ['engineering'],
      kind: CallerKind.API_KEY,
      authority: 'billing',
      datasets: [],
    },
    provider: 'openai',
    dialect: 'openai',
    operation: 'chat',
    model: 'gpt-test',
    method: 'POST',
    path: '/chat/completions',
    stream: false,
    dataset: '',
    verdict: verdict(),
    request: wholeContent('application/json', Buffer.from(`{"prompt":"number ${number}"}`)),
    edits: [],
    userAgent: 'test',
    clientAddress: '127.0.0.1',
    ...more,
  };
}

export function ended(number: number, more: Partial<ExchangeEnded> = {}): ExchangeEnded {
  return {
    exchangeId: exchangeId(number),
    endedAt: new Date(1_795_000_000_000 + number + 50),
    outcome: Outcome.COMPLETED,
    status: 200,
    upstreamStatus: 200,
    responseVerdict: undefined,
    response: wholeContent('application/json', Buffer.from(`{"answer":"number ${number}"}`)),
    usage: {inputTokens: 10n, outputTokens: 5n, cachedInputTokens: 0n, reasoningTokens: 0n},
    finishReasons: ['stop'],
    timeToFirstByte: {seconds: 0n, nanos: 40_000_000},
    chunks: [{deltaMicros: 40_000, sizeBytes: 22}],
    errorCode: '',
    responseModel: 'gpt-test',
    responseId: 'r-1',
    holdId: '',
    ...more,
  };
}

export async function openTestRecorder(
  files: FileLayer,
  keys: RecordKeys,
  options: {limits?: SpoolLimits; dir?: string; log?: Logger; nowMs?: () => number} = {},
): Promise<Recorder> {
  const {limits = {segmentBytes: 4_096, maxBytes: 64 * 1024 * 1024}, dir = SPOOL_DIR, log = quiet} = options;
  const nowMs = options.nowMs ?? Date.now;
  return openRecorder({dir, agentUid: AGENT_UID, recordKey: () => keys.publicRaw, files, log, limits, nowMs});
}

/** A record as the control plane would read it. */
export interface ReadRecord {
  epoch: number;
  seq: number;
  body: NonNullable<RecordBody['body']>;
}

/** Reads and removes everything in a spool, run by run, as shipping would. */
export async function drain(spool: Spool, files: FileLayer, {privateKey}: RecordKeys): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  for (let run = spool.oldestRun(); run !== undefined; run = spool.oldestRun()) {
    const {epoch, firstSeq, nextSeq, kept} = run;
    const reader = openSpoolReader({spool, files, runOf: () => spool.oldestRun()}, firstSeq);
    for (let seq = firstSeq; seq < nextSeq; ) {
      const batch = await reader.next();
      if (batch === undefined) break;
      const header = decodeSegmentHeader(batch.segmentHeader);
      const opener = createOpener(privateKey, header.ephemeralKey, batch.segmentHeader);
      for (const frame of batch.frames.map(decodeFrame)) {
        const {body} = RecordBody.decode(opener.open(frame.seq, frame.clear, frame.sealed));
        if (body === undefined) throw new Error('a record without body');
        records.push({epoch, seq: frame.seq, body});
      }
      seq = batch.throughSeq + 1;
    }
    await spool.acknowledge(epoch, nextSeq - 1);
    if (kept) break;
  }
  return records;
}
