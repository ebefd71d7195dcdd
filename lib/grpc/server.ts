import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerDuplexStream,
  type ServerErrorResponse,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js';
import {ERRORS, errorCode, publicMessage, WeirError} from '../errors.ts';

/** What a handler may know of its call. */
export interface CallContext {
  metadata: Metadata;
  /** Aborts when the client leaves, its deadline passes or the server stops. */
  signal: AbortSignal;
  peer: string;
}

/** Sends one message and waits while the peer reads slower than we write. */
export type Send<Message> = (message: Message) => Promise<void>;

/** Told of every error a handler did not mean to throw. */
export type OnCallError = (method: string, error: unknown) => void;

/** Adapts an async function to a grpc-js unary handler: its rejection becomes the call's status. */
export function unary<Request, Response>(
  handler: (request: Request, context: CallContext) => Promise<Response>,
  onError: OnCallError,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const aborter = new AbortController();
    call.on('cancelled', () => {
      aborter.abort();
    });
    const context = {metadata: call.metadata, signal: aborter.signal, peer: call.getPeer()};
    run(async () => handler(call.request, context)).then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        callback(statusOf(call.getPath(), error, onError));
      },
    );
  };
}

/** Adapts an async function to a grpc-js server-streaming handler; the stream ends when it resolves. */
export function serverStream<Request, Response>(
  handler: (request: Request, context: CallContext, send: Send<Response>) => Promise<void>,
  onError: OnCallError,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    const {context, send} = streamParts<Response>(call);
    run(async () => handler(call.request, context, send)).then(
      () => {
        call.end();
      },
      (error: unknown) => {
        call.emit('error', statusOf(call.getPath(), error, onError));
      },
    );
  };
}

/** Adapts an async function to a grpc-js bidirectional handler; the stream ends when it resolves. */
export function bidi<Request, Response>(
  handler: (requests: AsyncIterable<Request>, context: CallContext, send: Send<Response>) => Promise<void>,
  onError: OnCallError,
): handleBidiStreamingCall<Request, Response> {
  return (call) => {
    const {context, send} = streamParts<Response>(call);
    run(async () => handler(requestsOf(call, context.signal), context, send)).then(
      () => {
        call.end();
      },
      (error: unknown) => {
        call.emit('error', statusOf(call.getPath(), error, onError));
      },
    );
  };
}

/**
 * What the client sends. Leaving the loop, also by a throw, must not destroy the stream as plain `for await` does:
 * the status is still to be sent on it, and without one the client waits until its deadline.
 */
async function* requestsOf<Request>(
  call: ServerDuplexStream<Request, unknown>,
  signal: AbortSignal,
): AsyncGenerator<Request> {
  try {
    yield* call.iterator({destroyOnReturn: false}) as AsyncIterable<Request>; // grpc-js decodes nothing else
  } catch (error) {
    throw signal.aborted ? peerLeft() : error;
  }
}

/** A synchronous throw becomes a rejection like any other. */
async function run<Result>(work: () => Promise<Result>): Promise<Result> {
  return work();
}

function streamParts<Response>(call: ServerWritableStream<unknown, Response> | ServerDuplexStream<unknown, Response>): {
  context: CallContext;
  send: Send<Response>;
} {
  const aborter = new AbortController();
  const stop = () => {
    aborter.abort();
  };
  call.on('cancelled', stop);
  call.on('close', stop);
  const send: Send<Response> = async (message) => {
    if (aborter.signal.aborted) throw peerLeft();
    if (call.write(message)) return;
    await new Promise<void>((resolve, reject) => {
      const gone = () => {
        call.off('drain', drained);
        reject(peerLeft());
      };
      const drained = () => {
        aborter.signal.removeEventListener('abort', gone);
        resolve();
      };
      call.once('drain', drained);
      aborter.signal.addEventListener('abort', gone, {once: true});
    });
  };
  return {context: {metadata: call.metadata, signal: aborter.signal, peer: call.getPeer()}, send};
}

/** Nothing to look into: a peer may leave at any time. */
function peerLeft(): WeirError {
  return new WeirError('CANCELLED', 'the peer left');
}

function statusOf(method: string, error: unknown, onError: OnCallError): Partial<ServerErrorResponse> {
  const code = errorCode(error);
  if (code === 'INTERNAL') onError(method, error);
  const metadata = new Metadata();
  metadata.set('weir-code', code);
  return {
    name: 'WeirError',
    code: status[ERRORS[code].grpc],
    message: publicMessage(error),
    details: publicMessage(error),
    metadata,
  };
}
