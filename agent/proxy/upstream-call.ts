import type {IncomingHttpHeaders} from 'node:http';
import type {Cancellation} from '../../lib/cancellation.ts';
import {WeirError} from '../../lib/errors.ts';
import type {UpstreamRequest, UpstreamResponse, UpstreamSink} from './upstream.ts';

/** What a call asks of the connection it runs on. */
export interface CallTransport {
  readonly pause: () => void;
  readonly resume: () => void;
  /** The call is given up before its end: the connection is of no further use. */
  readonly cut: () => void;
}

/** One request, and the response to it once its head has arrived. */
export class UpstreamCall implements UpstreamResponse {
  status = 0;
  headers: IncomingHttpHeaders = {};
  readonly request: UpstreamRequest;
  readonly promise: Promise<UpstreamResponse>;
  /** Set while the call has a connection. */
  transport: CallTransport | undefined;
  #resolve!: (response: UpstreamResponse) => void;
  #reject!: (error: unknown) => void;
  readonly #cancellation: Cancellation;
  #sink: UpstreamSink | undefined;
  /** What arrived before the sink was there: at most one read of the socket. */
  #early: Buffer[] | undefined;
  #hasHead = false;
  #ended: 'ended' | WeirError | undefined;

  constructor(request: UpstreamRequest, cancellation: Cancellation) {
    this.request = request;
    this.#cancellation = cancellation;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    cancellation.onCancel(() => {
      this.#reject(cancellation.reason);
      this.abort();
    });
  }

  get isOver(): boolean {
    return this.#ended !== undefined;
  }

  get hasHead(): boolean {
    return this.#hasHead;
  }

  head(status: number, headers: IncomingHttpHeaders): void {
    this.#hasHead = true;
    this.status = status;
    this.headers = headers;
    this.#resolve(this);
  }

  /** @param chunk owned by the call from now on. */
  data(chunk: Buffer): void {
    if (this.#sink !== undefined) this.#sink.data(chunk);
    else if (this.#early === undefined) this.#early = [chunk];
    else this.#early.push(chunk);
  }

  end(): void {
    if (this.#ended !== undefined) return;
    this.#settle('ended');
    this.#sink?.end();
  }

  fail(error: WeirError): void {
    if (this.#ended !== undefined) return;
    this.#settle(error);
    this.#reject(error);
    this.#sink?.fail(error);
  }

  read(sink: UpstreamSink): void {
    this.#sink = sink;
    const early = this.#early;
    this.#early = undefined;
    if (early !== undefined) for (const chunk of early) sink.data(chunk);
    if (this.#ended === 'ended') sink.end();
    else if (this.#ended !== undefined) sink.fail(this.#ended);
  }

  pause(): void {
    this.transport?.pause();
  }

  resume(): void {
    this.transport?.resume();
  }

  abort(): void {
    if (this.#ended !== undefined) return;
    const {transport} = this;
    this.fail(new WeirError('CANCELLED', 'the call of the provider was given up'));
    transport?.cut();
  }

  #settle(how: 'ended' | WeirError): void {
    this.#ended = how;
    this.#cancellation.onCancel(undefined);
  }
}
