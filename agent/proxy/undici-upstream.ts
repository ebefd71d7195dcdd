import type {IncomingHttpHeaders} from 'node:http';
import {type Dispatcher, errors, Pool} from 'undici';
import {WeirError} from '../../lib/errors.ts';
import type {UpstreamClient, UpstreamRequest, UpstreamResponse, UpstreamSink} from './upstream.ts';

/** Connections to one origin; further requests wait for one of them. */
const MAX_CONNECTIONS = 1_024;

/** Speaks HTTP/1.1 to providers over pools of kept connections, one pool an origin. */
export function createUndiciUpstream(): UpstreamClient {
  const pools = new Map<string, Pool>();
  const poolOf = ({origin, connectTimeoutMs}: UpstreamRequest): Pool => {
    const key = `${origin} ${connectTimeoutMs}`;
    let pool = pools.get(key);
    if (pool === undefined) {
      pool = new Pool(origin, {
        connections: MAX_CONNECTIONS,
        allowH2: false,
        connect: {timeout: connectTimeoutMs},
      });
      pools.set(key, pool);
    }
    return pool;
  };
  return {
    send: async (request, signal) => {
      signal.throwIfAborted();
      return new Promise((resolve, reject) => {
        const call = new UpstreamCall(resolve, reject, signal);
        poolOf(request).dispatch(
          {
            method: request.method,
            path: request.path,
            headers: request.headers,
            body: request.body ?? null,
            headersTimeout: request.firstByteTimeoutMs,
            bodyTimeout: request.idleTimeoutMs,
          },
          call,
        );
      });
    },
    close: async () => {
      await Promise.all([...pools.values()].map(async (pool) => pool.destroy()));
      pools.clear();
    },
  };
}

/** One dispatched request, and the response to it once its head has arrived. */
class UpstreamCall implements Dispatcher.DispatchHandler, UpstreamResponse {
  status = 0;
  headers: IncomingHttpHeaders = {};
  readonly #resolve: (response: UpstreamResponse) => void;
  readonly #reject: (error: unknown) => void;
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #sink: UpstreamSink | undefined;
  /** What arrived before the sink was there: at most one read of the socket. */
  #early: Buffer[] = [];
  #ended: 'open' | 'ended' | WeirError = 'open';
  #isAborted = false;

  constructor(resolve: (response: UpstreamResponse) => void, reject: (error: unknown) => void, signal: AbortSignal) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    this.#onAbort = () => {
      this.#reject(signal.reason);
      this.abort();
    };
    signal.addEventListener('abort', this.#onAbort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isAborted) controller.abort(new Error('given up before it was sent'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
    this.#resolve(this);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#sink === undefined) this.#early.push(chunk);
    else this.#sink.data(chunk);
  }

  onResponseEnd(): void {
    this.#settle('ended');
    this.#sink?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const failure = this.#isAborted ? cancelled() : upstreamError(error);
    this.#settle(failure);
    this.#reject(failure);
    this.#sink?.fail(failure);
  }

  read(sink: UpstreamSink): void {
    const early = this.#early;
    this.#early = [];
    this.#sink = sink;
    for (const chunk of early) sink.data(chunk);
    if (this.#ended === 'ended') sink.end();
    else if (this.#ended !== 'open') sink.fail(this.#ended);
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  abort(): void {
    if (this.#isAborted || this.#ended !== 'open') return;
    this.#isAborted = true;
    this.#controller?.abort(new Error('given up'));
  }

  #settle(how: 'ended' | WeirError): void {
    this.#ended = how;
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}

function cancelled(): WeirError {
  return new WeirError('CANCELLED', 'the call of the provider was given up');
}

function upstreamError(cause: Error): WeirError {
  const code = 'code' in cause ? cause.code : undefined;
  if (cause instanceof errors.HeadersTimeoutError) {
    return new WeirError('UPSTREAM_TIMEOUT', 'the provider did not answer in time; try again', {cause});
  }
  if (cause instanceof errors.BodyTimeoutError) {
    return new WeirError('UPSTREAM_TIMEOUT', 'the provider stopped in the middle of its answer', {cause});
  }
  if (code === 'HPE_INVALID_CONSTANT' || cause.name === 'HTTPParserError') {
    return new WeirError('UPSTREAM_INVALID', 'the provider did not answer in well-formed HTTP/1.1', {cause});
  }
  return new WeirError('UPSTREAM_UNREACHABLE', 'the provider cannot be reached or closed the connection; try again', {
    cause,
  });
}
