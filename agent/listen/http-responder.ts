import {STATUS_CODES} from 'node:http';
import type {Socket} from 'node:net';
import {headerLines} from '../../lib/http1/head.ts';
import type {HttpRequest} from './http-request.ts';
import type {OutboundHeaders, Responder} from './listener.ts';

/** Larger bodies are not copied behind their head. */
const MAX_JOINED_BYTES = 64 * 1024;
const LAST_CHUNK = '0\r\n\r\n';

/** What the request says of its answer. */
interface AnswerTo {
  method: string;
  version: '1.0' | '1.1';
  /** The caller keeps the connection behind the answer. */
  keeps: boolean;
  request: HttpRequest;
}

/** What an answer has to do with its connection. */
export interface ResponderHost {
  /** How long the connection is kept behind an answer that is given now; 0 where it ends with it. */
  readonly keepAliveMs: () => number;
  /** The answer has been handed over to its last byte. @param keeps whether the connection is kept behind it. */
  readonly onAnswered: (keeps: boolean) => void;
}

/** Answers one request on its connection. */
export class HttpResponder implements Responder {
  readonly #socket: Socket;
  readonly #to: AnswerTo;
  readonly #host: ResponderHost;
  /** A head that has been handed over and not written. */
  #head = '';
  #headSent = false;
  #keeps = false;
  #hasBody = true;
  #isChunked = false;
  #isOver = false;
  #isGone = false;
  #onGone: (() => void) | undefined;

  constructor(socket: Socket, to: AnswerTo, host: ResponderHost) {
    this.#socket = socket;
    this.#to = to;
    this.#host = host;
  }

  get headSent(): boolean {
    return this.#headSent;
  }

  onGone(listener: () => void): void {
    this.#onGone = listener;
    if (this.#isGone) listener();
  }

  /** The caller has left; of no meaning once the answer is over. */
  gone(): void {
    if (this.#isOver || this.#isGone) return;
    this.#isGone = true;
    this.#onGone?.();
  }

  interim(): void {
    const isPossible = !this.#headSent && !this.#isGone && this.#to.version === '1.1';
    if (isPossible) this.#socket.write('HTTP/1.1 102 Processing\r\n\r\n');
  }

  head(status: number, headers: OutboundHeaders): void {
    if (this.#isGone || this.#headSent) return;
    const isChunked = this.#to.version === '1.1';
    this.#setHead(status, headers, isChunked ? 'transfer-encoding: chunked\r\n' : '', isChunked);
    this.#isChunked = isChunked && this.#hasBody;
  }

  flush(): void {
    if (this.#isGone || this.#head === '') return;
    this.#socket.write(this.#head, 'latin1');
    this.#head = '';
  }

  write(bytes: Buffer): boolean {
    if (this.#isGone || bytes.length === 0 || !this.#hasBody) return true;
    return this.#send(bytes, '');
  }

  async drained(): Promise<void> {
    const socket = this.#socket;
    if (this.#isGone || !socket.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }

  end(bytes?: Buffer): void {
    if (this.#isGone || this.#isOver) return;
    const last = this.#isChunked ? LAST_CHUNK : '';
    if (this.#hasBody) this.#send(bytes ?? Buffer.alloc(0), last);
    else this.flush();
    this.#finish();
  }

  answer(status: number, headers: OutboundHeaders, body: Buffer): void {
    if (this.#isGone || this.#headSent) return;
    this.#setHead(status, headers, `content-length: ${body.length}\r\n`, true);
    if (this.#hasBody) this.#send(body, '');
    else this.flush();
    this.#finish();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #setHead(status: number, headers: OutboundHeaders, framing: string, isDelimited: boolean): void {
    const keepAliveMs = this.#to.keeps ? this.#host.keepAliveMs() : 0;
    // Whatever was said of a body, none may follow these: it would be taken for the next answer.
    const isBare = status === 204 || status === 304;
    this.#headSent = true;
    this.#hasBody = !isBare && this.#to.method !== 'HEAD';
    this.#keeps = (isDelimited || isBare) && keepAliveMs > 0 && this.#to.request.isComplete;
    const connection = this.#keeps
      ? `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(keepAliveMs / 1_000)}\r\n`
      : 'connection: close\r\n';
    const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`;
    this.#head = `${line}${headerLines(headers)}date: ${httpDate()}\r\n${connection}${isBare ? '' : framing}\r\n`;
  }

  /** Writes what waits of the head, then bytes in the framing of the answer, in one go. */
  #send(bytes: Buffer, after: string): boolean {
    const frames = this.#isChunked && bytes.length > 0;
    const before = frames ? `${this.#head}${bytes.length.toString(16)}\r\n` : this.#head;
    const behind = frames ? `\r\n${after}` : after;
    this.#head = '';
    if (bytes.length > MAX_JOINED_BYTES) {
      this.#socket.cork();
      if (before !== '') this.#socket.write(before, 'latin1');
      const hasRoom = this.#socket.write(bytes);
      if (behind !== '') this.#socket.write(behind, 'latin1');
      this.#socket.uncork();
      return hasRoom;
    }
    if (before === '' && behind === '') return this.#socket.write(bytes);
    const all = Buffer.allocUnsafe(before.length + bytes.length + behind.length);
    all.write(before, 0, 'latin1');
    all.set(bytes, before.length);
    if (behind !== '') all.write(behind, before.length + bytes.length, 'latin1');
    return this.#socket.write(all);
  }

  #finish(): void {
    this.#isOver = true;
    this.#host.onAnswered(this.#keeps);
  }
}

let dateAt = -1;
let dateText = '';

/** The time of day as HTTP writes it, made once a second. */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1_000);
  if (second !== dateAt) {
    dateAt = second;
    dateText = new Date(second * 1_000).toUTCString();
  }
  return dateText;
}
