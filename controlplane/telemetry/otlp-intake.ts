import type {Metadata, Server} from '@grpc/grpc-js';
import {rawMethod} from '../../lib/grpc/raw-method.ts';
import {type OnCallError, unary} from '../../lib/grpc/server.ts';
import {OTLP_PATHS, type OtlpRelay, type OtlpSignal} from './otlp-relay.ts';

/** Takes traces and metrics from agents and hands them to the relay, without reading them. */
export function addOtlpIntake(
  server: Server,
  options: {relay: OtlpRelay; agentOf: (metadata: Metadata) => unknown; onError: OnCallError},
): void {
  const {agentOf, onError, relay} = options;
  for (const signal of Object.keys(OTLP_PATHS) as OtlpSignal[]) {
    const accept = unary<Buffer, Buffer>((request, {metadata}) => {
      agentOf(metadata);
      relay.offer(signal, request);
      // An empty message says that all was taken.
      return Promise.resolve(Buffer.alloc(0));
    }, onError);
    server.addService({accept: rawMethod(OTLP_PATHS[signal], {request: false, response: false})}, {accept});
  }
}
