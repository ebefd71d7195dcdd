import type {IncomingHttpHeaders, IncomingMessage, ServerResponse} from 'node:http';
import {ByteParts} from '../../engine/dialect/byte-parts.ts';
import {WeirError} from '../../lib/errors.ts';
import type {InboundRequest} from './listener.ts';

/** A request read by `node:http`. */
export class HttpRequest implements InboundRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly clientAddress: string;
  readonly #message: IncomingMessage;
  /** Set while the caller waits for `100 Continue` before it sends its body. */
  #continueTo: ServerResponse | undefined;
  #fail: ((error: WeirError) => void) | undefined;

  constructor(message: IncomingMessage, continueTo: ServerResponse | undefined) {
    const target = message.url ?? '/';
    const mark = target.indexOf('?');
    const path = mark === -1 ? target : target.slice(0, mark);
    this.method = message.method ?? 'GET';
    this.path = path.startsWith('//') ? path.slice(1) : path;
    this.query = mark === -1 ? '' : target.slice(mark + 1);
    this.headers = message.headers;
    this.clientAddress = message.socket.remoteAddress ?? '';
    this.#message = message;
    this.#continueTo = continueTo;
  }

  /** The body was not read to its end: the connection cannot take another request. */
  get hasUnreadBody(): boolean {
    if (this.#continueTo !== undefined) return true;
    if (this.#message.complete) return false;
    const length = this.headers['content-length'];
    return this.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
  }

  /** Ends the wait for the body; false where nobody waits. */
  fail(error: WeirError): boolean {
    if (this.#fail === undefined) return false;
    this.#fail(error);
    return true;
  }

  /** Throws away what still arrives, until the body ends or the time is over. */
  discard(withinMs: number, then: () => void): void {
    const message = this.#message;
    const timer = setTimeout(done, withinMs);
    function done() {
      clearTimeout(timer);
      message.off('end', done);
      message.off('close', done);
      then();
    }
    message.on('end', done);
    message.on('close', done);
    message.resume();
  }

  async body(limitBytes: number, onBytes?: (bytes: number) => void): Promise<Buffer> {
    const stated = this.headers['content-length'];
    if (stated !== undefined && Number(stated) > limitBytes) throw tooLarge(limitBytes);
    const message = this.#message;
    if (message.destroyed && !message.complete) throw callerLeft();
    this.#continueTo?.writeContinue();
    this.#continueTo = undefined;
    return new Promise((resolve, reject) => {
      const parts = new ByteParts();
      const settle = () => {
        message.off('data', take);
        message.off('end', complete);
        message.off('close', gone);
        this.#fail = undefined;
      };
      const fail = (error: WeirError) => {
        settle();
        message.pause();
        reject(error);
      };
      const take = (chunk: Buffer) => {
        if (parts.size + chunk.length > limitBytes) {
          fail(tooLarge(limitBytes));
          return;
        }
        try {
          onBytes?.(chunk.length);
          parts.add(chunk);
        } catch (error) {
          fail(error as WeirError); // onBytes throws nothing else
        }
      };
      const complete = () => {
        settle();
        resolve(parts.bytes());
      };
      const gone = () => {
        fail(callerLeft());
      };
      this.#fail = fail;
      message.on('data', take);
      message.on('end', complete);
      message.on('close', gone);
    });
  }
}

function tooLarge(limitBytes: number): WeirError {
  return new WeirError('BODY_TOO_LARGE', `the request body is larger than the ${limitBytes} bytes this provider takes`);
}

function callerLeft(): WeirError {
  return new WeirError('CANCELLED', 'the caller left before its request was complete');
}
