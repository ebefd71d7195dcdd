/** What a permanent error code means outside: its gRPC status, its HTTP status, and whether trying again can help. */
interface ErrorKind {
  grpc:
    | 'INVALID_ARGUMENT'
    | 'NOT_FOUND'
    | 'ALREADY_EXISTS'
    | 'PERMISSION_DENIED'
    | 'RESOURCE_EXHAUSTED'
    | 'FAILED_PRECONDITION'
    | 'ABORTED'
    | 'UNIMPLEMENTED'
    | 'INTERNAL'
    | 'UNAVAILABLE'
    | 'DATA_LOSS'
    | 'UNAUTHENTICATED'
    | 'DEADLINE_EXCEEDED'
    | 'CANCELLED';
  http: number;
  retryable: boolean;
}

/** Every way Weir fails, once. A code is permanent: it is stored in records and read by scripts. */
export const ERRORS = {
  INTERNAL: {grpc: 'INTERNAL', http: 500, retryable: false},
  INVALID_ARGUMENT: {grpc: 'INVALID_ARGUMENT', http: 400, retryable: false},
  NOT_FOUND: {grpc: 'NOT_FOUND', http: 404, retryable: false},
  CANCELLED: {grpc: 'CANCELLED', http: 499, retryable: false},
  UNAVAILABLE: {grpc: 'UNAVAILABLE', http: 503, retryable: true},
  DEADLINE_EXCEEDED: {grpc: 'DEADLINE_EXCEEDED', http: 504, retryable: true},

  USAGE: {grpc: 'INVALID_ARGUMENT', http: 400, retryable: false},
  CONFIG_INVALID: {grpc: 'FAILED_PRECONDITION', http: 500, retryable: false},
  PORT_IN_USE: {grpc: 'FAILED_PRECONDITION', http: 500, retryable: false},
  DATA_NEWER: {grpc: 'FAILED_PRECONDITION', http: 500, retryable: false},
  DATA_IN_USE: {grpc: 'FAILED_PRECONDITION', http: 500, retryable: true},
  GIT_FAILED: {grpc: 'UNAVAILABLE', http: 503, retryable: true},

  UNAUTHENTICATED: {grpc: 'UNAUTHENTICATED', http: 401, retryable: false},
  PERMISSION_DENIED: {grpc: 'PERMISSION_DENIED', http: 403, retryable: false},
  ALREADY_DECIDED: {grpc: 'FAILED_PRECONDITION', http: 409, retryable: false},
  PROTOCOL: {grpc: 'FAILED_PRECONDITION', http: 400, retryable: false},

  POLICY_INVALID: {grpc: 'FAILED_PRECONDITION', http: 400, retryable: false},
  BUNDLE_UNVERIFIED: {grpc: 'FAILED_PRECONDITION', http: 503, retryable: true},
  NO_BUNDLE: {grpc: 'UNAVAILABLE', http: 503, retryable: true},
  POLICY_EXPIRED: {grpc: 'UNAVAILABLE', http: 503, retryable: true},
  NO_POLICY: {grpc: 'PERMISSION_DENIED', http: 400, retryable: false},
  BLOCKED: {grpc: 'PERMISSION_DENIED', http: 400, retryable: false},
  GUARD_FAILED: {grpc: 'INTERNAL', http: 400, retryable: false},
  EXTERNAL_DETECTOR_FAILED: {grpc: 'UNAVAILABLE', http: 503, retryable: true},
  UNINSPECTABLE: {grpc: 'PERMISSION_DENIED', http: 400, retryable: false},
  UNKNOWN_OPERATION: {grpc: 'UNIMPLEMENTED', http: 404, retryable: false},
  UNKNOWN_PROVIDER: {grpc: 'NOT_FOUND', http: 404, retryable: false},
  MODEL_NOT_ALLOWED: {grpc: 'PERMISSION_DENIED', http: 400, retryable: false},
  BODY_UNREADABLE: {grpc: 'INVALID_ARGUMENT', http: 400, retryable: false},
  BODY_TOO_LARGE: {grpc: 'RESOURCE_EXHAUSTED', http: 413, retryable: false},
  BODY_TIMEOUT: {grpc: 'DEADLINE_EXCEEDED', http: 408, retryable: false},

  HOLD_PENDING: {grpc: 'UNAVAILABLE', http: 503, retryable: true},
  HOLD_DENIED: {grpc: 'PERMISSION_DENIED', http: 400, retryable: false},
  HOLD_EXPIRED: {grpc: 'DEADLINE_EXCEEDED', http: 400, retryable: false},
  HOLD_UNAVAILABLE: {grpc: 'UNAVAILABLE', http: 503, retryable: true},

  CREDENTIAL_UNAVAILABLE: {grpc: 'UNAVAILABLE', http: 503, retryable: true},
  CREDENTIAL_HOST_REFUSED: {grpc: 'PERMISSION_DENIED', http: 502, retryable: false},
  UPSTREAM_ERROR: {grpc: 'UNAVAILABLE', http: 502, retryable: false},
  UPSTREAM_UNREACHABLE: {grpc: 'UNAVAILABLE', http: 502, retryable: true},
  UPSTREAM_TIMEOUT: {grpc: 'DEADLINE_EXCEEDED', http: 504, retryable: true},
  UPSTREAM_INVALID: {grpc: 'INTERNAL', http: 502, retryable: false},

  RECORD_NOT_DURABLE: {grpc: 'UNAVAILABLE', http: 503, retryable: true},
  SPOOL_FULL: {grpc: 'RESOURCE_EXHAUSTED', http: 503, retryable: true},
  RECORD_UNREADABLE: {grpc: 'DATA_LOSS', http: 500, retryable: false},
  RECORD_CONFLICT: {grpc: 'FAILED_PRECONDITION', http: 409, retryable: false},
  DRAINING: {grpc: 'UNAVAILABLE', http: 503, retryable: true},
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * The one error class. The message is lower case, holds the value and the limit, and says what to do next;
 * it never holds prompt text, header values or credentials.
 */
export class WeirError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: {cause?: unknown}) {
    super(message, options);
    this.name = 'WeirError';
    this.code = code;
  }
}

/** The code of an error; INTERNAL for anything that is not ours. */
export function errorCode(error: unknown): ErrorCode {
  return error instanceof WeirError ? error.code : 'INTERNAL';
}

/** What may be said of an error outside the process: our own message, or nothing. */
export function publicMessage(error: unknown): string {
  return error instanceof WeirError ? error.message : 'internal error; the log of this process names the cause';
}
