import {type CallOptions, type ClientUnaryCall, Metadata, type ServiceError, status} from '@grpc/grpc-js';
import {ERRORS, type ErrorCode, WeirError} from '../errors.ts';

/** A generated unary client method. */
type UnaryMethod<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

/**
 * Calls a unary method with a deadline.
 *
 * @param method already bound to its client.
 * @throws WeirError with the code the server named, or the nearest one to the gRPC status.
 */
export async function callUnary<Request, Response>(
  method: UnaryMethod<Request, Response>,
  request: Request,
  options: {metadata?: Metadata; timeoutMs: number},
  signal: AbortSignal,
): Promise<Response> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const call = method(
      request,
      options.metadata ?? new Metadata(),
      {deadline: Date.now() + options.timeoutMs},
      (error, response) => {
        signal.removeEventListener('abort', cancel);
        if (error === null) resolve(response);
        else reject(fromServiceError(error));
      },
    );
    const cancel = () => {
      call.cancel();
    };
    signal.addEventListener('abort', cancel, {once: true});
  });
}

/** Metadata that carries a bearer token. */
export function bearer(token: string): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

/** The error a gRPC status stands for; keeps the server's own code and message where it sent them. */
export function fromServiceError(error: ServiceError): WeirError {
  const named = error.metadata instanceof Metadata ? error.metadata.get('weir-code')[0] : undefined;
  const code = typeof named === 'string' && named in ERRORS ? (named as ErrorCode) : nearest(error.code);
  return new WeirError(code, error.details, {cause: error});
}

function nearest(code: status): ErrorCode {
  switch (code) {
    case status.INVALID_ARGUMENT:
      return 'INVALID_ARGUMENT';
    case status.NOT_FOUND:
      return 'NOT_FOUND';
    case status.UNAUTHENTICATED:
      return 'UNAUTHENTICATED';
    case status.PERMISSION_DENIED:
      return 'PERMISSION_DENIED';
    case status.FAILED_PRECONDITION:
      return 'PROTOCOL';
    case status.UNAVAILABLE:
      return 'UNAVAILABLE';
    case status.DEADLINE_EXCEEDED:
      return 'DEADLINE_EXCEEDED';
    case status.CANCELLED:
      return 'CANCELLED';
    default:
      return 'INTERNAL';
  }
}
