import {BinaryWriter} from '@bufbuild/protobuf/wire';
import {Client, type Metadata} from '@grpc/grpc-js';
import {type ExportResult, ExportResultCode} from '@opentelemetry/core';
import type {ReadableSpan, SpanExporter} from '@opentelemetry/sdk-trace';
import type {GrpcConnection} from '../../lib/grpc/channel.ts';
import {encodeSpans} from './otlp-spans.ts';

const EXPORT_PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const TIMEOUT_MS = 5_000;

/**
 * Exports spans as OTLP over the agent's own channel to the control plane, with the session of the moment.
 *
 * What cannot be delivered is dropped and counted: traces are not records.
 *
 * @param onDropped receives the number of spans.
 */
export class OtlpSpanExporter implements SpanExporter {
  readonly #client: Client;
  readonly #metadata: (signal: AbortSignal) => Promise<Metadata>;
  readonly #onDropped: (spans: number) => void;
  readonly #aborter = new AbortController();
  readonly #writer = new BinaryWriter();

  constructor(options: {
    connection: GrpcConnection;
    metadata: (signal: AbortSignal) => Promise<Metadata>;
    onDropped: (spans: number) => void;
  }) {
    this.#client = options.connection.client(Client);
    this.#metadata = options.metadata;
    this.#onDropped = options.onDropped;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#send(spans).then(
      () => {
        done({code: ExportResultCode.SUCCESS});
      },
      (error: unknown) => {
        this.#onDropped(spans.length);
        done({code: ExportResultCode.FAILED, error: error instanceof Error ? error : new Error('export failed')});
      },
    );
  }

  async shutdown(): Promise<void> {
    this.#aborter.abort();
    return Promise.resolve();
  }

  async #send(spans: readonly ReadableSpan[]): Promise<void> {
    const signal = AbortSignal.any([this.#aborter.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const metadata = await this.#metadata(signal);
    const {buffer, byteOffset, byteLength} = encodeSpans(spans, this.#writer);
    const request = Buffer.from(buffer, byteOffset, byteLength);
    await new Promise<void>((resolve, reject) => {
      this.#client.makeUnaryRequest(
        EXPORT_PATH,
        asIs,
        asIs,
        request,
        metadata,
        {deadline: Date.now() + TIMEOUT_MS},
        (error) => {
          if (error === null) resolve();
          else reject(error);
        },
      );
    });
  }
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}
