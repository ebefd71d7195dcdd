import {type Backoff, backoffMs} from '../../lib/backoff.ts';
import type {Clock} from '../../lib/clock.ts';
import {errorCode, publicMessage} from '../../lib/errors.ts';
import type {Logger} from '../../lib/log.ts';
import {sleep} from '../../lib/sleep.ts';
import {AgentMode, PolicySyncServiceClient, type Status} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import {type CurrentPolicy, createActivePolicy, type LoadBundle} from './active-policy.ts';
import {openShelf} from './bundle-shelf.ts';
import {createConversation, helloOf, newBootId} from './conversation.ts';
import type {LeaseMode} from './lease.ts';
import type {AgentSession} from './session.ts';
import {runSyncStream} from './sync-stream.ts';

/** What the agent tells the control plane of itself beside its bundle. */
type AgentLoad = Pick<Status, 'spoolBytes' | 'spoolRecords' | 'nextSeq' | 'openExchanges'>;

export interface PolicySyncOptions {
  session: AgentSession;
  loadBundle: LoadBundle;
  load: () => AgentLoad;
  version: string;
  clock: Clock;
  /** Between 0 and 1; `Math.random` outside tests. */
  random: () => number;
  log: Logger;
}

/** The bundle in force, kept equal to the control plane's for as long as it runs. */
export interface PolicySync {
  /** What to decide with now: cheap, ask for every request. Undefined before the first bundle. */
  readonly current: () => CurrentPolicy | undefined;
  /** Calls back after every new bundle and every change of mode, until the returned function is called. */
  readonly onChange: (listener: () => void) => () => void;
  /** Whether the control plane answers now. */
  readonly isConnected: () => boolean;
  readonly stop: () => Promise<void>;
}

const RETRY: Backoff = {firstMs: 250, maxMs: 5_000};
const SHORTEST_PAUSE_MS = 50;
const MODE_CHECK_MS = 1_000;

/** The lease modes as the contract numbers them. */
const MODES: Record<LeaseMode, AgentMode> = {
  FRESH: AgentMode.FRESH,
  STALE_SOFT: AgentMode.STALE_SOFT,
  STALE: AgentMode.STALE,
  EXPIRED: AgentMode.EXPIRED,
};

/**
 * Starts with the bundle on disk, where there is one that the pinned key signed, then follows the control plane.
 *
 * A bundle is never dropped because the control plane is away or refuses the agent: its lease grows old instead.
 *
 * @throws when the state directory cannot be read.
 */
export async function startPolicySync(options: PolicySyncOptions): Promise<PolicySync> {
  const {session, loadBundle, clock, random, log} = options;
  const stopping = new AbortController();
  const listeners = new Set<() => void>();
  let lastMode: LeaseMode | undefined;
  const policy = createActivePolicy({
    shelf: await openShelf(session.stateDir, log),
    loadBundle,
    labels: session.labels,
    clock,
    log,
    onSwap: () => {
      lastMode = policy.current()?.mode;
      notify();
    },
  });
  const trust = session.trust();
  if (trust !== undefined) await policy.restore(trust.bundleKey);

  const client = session.connection.client(PolicySyncServiceClient);
  const run = {bootId: newBootId(), version: options.version};
  let isConnected = false;
  let sendStatus: (() => void) | undefined;
  const modeCheck = setInterval(() => {
    const mode = policy.current()?.mode;
    if (mode === lastMode) return;
    log[mode === 'FRESH' ? 'info' : 'warn']('policy mode changed', {from: lastMode, to: mode});
    lastMode = mode;
    sendStatus?.();
    notify();
  }, MODE_CHECK_MS);
  modeCheck.unref();

  const loop = follow();
  return {
    current: policy.current,
    onChange: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    isConnected: () => isConnected,
    stop: async () => {
      clearInterval(modeCheck);
      stopping.abort();
      await loop;
    },
  };

  function notify(): void {
    for (const listener of listeners) listener();
  }

  /** One stream after the other, for ever. */
  async function follow(): Promise<void> {
    const {signal} = stopping;
    let attempt = 0;
    let lastReason: string | undefined;
    while (!isStopped()) {
      try {
        await stream(signal, () => {
          attempt = 0;
          lastReason = undefined;
        });
      } catch (error) {
        if (isStopped()) return;
        const reason = publicMessage(error);
        // Each new reason once: a control plane that is away for a day is one line, not ten thousand.
        if (reason !== lastReason) log.warn('policy stream ended', {code: errorCode(error), reason});
        if (errorCode(error) === 'INTERNAL') log.debug('policy stream failed', {reason: String(error)});
        lastReason = reason;
      }
      isConnected = false;
      await sleep(SHORTEST_PAUSE_MS + backoffMs(RETRY, attempt, random), signal);
      attempt += 1;
    }
  }

  async function stream(signal: AbortSignal, onConnected: () => void): Promise<void> {
    const metadata = await session.metadata(signal);
    const trusted = await session.trusted(signal);
    try {
      await runSyncStream(
        {
          client,
          metadata,
          conversation: createConversation({policy, trust: trusted, log}),
          hello: helloOf(policy, {...run, nowMs: clock.nowMs()}),
          status,
          clock,
          onWelcome: () => {
            isConnected = true;
            onConnected();
          },
          onStatusSender: (send) => {
            sendStatus = send;
          },
        },
        signal,
      );
    } catch (error) {
      if (errorCode(error) === 'UNAUTHENTICATED') session.refused(metadata);
      throw error;
    }
  }

  function isStopped(): boolean {
    return stopping.signal.aborted;
  }

  function status(): Status {
    const current = policy.current();
    return {
      activeGeneration: current?.bundle.generation ?? 0n,
      activeDigest: current?.bundle.digest ?? '',
      mode: current === undefined ? AgentMode.UNCONFIGURED : MODES[current.mode],
      ...options.load(),
    };
  }
}
