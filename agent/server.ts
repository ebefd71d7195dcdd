import {join} from 'node:path';
import {getHeapStatistics} from 'node:v8';
import {SYSTEM_CLOCK} from '../lib/clock.ts';
import {WeirError} from '../lib/errors.ts';
import {type ClientTransport, connectGrpc} from '../lib/grpc/channel.ts';
import type {Logger} from '../lib/log.ts';
import {VERSION} from '../lib/version.ts';
import {HoldServiceClient} from '../proto/gen/weir/agent/v1/hold.ts';
import {createHoldClient} from './approve/hold-client.ts';
import type {BoundHost, CredentialBinding} from './credentials/binding.ts';
import {createCredentials} from './credentials/credentials.ts';
import {createIdentifier} from './identify/identifier.ts';
import {createKeySets} from './identify/key-sets.ts';
import {createTokenVerifier} from './identify/token-verifier.ts';
import {createAnalyzerClient} from './inspect/analyzer-client.ts';
import {bindAnalyzers} from './inspect/analyzer-hosts.ts';
import {createAnswerCache} from './inspect/answer-cache.ts';
import {createInspector} from './inspect/inspector.ts';
import {openAdminListener} from './listen/admin-listener.ts';
import {openHttpListener} from './listen/http-listener.ts';
import type {ListenerLimits} from './listen/limits.ts';
import {createBodyBudget} from './proxy/body-budget.ts';
import {createHttpUpstream} from './proxy/http-upstream.ts';
import type {HoldTiming} from './proxy/parts.ts';
import {createProxy} from './proxy/proxy.ts';
import {createRefusalQuota} from './proxy/refusal-quota.ts';
import {createSessionIds} from './proxy/session-ids.ts';
import {STAGES} from './proxy/stages.ts';
import {createTargets} from './proxy/upstream-target.ts';
import {plainRecord} from './record/content.ts';
import {openRecorder, type Recorder} from './record/recorder.ts';
import {startShipping} from './record/shipping.ts';
import {createNaming} from './restore/naming.ts';
import {lockState} from './sync/identity.ts';
import {loadGently} from './sync/load-gently.ts';
import {startPolicySync} from './sync/policy-sync.ts';
import {createAgentSession} from './sync/session.ts';
import {createExchangeMetrics} from './telemetry/metrics.ts';
import {OtlpSpanExporter} from './telemetry/otlp-exporter.ts';
import {createTracing} from './telemetry/tracing.ts';

/** Clients take interim answers up to their own time-out of 600 s; silence ends most of them at 300 s. */
const DEFAULT_HOLD_TIMING: Readonly<HoldTiming> = {
  interimEveryMs: 20_000,
  longestMs: 570_000,
  silentMs: 270_000,
};

/** Below the minute after which proxies in between end a silent connection. */
const HEARTBEAT_EVERY_MS = 15_000;

export interface AgentOptions {
  /** HOST:PORT of the control plane. */
  controlplane: string;
  transport: ClientTransport;
  joinToken: string;
  stateDir: string;
  /** HOST:PORT; port 0 takes a free one. */
  listen: string;
  adminListen: string;
  credentials: readonly CredentialBinding[];
  /** Hosts that texts may be sent to for external detectors; none unless named. */
  analyzerHosts?: readonly BoundHost[];
  /** Values of `env:` credentials. */
  environment: Readonly<Record<string, string | undefined>>;
  /** How long running exchanges may go on after `stop`. */
  drainMs: number;
  log: Logger;
  holdTiming?: HoldTiming;
  heartbeatEveryMs?: number;
  limits?: Partial<ListenerLimits>;
}

/** An agent that listens. */
export interface RunningAgent {
  /** HOST:PORT as bound. */
  readonly address: string;
  readonly adminAddress: string;
  readonly uid: string;
  /**
   * Resolves when there is a bundle to decide with; rejects with the signal's reason.
   *
   * @throws WeirError when the control plane refuses an agent that never joined: UNAUTHENTICATED for an unknown token.
   */
  readonly ready: (signal: AbortSignal) => Promise<void>;
  /** Takes no more requests, lets running ones end in time, records the others as cut. */
  readonly stop: () => Promise<void>;
}

/** What is left over after a cut is given this long. */
const CUT_MS = 2_000;
const TRACE_FLUSH_MS = 2_000;

/**
 * Starts an agent; it answers at once, with refusals until it has a bundle.
 *
 * @throws WeirError PORT_IN_USE, DATA_IN_USE, USAGE or CONFIG_INVALID with what to change.
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const {log, environment, stateDir} = options;
  const clock = SYSTEM_CLOCK;
  const credentials = createCredentials({bindings: options.credentials, environment});
  const closers: (() => unknown)[] = [];
  try {
    const lock = await lockState(stateDir);
    closers.push(lock.release);
    const connection = connectGrpc(options.controlplane, options.transport);
    closers.push(connection.close);
    const session = await createAgentSession({
      connection,
      joinToken: options.joinToken,
      stateDir,
      version: VERSION,
      clock,
      random: Math.random,
      log,
    });
    closers.push(session.stop);
    const recordKey = () => {
      const trust = session.trust();
      if (trust === undefined)
        throw new WeirError('RECORD_NOT_DURABLE', 'this agent has not joined a control plane yet');
      return trust.recordKey;
    };
    const recorder = await openRecorder({dir: join(stateDir, 'spool'), agentUid: session.uid, recordKey, log});
    closers.push(recorder.close);
    closers.push(startShipping({session, spool: recorder.spool, log}).stop);

    const metrics = createExchangeMetrics();
    const sync = await startPolicySync({
      session,
      loadBundle: bindAnalyzers(loadGently(clock), options.analyzerHosts ?? []),
      load: () => {
        const {sizeBytes, records, nextSeq} = recorder.spool.status;
        return {
          spoolBytes: BigInt(sizeBytes),
          spoolRecords: BigInt(records),
          nextSeq: BigInt(nextSeq),
          openExchanges: BigInt(metrics.open),
        };
      },
      version: VERSION,
      clock,
      random: Math.random,
      log,
    });
    closers.push(sync.stop);

    let droppedSpans = 0;
    const exporter = new OtlpSpanExporter({
      connection,
      metadata: session.metadata,
      onDropped: (spans) => {
        droppedSpans += spans;
      },
    });
    const tracing = createTracing({
      exporter,
      resource: {'service.instance.id': session.uid, 'service.version': VERSION},
    });
    closers.push(async () => within(TRACE_FLUSH_MS, tracing.stop()));
    const quota = createRefusalQuota({gap: gapWriter(recorder), log});
    closers.push(quota.stop);
    const upstream = createHttpUpstream();
    closers.push(upstream.close);
    closers.push(credentials.clear);

    const analyzers = createAnalyzerClient({credentials});
    closers.push(analyzers.close);
    const answers = createAnswerCache();
    closers.push(answers.clear);

    const naming = createNaming(() => session.trust()?.maskingKey);
    closers.push(naming.clear);

    const proxy = createProxy(
      {
        policy: sync.current,
        agent: () => ({labels: session.labels()}),
        identifier: createIdentifier({
          verifier: createTokenVerifier({keySets: createKeySets(), now: clock.nowMs}),
          now: clock.nowMs,
        }),
        inspector: createInspector({client: analyzers, cache: answers, log}),
        naming,
        bodies: createBodyBudget(getHeapStatistics().heap_size_limit),
        credentials,
        recorder,
        holds: createHoldClient({
          client: connection.client(HoldServiceClient),
          metadata: session.metadata,
          refused: session.refused,
          log,
        }),
        holdTiming: options.holdTiming ?? DEFAULT_HOLD_TIMING,
        heartbeatEveryMs: options.heartbeatEveryMs ?? HEARTBEAT_EVERY_MS,
        upstream,
        targetOf: createTargets(),
        tracing,
        metrics,
        quota,
        sessions: createSessionIds({now: clock.nowMs}),
        log,
        now: clock.nowMs,
      },
      STAGES,
    );
    let isStopping = false;
    const admin = await openAdminListener({
      listen: options.adminListen,
      sources: {
        notReady: () => {
          if (isStopping) return 'stopping';
          const mode = sync.current()?.mode;
          if (mode === undefined) return `no policy yet${hint(session.lastError())}`;
          return mode === 'EXPIRED' ? 'policy expired: the control plane was away for too long' : undefined;
        },
        metrics: () =>
          metrics.render({
            spoolBytes: recorder.spool.status.sizeBytes,
            generation: sync.current()?.bundle.generation ?? 0n,
            droppedSpans,
          }),
      },
    });
    closers.push(admin.close);
    const listener = await openHttpListener({
      listen: options.listen,
      handler: proxy.handle,
      ...(options.limits === undefined ? {} : {limits: options.limits}),
    });
    closers.push(listener.close);

    let stopped: Promise<void> | undefined;
    const stop = async () => {
      isStopping = true;
      proxy.drain();
      listener.stopAccepting();
      await within(options.drainMs, proxy.idle());
      proxy.cut();
      await within(CUT_MS, proxy.idle());
      await closeAll(closers, log);
    };
    return {
      address: listener.address,
      adminAddress: admin.address,
      uid: session.uid,
      ready: async (signal) => {
        await session.joined(signal);
        await untilPolicy(sync, signal);
      },
      stop: async () => {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    await closeAll(closers, log);
    throw error;
  }
}

/** Last opened, first closed; what fails to close does not keep the others open. */
async function closeAll(closers: readonly (() => unknown)[], log: Logger): Promise<void> {
  for (const close of closers.toReversed()) {
    try {
      await close();
    } catch (error) {
      log.error('a part of the agent did not stop cleanly', {}, error);
    }
  }
}

function gapWriter({spool}: Recorder): (reason: string, exchanges: number) => Promise<void> {
  return async (reason, exchanges) => {
    const value = {at: new Date(), reason, exchanges: BigInt(exchanges)};
    await spool.append([plainRecord('', {$case: 'gap', value})]);
  };
}

async function untilPolicy(sync: Awaited<ReturnType<typeof startPolicySync>>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (sync.current() !== undefined) return;
  await new Promise<void>((resolve, reject) => {
    const abort = () => {
      unsubscribe();
      reject(signal.reason as Error); // whatever its owner aborted with
    };
    const unsubscribe = sync.onChange(() => {
      if (sync.current() === undefined) return;
      unsubscribe();
      signal.removeEventListener('abort', abort);
      resolve();
    });
    signal.addEventListener('abort', abort, {once: true});
  });
}

/** Waits for something, but not for ever. */
async function within(ms: number, done: Promise<unknown>): Promise<void> {
  const timeout = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => {
    timeout.resolve(undefined);
  }, ms);
  try {
    await Promise.race([done, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function hint(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}
