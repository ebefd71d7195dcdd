import type {MethodDefinition} from '@grpc/grpc-js';

/** A method whose messages are passed on as the bytes they are. */
export function rawMethod(
  path: string,
  streams: {request: boolean; response: boolean},
): MethodDefinition<Buffer, Buffer> {
  return {
    path,
    requestStream: streams.request,
    responseStream: streams.response,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}
