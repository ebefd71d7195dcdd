import {readFileSync} from 'node:fs';
import type {CallOptions, ClientUnaryCall, Metadata, ServiceError} from '@grpc/grpc-js';
import {errorCode, WeirError} from '../lib/errors.ts';
import {connectGrpc, type GrpcConnection} from '../lib/grpc/channel.ts';
import {bearer, callUnary, fromServiceError} from '../lib/grpc/client.ts';

/** The flags by which a command finds the control plane. */
export const CONNECTION_FLAGS = {
  controlplane: {
    type: 'string',
    default: '127.0.0.1:8443',
    placeholder: 'HOST:PORT',
    help: 'gRPC address of the control plane',
  },
  adminToken: {type: 'string', required: true, secret: true, placeholder: 'TOKEN', help: 'who you are'},
  insecure: {type: 'boolean', help: 'plaintext gRPC, to this machine only'},
  controlplaneCa: {
    type: 'string',
    placeholder: 'FILE',
    help: 'PEM roots that vouch for the control plane; those of the system otherwise',
  },
} as const;

export interface ConnectionOptions {
  controlplane: string;
  adminToken: string;
  insecure: boolean;
  controlplaneCa: string | undefined;
}

/** A connection to the control plane that speaks for an administrator. */
export interface AdminConnection {
  readonly client: GrpcConnection['client'];
  readonly metadata: Metadata;
  /** Calls a bound unary method. @throws WeirError whose message says what to do. */
  readonly call: <Request, Response>(
    method: UnaryMethod<Request, Response>,
    request: Request,
    signal: AbortSignal,
  ) => Promise<Response>;
  /** Reads a server stream. @throws WeirError whose message says what to do. */
  readonly read: <Message>(stream: AsyncIterable<unknown> & {cancel: () => void}) => AsyncGenerator<Message>;
  readonly close: () => void;
}

type UnaryMethod<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

const CALL_TIMEOUT_MS = 15_000;

/** Opens a connection for one command; `work` has it to itself, and it is closed when that settles. */
export async function withControlPlane<Result>(
  options: ConnectionOptions,
  work: (connection: AdminConnection) => Promise<Result>,
): Promise<Result> {
  const connection = connect(options);
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

function connect(options: ConnectionOptions): AdminConnection {
  const {controlplane, insecure, controlplaneCa} = options;
  if (insecure && controlplaneCa !== undefined) {
    throw new WeirError('USAGE', '--insecure and --controlplane-ca exclude each other; leave one out');
  }
  const ca = controlplaneCa === undefined ? undefined : readCa(controlplaneCa);
  const grpc = connectGrpc(controlplane, insecure ? {kind: 'insecure'} : {kind: 'tls', ca});
  const metadata = bearer(options.adminToken);
  return {
    client: grpc.client,
    metadata,
    call: async (method, request, signal) => {
      try {
        return await callUnary(method, request, {metadata, timeoutMs: CALL_TIMEOUT_MS}, signal);
      } catch (error) {
        throw explained(error, grpc);
      }
    },
    read: async function* <Message>(stream: AsyncIterable<unknown> & {cancel: () => void}) {
      try {
        for await (const message of stream) yield message as Message; // the generated client's own message type
      } catch (error) {
        throw explained(isServiceError(error) ? fromServiceError(error) : error, grpc);
      } finally {
        stream.cancel();
      }
    },
    close: grpc.close,
  };
}

function readCa(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new WeirError('USAGE', `--controlplane-ca ${path} cannot be read (${code}); name a PEM file`, {cause});
  }
}

function explained(error: unknown, grpc: GrpcConnection): unknown {
  if (errorCode(error) !== 'UNAUTHENTICATED') return grpc.explain(error);
  return new WeirError('UNAUTHENTICATED', 'the control plane does not know this token; check --admin-token', {
    cause: error,
  });
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'details' in error && 'code' in error;
}
