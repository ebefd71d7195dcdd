import type {IncomingHttpHeaders} from 'node:http';
import type {Socket} from 'node:net';
import {ByteParts} from '../../engine/dialect/byte-parts.ts';
import {WeirError} from '../../lib/errors.ts';
import {createBodyDecoder} from '../../lib/http1/body-decoder.ts';
import {bodyFraming, keepsConnection} from '../../lib/http1/framing.ts';
import {HEAD_END, MalformedHead, parseHead} from '../../lib/http1/head.ts';
import {HttpRequest} from './http-request.ts';
import {HttpResponder} from './http-responder.ts';
import type {ListenerLimits} from './limits.ts';
import type {ExchangeHandler} from './listener.ts';

/** What a connection has to do with its listener. */
interface ConnectionHost {
  readonly handler: ExchangeHandler;
  readonly isDraining: () => boolean;
  readonly onClosed: () => void;
}

/** The request that is being answered. */
interface Current {
  request: HttpRequest;
  responder: HttpResponder;
}

/** How long a refused caller may go on sending, so that it reads the refusal instead of a reset. */
const LINGER_MS = 1_000;
const REQUEST_LINE = /^([A-Z][A-Z-]{0,19}) ([!-~\x80-\xff]+) HTTP\/1\.([01])$/;
const METHODS_WITHOUT_BODY = new Set(['GET', 'HEAD']);
const EMPTY = Buffer.alloc(0);
const LF = 0x0a;

/**
 * One connection of a caller: HTTP/1.1, read strictly.
 *
 * A request that two parsers could read in two ways is refused and ends the connection: what comes behind it may be
 * anybody's. Requests that are sent ahead wait for the answer to the one before.
 */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #limits: ListenerLimits;
  readonly #host: ConnectionHost;
  /** Not taken yet: a head that is not complete, or what was sent ahead of the answer. */
  readonly #ahead = new ByteParts();
  #current: Current | undefined;
  /** The last answer has been given: what still arrives is thrown away. */
  #isLeaving = false;
  /** When the head or request that is arriving began; when the connection became idle. */
  #since = performance.now();
  #isFresh = true;
  #isClosed = false;

  constructor(socket: Socket, limits: ListenerLimits, host: ConnectionHost) {
    this.#socket = socket;
    this.#limits = limits;
    this.#host = host;
    socket.on('data', (bytes: Buffer) => {
      this.#take(bytes);
    });
    socket.on('end', () => {
      this.#current?.responder.gone();
    });
    socket.on('error', () => {
      socket.destroy();
    });
    socket.on('close', () => {
      this.#isClosed = true;
      const current = this.#current;
      current?.request.gone();
      current?.responder.gone();
      host.onClosed();
    });
  }

  /** Ends what takes too long to arrive. @param now as `performance.now()` counts. */
  checkTime(now: number): void {
    const {headersTimeoutMs, requestTimeoutMs, keepAliveMs} = this.#limits;
    const waitedMs = now - this.#since;
    if (this.#isLeaving) return;
    if (this.#current !== undefined) {
      if (this.#current.request.isComplete || waitedMs <= requestTimeoutMs) return;
      this.#refuse(
        new WeirError('BODY_TIMEOUT', 'the request took too long to arrive; send it faster or make it smaller'),
        '408 Request Timeout',
      );
      return;
    }
    const isIdle = this.#ahead.size === 0 && !this.#isFresh;
    if (isIdle && waitedMs > keepAliveMs) this.#socket.destroySoon();
    else if (!isIdle && waitedMs > Math.min(headersTimeoutMs, requestTimeoutMs)) this.#bare('408 Request Timeout');
  }

  /** Ends the connection unless a request is under way. */
  endIfIdle(): void {
    if (this.#current === undefined && this.#ahead.size === 0) this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    if (this.#isLeaving || this.#isClosed) return;
    const current = this.#current;
    if (current === undefined) {
      if (this.#ahead.size === 0 && !this.#isFresh) this.#since = performance.now();
      this.#ahead.add(bytes);
      // A head that comes byte by byte is put together once a line, not once a byte.
      if (bytes.includes(LF) || this.#ahead.size > this.#limits.headerBytes) this.#readHead();
      return;
    }
    if (!current.request.isComplete) {
      this.#takeBody(current, bytes);
      return;
    }
    if (this.#ahead.size + bytes.length > this.#limits.pipelinedBytes) this.#socket.destroy();
    else this.#ahead.add(bytes);
  }

  #readHead(): void {
    const bytes = this.#ahead.bytes();
    this.#ahead.clear();
    const {headerBytes} = this.#limits;
    const end = bytes.indexOf(HEAD_END);
    if (end > headerBytes || (end === -1 && bytes.length > headerBytes)) {
      this.#bare('431 Request Header Fields Too Large');
      return;
    }
    if (end === -1) {
      this.#ahead.add(bytes);
      // What cannot become a head is refused as soon as it shows.
      if (!mayBecomeHead(bytes)) this.#bare('400 Bad Request');
      return;
    }
    try {
      const {startLine, headers} = parseHead(bytes.toString('latin1', 0, end));
      this.#start(startLine, headers, bytes.subarray(end + HEAD_END.length));
    } catch (error) {
      if (!(error instanceof MalformedHead)) throw error;
      this.#bare('400 Bad Request');
    }
  }

  #start(startLine: string, headers: IncomingHttpHeaders, rest: Buffer): void {
    const [, method = '', target = '', minor] = REQUEST_LINE.exec(startLine) ?? [];
    const version = minor === '0' ? '1.0' : '1.1';
    if (method === '') throw new MalformedHead('the first line is no request line');
    if (version === '1.1' && headers.host === undefined) throw new MalformedHead('there is no host header');
    if (version === '1.0' && headers['transfer-encoding'] !== undefined) throw new MalformedHead('chunks in HTTP/1.0');
    const framing = bodyFraming(headers) ?? 0;
    if (framing !== 0 && METHODS_WITHOUT_BODY.has(method)) throw new MalformedHead(`a body in a ${method} request`);
    this.#isFresh = false;
    const request = new HttpRequest({
      method,
      target,
      headers,
      clientAddress: this.#socket.remoteAddress ?? '',
      decoder: createBodyDecoder(framing, 'refuse'),
      statedBytes: typeof framing === 'number' ? framing : undefined,
      socket: this.#socket,
    });
    const isLast = this.#host.isDraining() || !keepsConnection(version, headers);
    const keepAliveMs = isLast ? 0 : this.#limits.keepAliveMs;
    const responder: HttpResponder = new HttpResponder(
      this.#socket,
      {method, version, keepAliveMs},
      request,
      (keeps) => {
        this.#answered(keeps);
      },
    );
    const current = {request, responder};
    this.#current = current;
    if (rest.length > 0) this.#takeBody(current, rest);
    // What came with the head broke the connection.
    if (this.#current !== current) return;
    if (method === 'HEAD' && request.path === '/') responder.answer(200, {}, EMPTY);
    else this.#host.handler(request, responder);
  }

  #takeBody({request}: Current, bytes: Buffer): void {
    let taken: number;
    try {
      taken = request.push(bytes);
    } catch (error) {
      if (!(error instanceof MalformedHead)) throw error;
      this.#refuse(new WeirError('BODY_UNREADABLE', 'the request is not well-formed HTTP/1.1'), '400 Bad Request');
      return;
    }
    if (taken < bytes.length) this.#take(bytes.subarray(taken));
  }

  /** Where the exchange waits for its body it answers itself, in the provider's shape; else a bare status is all there is. */
  #refuse(error: WeirError, status: string): void {
    const current = this.#current;
    if (current?.request.fail(error) === true) return;
    if (current?.responder.headSent === true) this.#socket.destroy();
    else this.#bare(status);
  }

  #bare(status: string): void {
    const current = this.#current;
    this.#current = undefined;
    this.#ahead.clear();
    this.#socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    this.#linger(() => false);
    current?.request.gone();
    current?.responder.gone();
  }

  /** The answer is complete. @param keeps whether the next request may come. */
  #answered(keeps: boolean): void {
    const current = this.#current;
    this.#current = undefined;
    this.#since = performance.now();
    if (this.#isClosed) return;
    if (current?.request.isComplete !== true) {
      // The caller reads an early answer once it has stopped sending.
      this.#linger((bytes) => current === undefined || current.request.discard(bytes));
    } else if (!keeps || this.#host.isDraining()) {
      this.#socket.destroySoon();
    } else if (this.#ahead.size > 0) {
      // Not at once: answers that need no wait would nest as deep as requests were sent ahead.
      queueMicrotask(() => {
        if (this.#current === undefined && !this.#isClosed) this.#readHead();
      });
    }
  }

  /**
   * Goes on reading for a while, so that the caller finds the answer and no reset; then closes.
   *
   * @param isLast given what still arrives; true where nothing more will.
   */
  #linger(isLast: (bytes: Buffer) => boolean): void {
    const socket = this.#socket;
    this.#isLeaving = true;
    const timer = setTimeout(() => {
      socket.destroy();
    }, LINGER_MS);
    socket.once('close', () => {
      clearTimeout(timer);
    });
    socket.on('data', (bytes: Buffer) => {
      if (isLast(bytes)) socket.destroySoon();
    });
    socket.resume();
  }
}

/** Whether bytes may be the start of a request: a request line behind which every line ends as it should. */
function mayBecomeHead(bytes: Buffer): boolean {
  const text = bytes.toString('latin1');
  const lineEnd = text.indexOf('\r\n');
  return lineEnd !== -1 && REQUEST_LINE.test(text.slice(0, lineEnd)) && !/(?<!\r)\n/.test(text);
}
