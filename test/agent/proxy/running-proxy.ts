import {createHash} from 'node:crypto';
import {InMemorySpanExporter, type ReadableSpan} from '@opentelemetry/sdk-trace';
import type {ExecutionContext} from 'ava';
import type {HoldClient, HoldOutcome} from '../../../agent/approve/hold-client.ts';
import type {HeldExchange} from '../../../agent/approve/hold-request.ts';
import {parseCredentialBinding} from '../../../agent/credentials/binding.ts';
import {createCredentials} from '../../../agent/credentials/credentials.ts';
import {createIdentifier} from '../../../agent/identify/identifier.ts';
import {createKeySets} from '../../../agent/identify/key-sets.ts';
import {createTokenVerifier} from '../../../agent/identify/token-verifier.ts';
import {createAnalyzerClient} from '../../../agent/inspect/analyzer-client.ts';
import {createAnswerCache} from '../../../agent/inspect/answer-cache.ts';
import {createInspector} from '../../../agent/inspect/inspector.ts';
import {openHttpListener} from '../../../agent/listen/http-listener.ts';
import type {ListenerLimits} from '../../../agent/listen/limits.ts';
import {createBodyBudget} from '../../../agent/proxy/body-budget.ts';
import {createHttpUpstream} from '../../../agent/proxy/http-upstream.ts';
import type {ActivePolicy, ExchangeRecorder, HoldTiming} from '../../../agent/proxy/parts.ts';
import {createProxy, type Proxy} from '../../../agent/proxy/proxy.ts';
import {createRefusalQuota} from '../../../agent/proxy/refusal-quota.ts';
import {createSessionIds} from '../../../agent/proxy/session-ids.ts';
import {STAGES} from '../../../agent/proxy/stages.ts';
import {createTargets} from '../../../agent/proxy/upstream-target.ts';
import {createNaming} from '../../../agent/restore/naming.ts';
import {createExchangeMetrics} from '../../../agent/telemetry/metrics.ts';
import {createTracing} from '../../../agent/telemetry/tracing.ts';
import {WeirError} from '../../../lib/errors.ts';
import type {ExchangeEnded, ExchangeReleased, ExchangeStarted} from '../../../proto/gen/weir/record/v1/record.ts';
import {bundleFrom} from '../../support/bundle-from.ts';
import {createLogLines, type LogLines} from '../../support/log-lines.ts';
import {waitFor} from '../../support/wait.ts';

export const CALLER_KEY = 'weir_test_not-a-real-key';
export const UPSTREAM_KEY = 'upstream-not-a-real-key';

/** A record as it was kept, in order. */
type Kept =
  | {kind: 'started'; value: ExchangeStarted}
  | {kind: 'released'; value: ExchangeReleased}
  | {kind: 'ended'; value: ExchangeEnded}
  | {kind: 'gap'; reason: string; exchanges: number};

/** Keeps records in memory. Fails two ways: refusing at once, or never becoming durable until let. */
interface MemoryRecorder extends ExchangeRecorder {
  readonly kept: Kept[];
  fail: 'no' | 'started' | 'ended';
  /** While set, no `ended` becomes durable. */
  endGate: Promise<void> | undefined;
}

export interface RunningProxy {
  readonly url: string;
  readonly recorder: MemoryRecorder;
  readonly logs: LogLines;
  readonly proxy: Proxy;
  readonly quota: ReturnType<typeof createRefusalQuota>;
  policy: ActivePolicy | undefined;
  /** Exchanges that were held, in order. */
  readonly held: HeldExchange[];
  /** The spans that ended so far. */
  readonly spans: () => Promise<ReadableSpan[]>;
  /** The one exchange that ended last, with what started it. */
  readonly last: () => Promise<{
    started: ExchangeStarted;
    ended: ExchangeEnded;
    released: ExchangeReleased | undefined;
  }>;
}

/** Policy of the tests: two providers at one upstream, one caller, rules to mask, hold and block. */
export function testPolicy(upstreamUrl: string, more = ''): string {
  const hash = createHash('sha256').update(CALLER_KEY).digest('hex');
  return `apiVersion: weir/v1
kind: Provider
metadata: { name: openai }
spec: { dialect: openai, baseUrl: "${upstreamUrl}/v1", credential: upstream-key, default: true, maxRequestBytes: 200000 }
---
apiVersion: weir/v1
kind: Provider
metadata: { name: anthropic }
spec: { dialect: anthropic, baseUrl: "${upstreamUrl}", credential: upstream-key, default: true }
---
apiVersion: weir/v1
kind: ApiKey
metadata: { name: billing }
spec: { hash: "sha256:${hash}", subject: "svc:billing", groups: [engineering] }
---
apiVersion: weir/v1
kind: Policy
metadata: { name: guard, owner: security@example.com }
spec:
  mode: enforce
  applies: { operations: [chat, embeddings, models] }
  rules:
    - name: tickets
      on: [request, response]
      find: { patterns: ['TICKET-[0-9]+'], views: none }
      action: mask
      mask: { with: "[{finding}]" }
    - name: forecasts
      find: { keywords: ["financial forecast"], in: [prompt] }
      action: approve
      approve: { reviewers: [finance-leads], count: 1, within: 15m, remember: 8h, reason: required }
    - name: nightfall
      on: [request, response]
      find: { keywords: ["project nightfall"], views: none }
      action: block
      block: { status: 400, code: project_prohibited, message: "This project may not be discussed." }
${more}`;
}

/** The data path with real sockets; records, spans and holds stay in memory. */
export async function startProxy(
  t: ExecutionContext,
  options: {
    upstreamUrl: string;
    policy?: string;
    credential?: string;
    hold?: (held: HeldExchange, signal: AbortSignal) => Promise<HoldOutcome>;
    holdTiming?: HoldTiming;
    limits?: Partial<ListenerLimits>;
    quota?: number;
    memoryBytes?: number;
    heartbeatEveryMs?: number;
  },
): Promise<RunningProxy> {
  const logs = createLogLines();
  const recorder = memoryRecorder();
  const exporter = new InMemorySpanExporter();
  const tracing = createTracing({exporter, resource: {}});
  const held: HeldExchange[] = [];
  const holds: HoldClient = {
    hold: async (exchange, _options, signal) => {
      held.push(exchange);
      return options.hold?.(exchange, signal) ?? {kind: 'unavailable', message: 'no hold in this test'};
    },
  };
  const upstream = createHttpUpstream();
  const quota = createRefusalQuota({
    gap: async (reason, exchanges) => {
      recorder.kept.push({kind: 'gap', reason, exchanges});
      return Promise.resolve();
    },
    log: logs.log,
    ...(options.quota === undefined ? {} : {recordsPerWindow: options.quota}),
  });
  const client = createAnalyzerClient({credentials: createCredentials({bindings: [], environment: {}})});
  const binding = options.credential ?? `upstream-key=env:UPSTREAM_KEY@${new URL(options.upstreamUrl).host}`;
  const bundle = bundleFrom(options.policy ?? testPolicy(options.upstreamUrl));
  const proxy = createProxy(
    {
      policy: () => running.policy,
      agent: () => ({labels: {env: 'test'}}),
      identifier: createIdentifier({
        verifier: createTokenVerifier({keySets: createKeySets(), now: Date.now}),
        now: Date.now,
      }),
      inspector: createInspector({client, cache: createAnswerCache(), log: logs.log}),
      heartbeatEveryMs: options.heartbeatEveryMs ?? 15_000,
      naming: createNaming(() => Buffer.alloc(32, 9)),
      bodies: createBodyBudget(options.memoryBytes ?? 1_000_000_000),
      credentials: createCredentials({
        bindings: [parseCredentialBinding(binding)],
        environment: {UPSTREAM_KEY},
      }),
      recorder,
      holds,
      holdTiming: options.holdTiming ?? {interimEveryMs: 20_000, longestMs: 60_000, silentMs: 60_000},
      upstream,
      targetOf: createTargets(),
      tracing,
      metrics: createExchangeMetrics(),
      quota,
      sessions: createSessionIds({now: Date.now}),
      log: logs.log,
      now: Date.now,
    },
    STAGES,
  );
  const listener = await openHttpListener({
    listen: '127.0.0.1:0',
    handler: proxy.handle,
    ...(options.limits === undefined ? {} : {limits: options.limits}),
  });
  t.teardown(async () => {
    proxy.cut();
    await listener.close();
    await upstream.close();
    await client.close();
    await quota.stop();
    await tracing.stop();
  });
  const running: RunningProxy = {
    url: `http://${listener.address}`,
    recorder,
    logs,
    proxy,
    quota,
    policy: {bundle, mode: 'FRESH'},
    held,
    spans: async () => {
      await proxy.idle();
      await tracing.flush();
      return exporter.getFinishedSpans();
    },
    last: async () => {
      await proxy.idle();
      return waitFor('the exchange to end', 2_000, () => lastOf(recorder.kept));
    },
  };
  return running;
}

function memoryRecorder(): MemoryRecorder {
  const kept: Kept[] = [];
  const refused = () => new WeirError('RECORD_NOT_DURABLE', 'the disk of this test is full');
  return {
    kept,
    fail: 'no',
    endGate: undefined,
    async started(value) {
      if (this.fail === 'started') throw refused();
      kept.push({kind: 'started', value});
      return Promise.resolve();
    },
    async released(value) {
      kept.push({kind: 'released', value});
      return Promise.resolve();
    },
    async ended(value) {
      if (this.fail === 'ended') throw refused();
      await this.endGate;
      kept.push({kind: 'ended', value});
    },
    endedLate(value) {
      kept.push({kind: 'ended', value});
    },
  };
}

function lastOf(kept: readonly Kept[]) {
  const ended = kept.findLast((record) => record.kind === 'ended')?.value;
  const id = ended?.exchangeId;
  const started = kept.find((record) => record.kind === 'started' && record.value.exchangeId === id);
  const released = kept.find((record) => record.kind === 'released' && record.value.exchangeId === id);
  if (ended === undefined || started?.kind !== 'started') return undefined;
  return {started: started.value, ended, released: released?.kind === 'released' ? released.value : undefined};
}

/** Sends one chat completion with the caller's key. */
export async function chat(url: string, content: string, more: Record<string, unknown> = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {authorization: `Bearer ${CALLER_KEY}`, 'content-type': 'application/json'},
    body: JSON.stringify({model: 'gpt-test', messages: [{role: 'user', content}], ...more}),
  });
}
