import type {IncomingHttpHeaders} from 'node:http';
import type {Socket} from 'node:net';
import {ByteParts} from '../../engine/dialect/byte-parts.ts';
import {WeirError} from '../../lib/errors.ts';
import {createBodyDecoder} from '../../lib/http1/body-decoder.ts';
import {bodyFraming, keepsConnection} from '../../lib/http1/framing.ts';
import {MalformedHead, parseHead} from '../../lib/http1/head.ts';
import {HeadReader, HeadTooLong} from '../../lib/http1/head-reader.ts';
import {HttpRequest} from './http-request.ts';
import {HttpResponder, type ResponderHost} from './http-responder.ts';
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

/** How long a caller may go on sending behind the last answer, so that it reads that answer instead of a reset. */
const LINGER_MS = 30_000;
/** How long it may be silent meanwhile. */
const QUIET_MS = 2_000;
/** How long a caller may read nothing at all of the last answer. */
const UNREAD_MS = 60_000;
const REQUEST_LINE = /^([A-Z][A-Z-]{0,19}) ([!-~\x80-\xff]+) HTTP\/1\.([01])$/;
const METHODS_WITHOUT_BODY = new Set(['GET', 'HEAD']);
const EMPTY = Buffer.alloc(0);
const LF = 0x0a;

/**
 * One connection of a caller: HTTP/1.1, read strictly.
 *
 * A request that two parsers could read in two ways is refused and ends the connection: what comes behind it may be
 * anybody's. Requests that are sent ahead wait for the answer to the one before. A caller that ends its side before
 * it has its answer has left: whoever goes away looks just the same, and nobody pays for an answer to nobody.
 */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #limits: ListenerLimits;
  readonly #host: ConnectionHost;
  readonly #responderHost: ResponderHost;
  readonly #head: HeadReader;
  /** What was sent ahead of the answer to the current request. */
  readonly #ahead = new ByteParts();
  #current: Current | undefined;
  /** No further request is taken: what still arrives is thrown away. */
  #isLeaving = false;
  /** When the head or request that is arriving began; when the connection became idle, or its last answer was sent. */
  #since = performance.now();
  #isFresh = true;
  /** Nothing is read until the caller has read its answers. */
  #isAwaitingReader = false;
  #isClosed = false;

  constructor(socket: Socket, limits: ListenerLimits, host: ConnectionHost) {
    this.#socket = socket;
    this.#limits = limits;
    this.#host = host;
    this.#head = new HeadReader(limits.headerBytes);
    this.#responderHost = {
      keepAliveMs: () => (host.isDraining() ? 0 : limits.keepAliveMs),
      onAnswered: (keeps) => {
        this.#answered(keeps);
      },
    };
    socket.on('data', (bytes: Buffer) => {
      this.#take(bytes);
    });
    socket.on('end', () => {
      this.#giveUp();
      this.#leave();
    });
    socket.on('error', () => {
      socket.destroy();
    });
    socket.on('close', () => {
      this.#isClosed = true;
      this.#giveUp();
      host.onClosed();
    });
  }

  /** Ends what takes too long to arrive. @param now as `performance.now()` counts. */
  checkTime(now: number): void {
    const {headersTimeoutMs, requestTimeoutMs, keepAliveMs} = this.#limits;
    const waitedMs = now - this.#since;
    if (this.#isLeaving) {
      if (waitedMs > LINGER_MS && this.#socket.writableLength === 0) this.#socket.destroy();
      return;
    }
    if (this.#current !== undefined) {
      if (this.#current.request.isComplete || waitedMs <= requestTimeoutMs) return;
      this.#since = now;
      this.#refuse(
        new WeirError('BODY_TIMEOUT', 'the request took too long to arrive; send it faster or make it smaller'),
        '408 Request Timeout',
      );
      return;
    }
    const isIdle = this.#head.size === 0 && !this.#isFresh;
    if (isIdle && waitedMs > keepAliveMs) this.#leave();
    else if (!isIdle && waitedMs > Math.min(headersTimeoutMs, requestTimeoutMs)) this.#bare('408 Request Timeout');
  }

  /** Ends the connection unless a request is under way. */
  endIfIdle(): void {
    if (this.#current === undefined && this.#head.size === 0 && this.#ahead.size === 0) this.#leave();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    if (this.#isLeaving || this.#isClosed) return;
    const current = this.#current;
    if (current === undefined && this.#ahead.size === 0 && !this.#socket.writableNeedDrain) {
      this.#takeHead(bytes);
    } else if (current?.request.isComplete === false) {
      this.#takeBody(current, bytes);
    } else if (this.#ahead.size + bytes.length > this.#limits.pipelinedBytes) {
      this.#socket.destroy();
    } else {
      this.#ahead.add(bytes);
      if (this.#socket.writableNeedDrain && current === undefined) this.#awaitReader();
    }
  }

  /** A caller that does not read its answers is asked for nothing more: each would be kept for it. */
  #awaitReader(): void {
    if (this.#isAwaitingReader) return;
    this.#isAwaitingReader = true;
    this.#socket.pause();
    this.#socket.once('drain', () => {
      this.#isAwaitingReader = false;
      this.#takeAhead();
    });
  }

  /** Takes what was sent ahead, and reads on where nothing of it waits, or what is asked for has to be watched over. */
  #takeAhead(): void {
    if (this.#isClosed || this.#isLeaving || this.#current !== undefined) return;
    const bytes = this.#ahead.bytes();
    this.#ahead.clear();
    if (bytes.length > 0) this.#take(bytes);
    if (this.#isAwaitingReader || this.#isBetween()) return;
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  /** One request has been answered, and the next is here already. */
  #isBetween(): boolean {
    return this.#current === undefined && this.#ahead.size > 0;
  }

  #takeHead(bytes: Buffer): void {
    const isFirst = this.#head.size === 0;
    if (isFirst && !this.#isFresh) this.#since = performance.now();
    try {
      // Another protocol, above all TLS, is told so at once: its peer waits for us.
      if (isFirst && !isUpperCase(bytes[0])) throw new MalformedHead('no method begins like that');
      const taken = this.#head.push(bytes);
      if (taken === -1) {
        const line = bytes.includes(LF) ? this.#head.firstLine() : undefined;
        if (line !== undefined && !REQUEST_LINE.test(line)) throw new MalformedHead('no request line');
        return;
      }
      const {startLine, headers} = parseHead(this.#head.text);
      this.#start(startLine, headers, bytes.subarray(taken));
    } catch (error) {
      if (!(error instanceof MalformedHead)) throw error;
      this.#bare(error instanceof HeadTooLong ? '431 Request Header Fields Too Large' : '400 Bad Request');
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
      awaitsContinue: version === '1.1' && headers.expect?.toLowerCase() === '100-continue',
      socket: this.#socket,
    });
    const answerTo = {method, version, keeps: keepsConnection(version, headers), request} as const;
    const responder = new HttpResponder(this.#socket, answerTo, this.#responderHost);
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
    this.#giveUp();
    this.#leave(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  }

  /** Nobody waits for the answer to the current request any more. */
  #giveUp(): void {
    const current = this.#current;
    this.#current = undefined;
    current?.request.gone();
    current?.responder.gone();
  }

  /** The answer is complete. @param keeps whether the next request may come. */
  #answered(keeps: boolean): void {
    this.#current = undefined;
    this.#since = performance.now();
    if (this.#isClosed || this.#isLeaving) return;
    if (!keeps || this.#host.isDraining()) {
      this.#leave();
      return;
    }
    if (this.#isBetween()) {
      this.#socket.pause();
      // Not at once: answers that need no wait would nest as deep as requests were sent ahead.
      queueMicrotask(() => {
        this.#takeAhead();
      });
    } else if (this.#socket.isPaused()) {
      // A body that was too much, and complete all the same, has stopped the reading.
      this.#socket.resume();
    }
  }

  /**
   * Takes no further request, and ends our side behind the last answer. Goes on reading for a while, so that the
   * caller finds that answer and no reset.
   */
  #leave(lastBytes = ''): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#since = performance.now();
    this.#ahead.clear();
    this.#head.clear();
    this.#socket.end(lastBytes, 'latin1', () => {
      this.#since = performance.now();
      this.#socket.setTimeout(QUIET_MS);
    });
    this.#socket.setTimeout(UNREAD_MS, () => {
      this.#socket.destroy();
    });
    this.#socket.resume();
  }
}

function isUpperCase(code: number | undefined): boolean {
  return code !== undefined && code >= 0x41 && code <= 0x5a;
}
