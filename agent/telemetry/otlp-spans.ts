import {BinaryWriter} from '@bufbuild/protobuf/wire';
import {type AnyValue, type Attributes, type HrTime, SpanStatusCode} from '@opentelemetry/api';
import type {ReadableSpan} from '@opentelemetry/sdk-trace';

/** Tags of protobuf fields: number, then wire type. */
const LENGTH = 2;
const VARINT = 0;
const FIXED64 = 1;
const FIXED32 = 5;
const tag = (field: number, type: number) => (field << 3) | type;

/** Set in `Span.flags` where it is known whether the parent is remote, and where it is. */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;
const WORD = 2 ** 16;
const LONG = 2 ** 32;

/**
 * Encodes spans of one resource and one scope as an OTLP ExportTraceServiceRequest.
 *
 * @param writer one that is kept from batch to batch need not grow each time.
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export function encodeSpans(spans: readonly ReadableSpan[], writer = new BinaryWriter()): Uint8Array {
  const first = spans[0];
  if (first === undefined) return writer.finish();
  writer.uint32(tag(1, LENGTH)).fork();
  writer.uint32(tag(1, LENGTH)).fork();
  writeAttributes(writer, 1, first.resource.attributes);
  writer.join();
  writer.uint32(tag(2, LENGTH)).fork();
  writer.uint32(tag(1, LENGTH)).fork();
  writer.uint32(tag(1, LENGTH)).string(first.instrumentationScope.name);
  writer.join();
  for (const span of spans) writeSpan(writer, span);
  writer.join();
  writer.join();
  return writer.finish();
}

function writeSpan(writer: BinaryWriter, span: ReadableSpan): void {
  const {traceId, spanId, traceFlags} = span.spanContext();
  const parent = span.parentSpanContext;
  writer.uint32(tag(2, LENGTH)).fork();
  writer.uint32(tag(1, LENGTH)).bytes(Buffer.from(traceId, 'hex'));
  writer.uint32(tag(2, LENGTH)).bytes(Buffer.from(spanId, 'hex'));
  if (parent !== undefined) writer.uint32(tag(4, LENGTH)).bytes(Buffer.from(parent.spanId, 'hex'));
  writer.uint32(tag(5, LENGTH)).string(span.name);
  // The API counts kinds from 0, the protocol from 1.
  writer.uint32(tag(6, VARINT)).uint32(span.kind + 1);
  writeNanos(writer.uint32(tag(7, FIXED64)), span.startTime);
  writeNanos(writer.uint32(tag(8, FIXED64)), span.endTime);
  writeAttributes(writer, 9, span.attributes);
  if (span.status.code !== SpanStatusCode.UNSET) {
    writer.uint32(tag(15, LENGTH)).fork();
    writer.uint32(tag(3, VARINT)).uint32(span.status.code);
    writer.join();
  }
  const remote = parent?.isRemote === true ? IS_REMOTE : 0;
  writer.uint32(tag(16, FIXED32)).fixed32((traceFlags & 0xff) | HAS_IS_REMOTE | remote);
  writer.join();
}

/** Nanoseconds since the epoch as fixed64, in two halves: a number holds them no more exactly, a BigInt costs more. */
function writeNanos(writer: BinaryWriter, [seconds, nanoseconds]: HrTime): void {
  const upper = Math.floor(seconds / WORD) * 1e9;
  const lower = (seconds % WORD) * 1e9 + nanoseconds;
  const low = (upper % WORD) * WORD + (lower % LONG);
  const high = Math.floor(upper / WORD) + Math.floor(lower / LONG) + Math.floor(low / LONG);
  writer.fixed32(low % LONG).fixed32(high);
}

function writeAttributes(writer: BinaryWriter, field: number, attributes: Attributes): void {
  for (const key in attributes) {
    const value = attributes[key];
    if (value === undefined || value === null) continue;
    writer.uint32(tag(field, LENGTH)).fork();
    writer.uint32(tag(1, LENGTH)).string(key);
    writer.uint32(tag(2, LENGTH)).fork();
    writeValue(writer, value);
    writer.join();
    writer.join();
  }
}

function writeValue(writer: BinaryWriter, value: AnyValue): void {
  if (typeof value === 'string') {
    writer.uint32(tag(1, LENGTH)).string(value);
  } else if (typeof value === 'boolean') {
    writer.uint32(tag(2, VARINT)).bool(value);
  } else if (typeof value === 'number') {
    if (value >= 0 && value < LONG && Number.isInteger(value)) writer.uint32(tag(3, VARINT)).uint32(value);
    else if (Number.isSafeInteger(value)) writer.uint32(tag(3, VARINT)).int64(value);
    else writer.uint32(tag(4, FIXED64)).double(value);
  } else {
    writer.uint32(tag(5, LENGTH)).fork();
    for (const item of value as readonly (string | number | boolean | null)[]) {
      // The remaining form is an array of one primitive type.
      if (item === null) continue;
      writer.uint32(tag(1, LENGTH)).fork();
      writeValue(writer, item);
      writer.join();
    }
    writer.join();
  }
}
