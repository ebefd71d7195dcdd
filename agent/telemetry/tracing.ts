import {type Attributes, type SpanContext, SpanKind, TraceFlags} from '@opentelemetry/api';
import {parseTraceParent} from '@opentelemetry/core';
import {resourceFromAttributes} from '@opentelemetry/resources';
import {BatchSpanProcessor, RandomIdGenerator, type SpanExporter} from '@opentelemetry/sdk-trace';
import type {InboundRequest} from '../listen/listener.ts';
import {ExchangeSpan, type SpanSource} from './exchange-span.ts';
import {SPAN} from './names.ts';

/** Traces exchanges; every one of them, whatever the caller's own sampling. */
export interface Tracing {
  begin: (request: InboundRequest) => ExchangeTrace;
  /** Sends what is waiting. */
  readonly flush: () => Promise<void>;
  /** Sends what is waiting, for the last time. */
  readonly stop: () => Promise<void>;
}

/** A call of a provider that is being traced. */
export interface UpstreamTrace {
  /** W3C header for the provider. */
  traceparent: string;
  end: (attributes: Attributes, errorType: string | undefined) => void;
}

/** One trace: a SERVER span, an INTERNAL span a decision, a CLIENT span a provider call. Holds no text of either body. */
export interface ExchangeTrace {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** Starts the span of a decision; to be called with what it came to. */
  decision: () => (attributes: Attributes) => void;
  upstream: (name: string, attributes: Attributes) => UpstreamTrace;
  /** Ends the trace. @param name `POST /v1/chat/completions`; the method alone where the path is not known. */
  end: (name: string, attributes: Attributes, errorType: string | undefined) => void;
}

/** Spans that wait while the control plane is away; further ones are dropped. */
const MAX_QUEUED_SPANS = 16_384;
/** Small enough that encoding a batch does not hold up requests. */
const MAX_BATCH_SPANS = 512;
const EXPORT_EVERY_MS = 1_000;
const EXPORT_TIMEOUT_MS = 10_000;

/** @param resource attributes of the agent, e.g. `service.instance.id`. */
export function createTracing(options: {exporter: SpanExporter; resource: Attributes}): Tracing {
  const processor = new BatchSpanProcessor({
    exporter: options.exporter,
    maxQueueSize: MAX_QUEUED_SPANS,
    maxExportBatchSize: MAX_BATCH_SPANS,
    scheduledDelayMillis: EXPORT_EVERY_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const source: SpanSource = {
    resource: resourceFromAttributes({'service.name': 'weir-agent', ...options.resource}),
    scope: {name: 'weir'},
    ids: new RandomIdGenerator(),
    ended: (span) => {
      processor.onEnd(span);
    },
  };
  return {
    begin: (request) => new OtelExchangeTrace(source, request),
    flush: async () => processor.forceFlush(),
    stop: async () => processor.shutdown(),
  };
}

class OtelExchangeTrace implements ExchangeTrace {
  readonly traceId: string;
  readonly #source: SpanSource;
  readonly #span: ExchangeSpan;

  constructor(source: SpanSource, request: InboundRequest) {
    const parent = callerContext(request);
    this.traceId = parent?.traceId ?? source.ids.generateTraceId();
    this.#source = source;
    this.#span = new ExchangeSpan(source, SpanKind.SERVER, request.method, this.#newContext(), parent);
  }

  decision(): (attributes: Attributes) => void {
    const span = this.#child(SpanKind.INTERNAL, SPAN.decide);
    return (attributes) => {
      span.end(attributes, undefined);
    };
  }

  upstream(name: string, attributes: Attributes): UpstreamTrace {
    const span = this.#child(SpanKind.CLIENT, name);
    return {
      traceparent: `00-${this.traceId}-${span.context.spanId}-01`,
      end: (more, errorType) => {
        span.end(Object.assign(attributes, more), errorType);
      },
    };
  }

  end(name: string, attributes: Attributes, errorType: string | undefined): void {
    this.#span.name = name;
    this.#span.end(attributes, errorType);
  }

  #child(kind: SpanKind, name: string): ExchangeSpan {
    return new ExchangeSpan(this.#source, kind, name, this.#newContext(), this.#span.context);
  }

  #newContext(): SpanContext {
    return {traceId: this.traceId, spanId: this.#source.ids.generateSpanId(), traceFlags: TraceFlags.SAMPLED};
  }
}

/** The caller's own trace, where it sent one that is well-formed. */
function callerContext({headers}: InboundRequest): SpanContext | undefined {
  const stated = headers['traceparent'];
  if (typeof stated !== 'string') return undefined;
  const parent = parseTraceParent(stated);
  return parent === null ? undefined : {...parent, isRemote: true, traceFlags: TraceFlags.SAMPLED};
}
