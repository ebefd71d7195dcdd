import type {ServerResponse} from 'node:http';
import type {HttpRequest} from './http-request.ts';
import type {OutboundHeaders, Responder} from './listener.ts';

/** How long a refused caller may go on sending, so that it reads the refusal instead of a reset. */
const LINGER_MS = 1_000;

/** Answers through `node:http`. */
export class HttpResponder implements Responder {
  readonly #request: HttpRequest;
  readonly #response: ServerResponse;
  readonly #isLast: boolean;
  #gone: (() => void) | undefined;
  #isClosed = false;

  /** @param isLast the connection takes no request after this one. */
  constructor(request: HttpRequest, response: ServerResponse, isLast: boolean) {
    this.#request = request;
    this.#response = response;
    this.#isLast = isLast;
    response.on('close', () => {
      this.#isClosed = true;
      if (!response.writableFinished) this.#gone?.();
    });
    response.on('error', () => {
      response.destroy();
    });
  }

  get headSent(): boolean {
    return this.#response.headersSent;
  }

  /** An answer has begun and is not complete. */
  get isOpen(): boolean {
    return this.#response.headersSent && !this.#response.writableFinished;
  }

  onGone(listener: () => void): void {
    this.#gone = listener;
    if (this.#isClosed && !this.#response.writableFinished) listener();
  }

  interim(): void {
    if (!this.#isClosed && !this.headSent) this.#response.writeProcessing();
  }

  head(status: number, headers: OutboundHeaders): void {
    if (this.#isClosed) return;
    this.#writeHead(status, headers);
  }

  flush(): void {
    if (!this.#isClosed) this.#response.flushHeaders();
  }

  write(bytes: Buffer): boolean {
    return this.#isClosed || this.#response.write(bytes);
  }

  async drained(): Promise<void> {
    const response = this.#response;
    if (this.#isClosed || !response.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        response.off('drain', done);
        response.off('close', done);
        resolve();
      };
      response.on('drain', done);
      response.on('close', done);
    });
  }

  end(bytes?: Buffer): void {
    if (this.#isClosed) return;
    if (bytes === undefined) this.#response.end();
    else this.#response.end(bytes);
  }

  answer(status: number, headers: OutboundHeaders, body: Buffer): void {
    if (this.#isClosed) return;
    const hasUnreadBody = this.#request.hasUnreadBody;
    headers['content-length'] = String(body.length);
    this.#writeHead(status, headers);
    if (!hasUnreadBody || this.#request.method === 'HEAD') {
      this.#response.end(body);
      return;
    }
    // The answer is complete with these bytes; the connection stays until the caller has stopped sending.
    this.#response.write(body);
    this.#request.discard(LINGER_MS, () => {
      this.#response.end();
    });
  }

  destroy(): void {
    this.#response.destroy();
  }

  #writeHead(status: number, headers: OutboundHeaders): void {
    if (this.#isLast || this.#request.hasUnreadBody) headers['connection'] = 'close';
    this.#response.writeHead(status, headers as Record<string, string | string[]>); // node only reads them
  }
}
