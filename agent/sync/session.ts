import type {Metadata} from '@grpc/grpc-js';
import {type Backoff, backoffMs} from '../../lib/backoff.ts';
import type {Clock} from '../../lib/clock.ts';
import {errorCode, publicMessage} from '../../lib/errors.ts';
import type {GrpcConnection} from '../../lib/grpc/channel.ts';
import {bearer, callUnary} from '../../lib/grpc/client.ts';
import type {Logger} from '../../lib/log.ts';
import {SIGNED, signEd25519} from '../../lib/signed.ts';
import {sleep} from '../../lib/sleep.ts';
import {EnrollmentServiceClient, type EnrollResponse} from '../../proto/gen/weir/agent/v1/enrollment.ts';
import {openIdentity} from './identity.ts';
import {loadTrust, pinTrust, type Trust} from './trust.ts';

export interface SessionOptions {
  connection: GrpcConnection;
  /** Presented at every enrolment; its labels become the agent's. */
  joinToken: string;
  /** Made with mode 0700 if it does not exist. */
  stateDir: string;
  version: string;
  clock: Clock;
  /** Between 0 and 1; `Math.random` outside tests. */
  random: () => number;
  log: Logger;
}

/** An agent's standing with its control plane, renewed for as long as it runs. */
export interface AgentSession {
  readonly uid: string;
  readonly stateDir: string;
  /** The one channel that all calls of the agent share. */
  readonly connection: GrpcConnection;
  /** What is believed of the control plane; undefined before the very first enrolment. */
  readonly trust: () => Trust | undefined;
  /** Labels from the join token; empty before the very first enrolment. */
  readonly labels: () => Readonly<Record<string, string>>;
  /** Waits for the very first enrolment; at once on any later start, also while the control plane is away. */
  readonly trusted: (signal: AbortSignal) => Promise<Trust>;
  /** Settles once it is known whether this agent may join at all: at once on any later start. Rejects with the refusal. */
  readonly joined: (signal: AbortSignal) => Promise<void>;
  /** Metadata with the session token; waits while there is none. Rejects with the signal's reason. */
  readonly metadata: (signal: AbortSignal) => Promise<Metadata>;
  /** Says that the control plane did not take this metadata (UNAUTHENTICATED): the agent enrols again. */
  readonly refused: (metadata: Metadata) => void;
  /** Why the last enrolment failed; undefined after one that worked. */
  readonly lastError: () => string | undefined;
  readonly stop: () => Promise<void>;
}

const PROTOCOL = 1;
const ENROL_TIMEOUT_MS = 10_000;
const RETRY: Backoff = {firstMs: 500, maxMs: 10_000};
/** Between two enrolments, however they end. */
const SHORTEST_PAUSE_MS = 200;
/** Renewed after this share of a session's life. */
const RENEW_AT = 0.75;
const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Opens the agent's identity and starts enrolling, for ever.
 *
 * @throws WeirError CONFIG_INVALID if the state directory cannot be used.
 */
export async function createAgentSession(options: SessionOptions): Promise<AgentSession> {
  const {connection, stateDir, clock, random, log} = options;
  const identity = await openIdentity(stateDir);
  const client = connection.client(EnrollmentServiceClient);
  const stopping = new AbortController();
  let trust = await loadTrust(stateDir);
  let current: Metadata | undefined;
  let lastError: string | undefined;
  let hasEnrolled = false;
  let kick = new AbortController();
  const trustKnown = Promise.withResolvers<Trust>();
  const admission = Promise.withResolvers<undefined>();
  admission.promise.catch(() => undefined); // reported in any case; only who asks has to handle it
  let sessionKnown = Promise.withResolvers<Metadata>();
  if (trust !== undefined) {
    trustKnown.resolve(trust);
    admission.resolve(undefined);
  }

  const loop = run();
  return {
    uid: identity.uid,
    stateDir,
    connection,
    trust: () => trust,
    labels: () => trust?.labels ?? NO_LABELS,
    trusted: async (signal) => trust ?? (await orAborted(trustKnown.promise, signal)),
    joined: async (signal) => {
      await orAborted(admission.promise, signal);
    },
    metadata: async (signal) => current ?? (await orAborted(sessionKnown.promise, signal)),
    refused: (metadata) => {
      if (metadata !== current) return;
      current = undefined;
      sessionKnown = Promise.withResolvers();
      kick.abort();
    },
    lastError: () => lastError,
    stop: async () => {
      stopping.abort();
      await loop;
    },
  };

  async function run(): Promise<void> {
    let attempt = 0;
    while (!stopping.signal.aborted) {
      kick = new AbortController();
      let waitMs: number;
      try {
        waitMs = await enrol(stopping.signal);
        attempt = 0;
      } catch (error) {
        if (isStopped()) return;
        report(connection.explain(error));
        waitMs = backoffMs(RETRY, attempt, random);
        attempt += 1;
      }
      await sleep(SHORTEST_PAUSE_MS, stopping.signal);
      await sleep(Math.max(0, waitMs), AbortSignal.any([stopping.signal, kick.signal]));
    }
  }

  function isStopped(): boolean {
    return stopping.signal.aborted;
  }

  /** @returns after how many milliseconds to renew. */
  async function enrol(signal: AbortSignal): Promise<number> {
    const sentAtMs = BigInt(clock.nowMs());
    const proof = signEd25519(SIGNED.enrolment({agentUid: identity.uid, sentAtMs}), identity.key);
    const request = {
      joinToken: options.joinToken,
      agentUid: identity.uid,
      publicKey: identity.publicKey,
      proof,
      sentAtMs,
      version: options.version,
      protocolMin: PROTOCOL,
      protocolMax: PROTOCOL,
    };
    const response = await callUnary(client.enroll.bind(client), request, {timeoutMs: ENROL_TIMEOUT_MS}, signal);
    trust = await pinTrust(stateDir, trust, response);
    trustKnown.resolve(trust);
    admission.resolve(undefined);
    current = bearer(response.sessionToken);
    sessionKnown.resolve(current);
    if (lastError !== undefined || !hasEnrolled) log.info('enrolled', {agent: identity.uid});
    lastError = undefined;
    hasEnrolled = true;
    return renewAfterMs(response);
  }

  function renewAfterMs({expiresAt}: EnrollResponse): number {
    const leftMs = (expiresAt?.getTime() ?? 0) - clock.nowMs();
    return Math.min(Math.max(leftMs, 0) * RENEW_AT, 24 * 60 * 60_000);
  }

  /** Says each new reason once, loudly where a person has to act. */
  function report(error: unknown): void {
    const message = publicMessage(error);
    if (message === lastError) return;
    lastError = message;
    const code = errorCode(error);
    const fields = {code, reason: message, agent: identity.uid};
    if (code === 'UNAVAILABLE' || code === 'DEADLINE_EXCEEDED') {
      log.warn('enrolment failed', fields);
      return;
    }
    log.error('enrolment refused', fields);
    admission.reject(error);
  }
}

async function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => {
    // The reason is whatever its owner aborted with.
    aborted.reject(signal.reason);
  };
  signal.addEventListener('abort', abort, {once: true});
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
