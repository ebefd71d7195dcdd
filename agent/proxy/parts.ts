import type {Bundle, Provider} from '../../engine/bundle.ts';
import type {AgentFacts} from '../../engine/exchange.ts';
import type {Logger} from '../../lib/log.ts';
import type {HoldClient} from '../approve/hold-client.ts';
import type {Credentials} from '../credentials/credentials.ts';
import type {Identifier} from '../identify/identifier.ts';
import type {Inspector} from '../inspect/inspector.ts';
import type {Recorder} from '../record/recorder.ts';
import type {Naming} from '../restore/naming.ts';
import type {ExchangeMetrics} from '../telemetry/metrics.ts';
import type {Tracing} from '../telemetry/tracing.ts';
import type {BodyBudget} from './body-budget.ts';
import type {RefusalQuota} from './refusal-quota.ts';
import type {SessionIds} from './session-ids.ts';
import type {UpstreamClient} from './upstream.ts';
import type {UpstreamTarget} from './upstream-target.ts';

/** The bundle in force. */
export interface ActivePolicy {
  bundle: Bundle;
  mode: 'FRESH' | 'STALE_SOFT' | 'STALE' | 'EXPIRED';
}

/** Writes what happens to exchanges; each call resolves only when it is durable. */
export type ExchangeRecorder = Pick<Recorder, 'started' | 'released' | 'ended' | 'endedLate'>;

/** How long callers are kept waiting for an approval. */
export interface HoldTiming {
  /** Between two `102 Processing`. */
  interimEveryMs: number;
  /** Where the caller takes interim answers. */
  longestMs: number;
  /** Where it does not: below the 300 s at which clients give up on a silent connection. */
  silentMs: number;
}

/** What the stages work with. */
export interface ProxyParts {
  policy: () => ActivePolicy | undefined;
  agent: () => AgentFacts;
  identifier: Identifier;
  /** Asks external detectors. */
  inspector: Inspector;
  /** Names masked values, so that they can be recognised or restored. */
  naming: Naming;
  bodies: BodyBudget;
  credentials: Credentials;
  recorder: ExchangeRecorder;
  holds: HoldClient;
  holdTiming: HoldTiming;
  /** Between two signs of life while a stream waits for its end. */
  heartbeatEveryMs: number;
  upstream: UpstreamClient;
  targetOf: (provider: Provider) => UpstreamTarget;
  tracing: Tracing;
  metrics: ExchangeMetrics;
  quota: RefusalQuota;
  sessions: SessionIds;
  log: Logger;
  /** Milliseconds since the epoch. */
  now: () => number;
}
