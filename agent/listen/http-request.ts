import type {IncomingHttpHeaders} from 'node:http';
import type {Socket} from 'node:net';
import {ByteParts} from '../../engine/dialect/byte-parts.ts';
import {WeirError} from '../../lib/errors.ts';
import type {BodyDecoder} from '../../lib/http1/body-decoder.ts';
import type {InboundRequest} from './listener.ts';

/** What arrives before anybody asks for the body; more waits in the network. */
const MAX_EARLY_BYTES = 64 * 1024;

/** Whoever waits for the body. */
interface Reader {
  limitBytes: number;
  onBytes: ((bytes: number) => void) | undefined;
  resolve: (bytes: Buffer) => void;
  reject: (error: WeirError) => void;
}

/** A request whose head has arrived. */
export class HttpRequest implements InboundRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly clientAddress: string;
  readonly #socket: Socket;
  readonly #decoder: BodyDecoder;
  readonly #statedBytes: number | undefined;
  #parts: ByteParts | undefined;
  #reader: Reader | undefined;
  #isGone = false;
  #awaitsContinue: boolean;

  constructor(options: {
    method: string;
    target: string;
    headers: IncomingHttpHeaders;
    clientAddress: string;
    decoder: BodyDecoder;
    /** Of the body; undefined where it comes in chunks. */
    statedBytes: number | undefined;
    /** The caller waits for `100 Continue` before it sends its body. */
    awaitsContinue: boolean;
    socket: Socket;
  }) {
    const {method, target, headers, clientAddress, decoder, statedBytes, awaitsContinue, socket} = options;
    const mark = target.indexOf('?');
    const path = mark === -1 ? target : target.slice(0, mark);
    this.method = method;
    this.path = path.startsWith('//') ? path.slice(1) : path;
    this.query = mark === -1 ? '' : target.slice(mark + 1);
    this.headers = headers;
    this.clientAddress = clientAddress;
    this.#decoder = decoder;
    this.#statedBytes = statedBytes;
    this.#socket = socket;
    this.#awaitsContinue = awaitsContinue;
  }

  /** The last byte of the body has arrived. */
  get isComplete(): boolean {
    return this.#decoder.isDone;
  }

  /**
   * Takes bytes of the connection; returns how many were this request's.
   *
   * @throws MalformedHead where the body is not framed as it should be.
   */
  push(bytes: Buffer): number {
    const taken = this.#decoder.push(bytes, this.#add);
    if (this.#decoder.isDone) this.#complete();
    else if (this.#reader === undefined && (this.#parts?.size ?? 0) > MAX_EARLY_BYTES) this.#socket.pause();
    return taken;
  }

  /** Ends the wait for the body; false where nobody waits. */
  fail(error: WeirError): boolean {
    const reader = this.#reader;
    if (reader === undefined) return false;
    this.#reader = undefined;
    this.#parts = undefined;
    this.#socket.pause();
    reader.reject(error);
    return true;
  }

  /** The caller has left. */
  gone(): void {
    this.#isGone = true;
    if (this.isComplete) return;
    this.#reader?.reject(callerLeft());
    this.#reader = undefined;
  }

  async body(limitBytes: number, onBytes?: (bytes: number) => void): Promise<Buffer> {
    if (this.#statedBytes !== undefined && this.#statedBytes > limitBytes) throw tooLarge(limitBytes);
    if (this.#isGone && !this.isComplete) throw callerLeft();
    const early = this.#parts;
    if (early !== undefined && early.size > limitBytes) throw tooLarge(limitBytes);
    if (early !== undefined) onBytes?.(early.size);
    if (this.isComplete) return this.#bytes();
    if (this.#awaitsContinue) {
      this.#awaitsContinue = false;
      this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    }
    return new Promise((resolve, reject) => {
      this.#reader = {limitBytes, onBytes, resolve, reject};
      if (this.#socket.isPaused()) this.#socket.resume();
    });
  }

  readonly #add = (part: Buffer): void => {
    this.#parts ??= new ByteParts();
    const reader = this.#reader;
    if (reader === undefined) {
      this.#parts.add(part);
      return;
    }
    if (this.#parts.size + part.length > reader.limitBytes) {
      this.fail(tooLarge(reader.limitBytes));
      return;
    }
    try {
      reader.onBytes?.(part.length);
    } catch (error) {
      this.fail(error as WeirError); // onBytes throws nothing else
      return;
    }
    this.#parts.add(part);
  };

  #complete(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.resolve(this.#bytes());
  }

  #bytes(): Buffer {
    const bytes = this.#parts?.bytes() ?? Buffer.alloc(0);
    this.#parts = undefined;
    return bytes;
  }
}

function tooLarge(limitBytes: number): WeirError {
  return new WeirError('BODY_TOO_LARGE', `the request body is larger than the ${limitBytes} bytes this provider takes`);
}

function callerLeft(): WeirError {
  return new WeirError('CANCELLED', 'the caller left before its request was complete');
}
