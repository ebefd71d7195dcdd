import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import {parseTraceParent} from '@opentelemetry/core';
import {resourceFromAttributes} from '@opentelemetry/resources';
import {AlwaysOnSampler, BatchSpanProcessor, type SpanExporter, TracerProvider} from '@opentelemetry/sdk-trace';
import type {InboundRequest} from '../listen/listener.ts';
import {ATTRIBUTE, SPAN} from './names.ts';

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
  const provider = new TracerProvider({
    resource: resourceFromAttributes({'service.name': 'weir-agent', ...options.resource}),
    sampler: new AlwaysOnSampler(),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: options.exporter,
        maxQueueSize: MAX_QUEUED_SPANS,
        maxExportBatchSize: MAX_BATCH_SPANS,
        scheduledDelayMillis: EXPORT_EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('weir');
  return {
    begin: (request) => new OtelExchangeTrace(tracer, request),
    flush: async () => provider.forceFlush(),
    stop: async () => provider.shutdown(),
  };
}

class OtelExchangeTrace implements ExchangeTrace {
  readonly traceId: string;
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #context: Context;

  constructor(tracer: Tracer, request: InboundRequest) {
    this.#tracer = tracer;
    this.#span = tracer.startSpan(request.method, {kind: SpanKind.SERVER}, callerContext(request));
    this.#context = trace.setSpan(ROOT_CONTEXT, this.#span);
    this.traceId = this.#span.spanContext().traceId;
  }

  decision(): (attributes: Attributes) => void {
    const span = this.#tracer.startSpan(SPAN.decide, {kind: SpanKind.INTERNAL}, this.#context);
    return (attributes) => {
      span.setAttributes(attributes);
      span.end();
    };
  }

  upstream(name: string, attributes: Attributes): UpstreamTrace {
    const span = this.#tracer.startSpan(name, {kind: SpanKind.CLIENT, attributes}, this.#context);
    const {traceId, spanId} = span.spanContext();
    return {
      traceparent: `00-${traceId}-${spanId}-01`,
      end: (more, errorType) => {
        endSpan(span, more, errorType);
      },
    };
  }

  end(name: string, attributes: Attributes, errorType: string | undefined): void {
    this.#span.updateName(name);
    endSpan(this.#span, attributes, errorType);
  }
}

function endSpan(span: Span, attributes: Attributes, errorType: string | undefined): void {
  span.setAttributes(attributes);
  if (errorType !== undefined) {
    span.setAttribute(ATTRIBUTE.errorType, errorType);
    span.setStatus({code: SpanStatusCode.ERROR});
  }
  span.end();
}

/** The caller's own trace, where it sent one that is well-formed. */
function callerContext({headers}: InboundRequest): Context {
  const stated = headers['traceparent'];
  if (typeof stated !== 'string') return ROOT_CONTEXT;
  const parent = parseTraceParent(stated);
  if (parent === null) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {...parent, isRemote: true, traceFlags: TraceFlags.SAMPLED});
}
