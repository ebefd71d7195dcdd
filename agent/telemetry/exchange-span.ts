import {
  type Attributes,
  type HrTime,
  type Link,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  SpanStatusCode,
} from '@opentelemetry/api';
import type {InstrumentationScope} from '@opentelemetry/core';
import type {Resource} from '@opentelemetry/resources';
import type {IdGenerator, ReadableSpan} from '@opentelemetry/sdk-trace';
import {ATTRIBUTE} from './names.ts';

/** What all spans of an agent share. */
export interface SpanSource {
  resource: Resource;
  scope: InstrumentationScope;
  ids: IdGenerator;
  ended: (span: ReadableSpan) => void;
}

const NO_LINKS: Link[] = [];
const NO_EVENTS: ReadableSpan['events'] = [];
const UNSET: SpanStatus = {code: SpanStatusCode.UNSET};
const FAILED: SpanStatus = {code: SpanStatusCode.ERROR};

/**
 * A span of an exchange, as the exporters of the OpenTelemetry SDK read it.
 *
 * The SDK's own spans check, cut and count each attribute; ours come from this agent's code alone, and three spans an
 * exchange would cost more than deciding on it.
 */
export class ExchangeSpan implements ReadableSpan {
  name: string;
  readonly kind: SpanKind;
  readonly context: SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  attributes: Attributes = {};
  status = UNSET;
  readonly droppedAttributesCount = 0;
  readonly droppedEventsCount = 0;
  readonly droppedLinksCount = 0;
  readonly #source: SpanSource;
  readonly #startMs = performance.now();
  #endMs = -1;

  constructor(source: SpanSource, kind: SpanKind, name: string, context: SpanContext, parent: SpanContext | undefined) {
    this.name = name;
    this.kind = kind;
    this.context = context;
    if (parent !== undefined) this.parentSpanContext = parent;
    this.resource = source.resource;
    this.instrumentationScope = source.scope;
    this.#source = source;
  }

  /** @param attributes become the span's own; undefined ones are left out of the export. */
  end(attributes: Attributes, errorType: string | undefined): void {
    this.#endMs = performance.now();
    this.attributes = attributes;
    if (errorType !== undefined) {
      attributes[ATTRIBUTE.errorType] = errorType;
      this.status = FAILED;
    }
    this.#source.ended(this);
  }

  spanContext(): SpanContext {
    return this.context;
  }

  get startTime(): HrTime {
    return hrTime(performance.timeOrigin + this.#startMs);
  }

  get endTime(): HrTime {
    return hrTime(performance.timeOrigin + this.#endMs);
  }

  get duration(): HrTime {
    return hrTime(this.#endMs - this.#startMs);
  }

  get ended(): boolean {
    return this.#endMs >= 0;
  }

  get links(): Link[] {
    return NO_LINKS;
  }

  get events(): ReadableSpan['events'] {
    return NO_EVENTS;
  }
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}
