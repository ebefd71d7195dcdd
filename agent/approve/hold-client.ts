import type {ClientReadableStream, Metadata, ServiceError} from '@grpc/grpc-js';
import {type Backoff, backoffMs} from '../../lib/backoff.ts';
import {ERRORS, errorCode, WeirError} from '../../lib/errors.ts';
import {callUnary, fromServiceError} from '../../lib/grpc/client.ts';
import type {Logger} from '../../lib/log.ts';
import {sleep} from '../../lib/sleep.ts';
import {
  type Hold,
  type HoldServiceClient,
  HoldState,
  type OpenHoldRequest,
  ReviewDecision,
  type WatchHoldResponse,
} from '../../proto/gen/weir/agent/v1/hold.ts';
import {type HeldExchange, openHoldRequest} from './hold-request.ts';

/** What became of a held exchange. Only `approved` may go on, and is decided again before it does. */
export type HoldOutcome =
  | {kind: 'approved'; holdId: string; reviewers: readonly string[]}
  | {kind: 'denied'; holdId: string; reviewers: readonly string[]; reason: string}
  /** Nobody decided within the rule's time. */
  | {kind: 'expired'; holdId: string}
  /** Still open: the caller's retry joins it. */
  | {kind: 'pending'; holdId: string; expiresAtMs: number}
  /** The hold could not be announced, so the exchange must be refused. */
  | {kind: 'unavailable'; message: string};

export interface HoldClient {
  /**
   * Announces the exchange and waits until it is decided, `waitMs` have passed, or the caller leaves.
   *
   * Survives restarts of the control plane while it waits: it announces again and joins what it opened.
   *
   * @throws the signal's reason once that aborts; the hold itself goes on.
   */
  hold: (held: HeldExchange, options: {waitMs: number}, signal: AbortSignal) => Promise<HoldOutcome>;
}

const CALL_TIMEOUT_MS = 5_000;
/** How long a hold that was never announced is tried for. */
const ANNOUNCE_FOR_MS = 10_000;
const BACKOFF: Backoff = {firstMs: 200, maxMs: 3_000};

export interface HoldClientOptions {
  client: HoldServiceClient;
  /** The agent's current session, as call metadata; waits while there is none. */
  metadata: (signal: AbortSignal) => Promise<Metadata>;
  /** Told when the control plane did not take that metadata. */
  refused: (metadata: Metadata) => void;
  log: Logger;
  announceForMs?: number;
}

export function createHoldClient(options: HoldClientOptions): HoldClient {
  const {announceForMs = ANNOUNCE_FOR_MS, log} = options;
  return {
    hold: async (held, {waitMs}, signal) => {
      const request = openHoldRequest(held);
      const startedAtMs = performance.now();
      const leftMs = (limitMs: number) => limitMs - (performance.now() - startedAtMs);
      let open: Hold | undefined;
      for (let attempt = 0; ; attempt++) {
        signal.throwIfAborted();
        try {
          open = await announce(options, request, signal);
          const ended = outcomeOf(open);
          if (ended !== undefined) return ended;
          attempt = 0;
          const decided = await watch(options, open.holdId, AbortSignal.any([signal, timer(leftMs(waitMs))]));
          signal.throwIfAborted();
          // An approval is taken by announcing again: what covers one exchange only is spent there, once.
          if (decided?.state === HoldState.APPROVED) continue;
          const outcome = decided === undefined ? undefined : outcomeOf(decided);
          if (outcome !== undefined) return outcome;
        } catch (error) {
          signal.throwIfAborted();
          log.warn('hold interrupted', {exchange: held.exchangeId, hold: open?.holdId, code: errorCode(error)});
          if (isHopeless(error)) return unavailable(error);
          if (open === undefined && leftMs(Math.min(waitMs, announceForMs)) <= 0) return unavailable(error);
        }
        if (open !== undefined && leftMs(waitMs) <= 0) return pending(open);
        await sleep(backoffMs(BACKOFF, attempt, Math.random), signal);
      }
    },
  };
}

async function announce(options: HoldClientOptions, request: OpenHoldRequest, signal: AbortSignal): Promise<Hold> {
  const {client} = options;
  // Bounds the wait for a session too: without a control plane there is none.
  const bounded = AbortSignal.any([signal, timer(CALL_TIMEOUT_MS)]);
  return withSession(options, bounded, async (metadata) => {
    const call = {metadata, timeoutMs: CALL_TIMEOUT_MS};
    const {hold} = await callUnary(client.openHold.bind(client), request, call, bounded);
    if (hold === undefined) throw new WeirError('PROTOCOL', 'the control plane answered without a hold');
    return hold;
  });
}

async function withSession<Result>(
  {metadata, refused}: HoldClientOptions,
  signal: AbortSignal,
  work: (metadata: Metadata) => Promise<Result>,
): Promise<Result> {
  const session = await metadata(signal);
  try {
    return await work(session);
  } catch (error) {
    const known = isServiceError(error) ? fromServiceError(error) : error;
    if (errorCode(known) === 'UNAUTHENTICATED') refused(session);
    throw known;
  }
}

/** The hold once it is no longer open; undefined if the signal aborted or the stream ended before. */
async function watch(options: HoldClientOptions, holdId: string, signal: AbortSignal): Promise<Hold | undefined> {
  try {
    signal.throwIfAborted();
    return await withSession(options, signal, async (metadata) =>
      nextDecided(options.client.watchHold({holdId}, metadata), signal),
    );
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function nextDecided(
  stream: ClientReadableStream<WatchHoldResponse>,
  signal: AbortSignal,
): Promise<Hold | undefined> {
  const cancel = () => {
    stream.cancel();
  };
  signal.addEventListener('abort', cancel, {once: true});
  try {
    for await (const {hold} of stream as AsyncIterable<WatchHoldResponse>) {
      if (hold !== undefined && hold.state !== HoldState.OPEN) return hold;
    }
    return undefined;
  } finally {
    signal.removeEventListener('abort', cancel);
    stream.cancel();
  }
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'details' in error && 'code' in error;
}

/** @throws WeirError PROTOCOL for a state this version does not know: never taken for an approval. */
function outcomeOf(hold: Hold): HoldOutcome | undefined {
  const {holdId, reviews} = hold;
  const by = (decision: ReviewDecision) => reviews.filter((review) => review.decision === decision);
  switch (hold.state) {
    case HoldState.OPEN:
      return undefined;
    case HoldState.APPROVED:
      return {kind: 'approved', holdId, reviewers: by(ReviewDecision.APPROVE).map((review) => review.reviewer)};
    case HoldState.DENIED: {
      const denials = by(ReviewDecision.DENY);
      const reason = denials[0]?.reason ?? '';
      return {kind: 'denied', holdId, reviewers: denials.map((review) => review.reviewer), reason};
    }
    case HoldState.EXPIRED:
      return {kind: 'expired', holdId};
    default:
      throw new WeirError('PROTOCOL', `hold ${holdId} is in a state that this version does not know`);
  }
}

function pending(hold: Hold): HoldOutcome {
  return {kind: 'pending', holdId: hold.holdId, expiresAtMs: hold.expiresAt?.getTime() ?? 0};
}

function unavailable(error: unknown): HoldOutcome {
  return {kind: 'unavailable', message: error instanceof WeirError ? error.message : 'the hold failed'};
}

/** Whether trying again cannot help. A lost session heals: the agent enrols again. */
function isHopeless(error: unknown): boolean {
  const code = errorCode(error);
  return code !== 'UNAUTHENTICATED' && code !== 'CANCELLED' && code !== 'INTERNAL' && !ERRORS[code].retryable;
}

function timer(ms: number): AbortSignal {
  return AbortSignal.timeout(Math.max(0, Math.ceil(ms)));
}
