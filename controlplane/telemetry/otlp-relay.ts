import {ChannelCredentials, Client} from '@grpc/grpc-js';
import {type Backoff, backoffMs} from '../../lib/backoff.ts';
import {errorCode, WeirError} from '../../lib/errors.ts';
import {callUnary} from '../../lib/grpc/client.ts';
import type {Logger} from '../../lib/log.ts';
import {sleep} from '../../lib/sleep.ts';

/** Where each signal is exported to, by the OTLP specification. */
export const OTLP_PATHS = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
} as const;

export type OtlpSignal = keyof typeof OTLP_PATHS;

/** Passes telemetry on as the bytes it came in. Telemetry is not a record: what finds no room is dropped, and counted. */
export interface OtlpRelay {
  /** Never waits. */
  readonly offer: (signal: OtlpSignal, request: Buffer) => void;
  readonly dropped: () => number;
  /** Sends what is waiting until the signal aborts; drops the rest. */
  readonly stop: (signal: AbortSignal) => Promise<void>;
}

interface Waiting {
  signal: OtlpSignal;
  request: Buffer;
}

const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
const CALL_TIMEOUT_MS = 10_000;
/** A collector that stays away longer loses this export. */
const MAX_ATTEMPTS = 6;
const BACKOFF: Backoff = {firstMs: 500, maxMs: 8_000};
const DEFAULT_PORT = '4317';
const WARN_EVERY_MS = 60_000;

/**
 * Starts the relay; with no endpoint everything is taken and dropped.
 *
 * @param endpoint `http://HOST:PORT` or `https://HOST:PORT` of an OTLP gRPC receiver; port 4317 unless named.
 * @throws WeirError USAGE for another kind of address.
 */
export function startOtlpRelay(
  endpoint: string | undefined,
  log: Logger,
  maxQueuedBytes = MAX_QUEUED_BYTES,
): OtlpRelay {
  if (endpoint === undefined) return {offer: () => undefined, dropped: () => 0, stop: async () => Promise.resolve()};
  const client = collectorClient(endpoint);
  const queue: Waiting[] = [];
  const stopping = new AbortController();
  let ending = false;
  let queuedBytes = 0;
  let dropped = 0;
  let warnedAtMs = Number.NEGATIVE_INFINITY;
  let wake = new AbortController();

  const drop = (code: string) => {
    dropped += 1;
    if (performance.now() - warnedAtMs < WARN_EVERY_MS) return;
    warnedAtMs = performance.now();
    log.warn('telemetry dropped', {code, dropped});
  };

  const isEnding = () => ending;
  const run = async () => {
    while (!stopping.signal.aborted) {
      const next = queue.shift();
      if (next === undefined) {
        if (isEnding()) return;
        wake = new AbortController();
        await sleep(60_000, AbortSignal.any([wake.signal, stopping.signal]));
        continue;
      }
      queuedBytes -= next.request.length;
      const failure = await send(client, next, stopping.signal);
      if (failure !== undefined) drop(failure);
    }
    while (queue.shift() !== undefined) drop('STOPPING');
  };
  const loop = run();

  return {
    offer: (signal, request) => {
      if (ending || queuedBytes + request.length > maxQueuedBytes) {
        drop('QUEUE_FULL');
        return;
      }
      queue.push({signal, request});
      queuedBytes += request.length;
      wake.abort();
    },
    dropped: () => dropped,
    stop: async (signal) => {
      ending = true;
      const cut = () => {
        stopping.abort();
      };
      if (signal.aborted) cut();
      signal.addEventListener('abort', cut, {once: true});
      wake.abort();
      await loop;
      signal.removeEventListener('abort', cut);
      client.close();
    },
  };
}

/** @returns the code it failed with for good, or undefined. */
async function send(client: Client, {signal: kind, request}: Waiting, stop: AbortSignal): Promise<string | undefined> {
  for (let attempt = 0; ; attempt++) {
    try {
      await callUnary(exportMethod(client, kind), request, {timeoutMs: CALL_TIMEOUT_MS}, stop);
      return undefined;
    } catch (error) {
      const code = errorCode(error);
      const heals = code === 'UNAVAILABLE' || code === 'DEADLINE_EXCEEDED';
      if (stop.aborted || !heals || attempt + 1 >= MAX_ATTEMPTS) return code;
    }
    await sleep(backoffMs(BACKOFF, attempt, Math.random), stop);
  }
}

function exportMethod(client: Client, kind: OtlpSignal): Parameters<typeof callUnary<Buffer, Buffer>>[0] {
  return (request, metadata, options, callback) =>
    client.makeUnaryRequest(
      OTLP_PATHS[kind],
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      request,
      metadata,
      options,
      (error, response) => {
        callback(error, response ?? Buffer.alloc(0));
      },
    );
}

function collectorClient(endpoint: string): Client {
  const match = /^(?<scheme>https?):\/\/(?<host>\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(?::(?<port>\d{1,5}))?\/?$/i.exec(
    endpoint,
  );
  const {scheme, host, port = DEFAULT_PORT} = match?.groups ?? {};
  if (host === undefined) {
    throw new WeirError(
      'USAGE',
      '--otlp-endpoint must be http://HOST:PORT or https://HOST:PORT of an OTLP gRPC receiver',
    );
  }
  const isTls = scheme?.toLowerCase() === 'https';
  return new Client(`${host}:${port}`, isTls ? ChannelCredentials.createSsl() : ChannelCredentials.createInsecure());
}
