import {connect as connectTcp, isIP, type Socket, type TcpNetConnectOpts} from 'node:net';
import {connect as connectTls} from 'node:tls';
import type {Deadlines, Timed} from '../../lib/deadlines.ts';
import {WeirError} from '../../lib/errors.ts';
import {type BodyDecoder, createBodyDecoder, UNTIL_CLOSE} from '../../lib/http1/body-decoder.ts';
import {bodyFraming, keepsConnection} from '../../lib/http1/framing.ts';
import {headerLines, MalformedHead, parseHead} from '../../lib/http1/head.ts';
import {HeadReader} from '../../lib/http1/head-reader.ts';
import type {CallTransport, UpstreamCall} from './upstream-call.ts';

/** Where a connection leads. */
export interface UpstreamOrigin {
  isTls: boolean;
  host: string;
  port: number;
  /** As it stands in the `host` header. */
  authority: string;
}

const MAX_HEAD_BYTES = 64 * 1024;
const READ_BYTES = 64 * 1024;
/** Larger bodies are not copied behind their head. */
const MAX_JOINED_BYTES = 64 * 1024;
/** An idle connection of a provider that does not say how long it keeps it. */
const IDLE_MS = 4_000;
const MAX_IDLE_MS = 600_000;

/** Every socket reads into this one: what is kept of a read is copied before the next. */
const READ_BUFFER = Buffer.allocUnsafeSlow(READ_BYTES);

/** What the pool wants to know. */
interface ConnectionEvents {
  /** Can be used from now on; `onFree` follows. */
  readonly onConnected: () => void;
  /** Connected, or done with a call: takes the next one. */
  readonly onFree: (connection: UpstreamConnection) => void;
  /** Of no further use. @param failure why it never came to be; undefined where it did. */
  readonly onClosed: (connection: UpstreamConnection, failure: WeirError | undefined) => void;
}

/** A connection to a provider, for one call after the other: HTTP/1.1, read strictly. */
export class UpstreamConnection implements CallTransport, Timed {
  deadline = Infinity;
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #authority: string;
  #call: UpstreamCall | undefined;
  readonly #head = new HeadReader(MAX_HEAD_BYTES);
  #body: BodyDecoder | undefined;
  #isConnected = false;
  #isKept = false;
  #idleMs = IDLE_MS;
  readonly #deadlines: Deadlines;
  #readAt = 0;
  #isClosed = false;

  constructor(
    origin: UpstreamOrigin,
    connectTimeoutMs: number,
    options: {events: ConnectionEvents; deadlines: Deadlines},
  ) {
    const {events, deadlines} = options;
    this.#events = events;
    this.#deadlines = deadlines;
    this.#authority = origin.authority;
    const {host, port} = origin;
    const onread = {
      buffer: READ_BUFFER,
      callback: (count: number): boolean => {
        this.#take(READ_BUFFER.subarray(0, count));
        return true;
      },
    };
    const address: TcpNetConnectOpts = {host, port, onread};
    const name = isIP(host) === 0 ? {servername: host} : {};
    this.#socket = origin.isTls ? connectTls({...address, ...name, ALPNProtocols: ['http/1.1']}) : connectTcp(address);
    this.#socket.setNoDelay(true);
    deadlines.add(this);
    deadlines.set(this, connectTimeoutMs);
    this.#socket.once(origin.isTls ? 'secureConnect' : 'connect', () => {
      this.#isConnected = true;
      events.onConnected();
      events.onFree(this);
    });
    this.#socket.on('error', (cause) => {
      this.#break(unreachable(cause));
    });
    this.#socket.on('end', () => {
      this.#onEnd();
    });
    this.#socket.on('close', () => {
      this.#break(unreachable(undefined));
    });
  }

  /** An idle connection that the provider should still keep: it has not said otherwise, and its time is not over. */
  get isUsable(): boolean {
    return this.#socket.writable && performance.now() < this.deadline;
  }

  /** Sends a request; the connection is busy until the call is over. */
  run(call: UpstreamCall): void {
    const {method, path, headers, body, firstByteTimeoutMs} = call.request;
    this.#call = call;
    call.transport = this;
    // Whoever had the connection before may have paused it at the very end.
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#deadlines.set(this, firstByteTimeoutMs);
    const length = body === undefined ? '' : `content-length: ${body.length}\r\n`;
    const head = `${method} ${path} HTTP/1.1\r\nhost: ${this.#authority}\r\n${headerLines(headers)}${length}\r\n`;
    if (body !== undefined && body.length <= MAX_JOINED_BYTES) {
      const bytes = Buffer.allocUnsafe(head.length + body.length);
      bytes.write(head, 0, 'latin1');
      bytes.set(body, head.length);
      this.#socket.write(bytes);
      return;
    }
    this.#socket.cork();
    this.#socket.write(head, 'latin1');
    if (body !== undefined) this.#socket.write(body);
    this.#socket.uncork();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#readAt = performance.now();
    this.#socket.resume();
  }

  cut(): void {
    this.#break(undefined);
  }

  /** Waits for the next call, for as long as the provider keeps the connection. */
  rest(): void {
    this.#deadlines.set(this, this.#idleMs);
  }

  /** What had to happen did not. */
  onDeadline(): void {
    const call = this.#call;
    if (call === undefined) {
      const late = new WeirError('UPSTREAM_UNREACHABLE', 'the provider cannot be reached in time; try again');
      this.#break(this.#isConnected ? undefined : late);
    } else if (call.hasHead) {
      this.#onSilence(call);
    } else {
      this.#break(new WeirError('UPSTREAM_TIMEOUT', 'the provider did not answer in time; try again'));
    }
  }

  #take(bytes: Buffer): void {
    if (this.#isClosed) return;
    try {
      if (this.#call === undefined) throw new MalformedHead('bytes that nobody asked for');
      let rest = bytes;
      if (this.#body === undefined) {
        const at = this.#readHead(this.#call, rest);
        if (at === -1) return;
        rest = rest.subarray(at);
      }
      this.#readBody(this.#call, rest);
    } catch (cause) {
      this.#break(new WeirError('UPSTREAM_INVALID', 'the provider did not answer in well-formed HTTP/1.1', {cause}));
    }
  }

  /** Offset behind the head of the final response; -1 where it is not there yet. */
  #readHead(call: UpstreamCall, bytes: Buffer): number {
    let at = 0;
    for (;;) {
      const taken = this.#head.push(bytes.subarray(at));
      if (taken === -1) return -1;
      at += taken;
      if (this.#startResponse(call, this.#head.text)) return at;
    }
  }

  /** @returns false for an interim response, which is passed over. */
  #startResponse(call: UpstreamCall, text: string): boolean {
    const {startLine, headers} = parseHead(text);
    const match = /^HTTP\/(1\.[01]) ([1-5]\d\d)(?: .*)?$/.exec(startLine);
    if (match === null) throw new MalformedHead('the first line is no status line');
    const version = match[1] === '1.0' ? '1.0' : '1.1';
    const status = Number(match[2]);
    if (status === 101) throw new MalformedHead('the provider changed the protocol');
    if (status < 200) return false;
    const framing = bodyFraming(headers);
    const hasBody = status !== 204 && status !== 304;
    this.#idleMs = idleOf(headers['keep-alive']);
    this.#isKept = this.#idleMs > 0 && keepsConnection(version, headers) && (framing !== undefined || !hasBody);
    if (!hasBody) this.#body = createBodyDecoder(0, 'skip');
    else this.#body = framing === undefined ? UNTIL_CLOSE : createBodyDecoder(framing, 'skip');
    this.#deadlines.set(this, call.request.idleTimeoutMs);
    call.head(status, headers);
    return true;
  }

  #readBody(call: UpstreamCall, bytes: Buffer): void {
    const decoder = this.#body;
    if (decoder === undefined) return;
    this.#readAt = performance.now();
    const taken = decoder.push(bytes, (part) => {
      call.data(Buffer.from(part));
    });
    if (decoder.isDone) this.#finish(call, taken === bytes.length);
  }

  #finish(call: UpstreamCall, isClean: boolean): void {
    this.#release();
    // An answer to a request that is still being sent leaves nobody knows what for the next one.
    const isSent = this.#socket.writableLength === 0;
    if (!this.#isKept || !isClean || !isSent) this.#break(undefined);
    call.end();
    if (!this.#isClosed) this.#events.onFree(this);
  }

  /** A response that is under way: silence is what counts, and whoever paused the provider cannot blame it. */
  #onSilence(call: UpstreamCall): void {
    const {idleTimeoutMs} = call.request;
    const silentMs = this.#socket.isPaused() ? 0 : performance.now() - this.#readAt;
    if (silentMs < idleTimeoutMs) this.#deadlines.set(this, idleTimeoutMs - silentMs);
    else this.#break(new WeirError('UPSTREAM_TIMEOUT', 'the provider stopped in the middle of its answer'));
  }

  /** The provider sends nothing more: right for a body that ends so, and for nothing else. */
  #onEnd(): void {
    const call = this.#call;
    if (call === undefined || this.#body !== UNTIL_CLOSE) {
      this.#break(unreachable(undefined));
      return;
    }
    this.#release();
    this.#break(undefined);
    call.end();
  }

  #release(): void {
    if (this.#call !== undefined) this.#call.transport = undefined;
    this.#call = undefined;
    this.#body = undefined;
  }

  /** Ends the connection, and with this error the call that runs on it. */
  #break(error: WeirError | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#deadlines.remove(this);
    const call = this.#call;
    this.#release();
    this.#socket.destroy();
    const failure = this.#isConnected ? undefined : (error ?? unreachable(undefined));
    this.#events.onClosed(this, failure);
    call?.fail(error ?? unreachable(undefined));
  }
}

function idleOf(stated: string | string[] | undefined): number {
  const seconds = typeof stated === 'string' ? /(?:^|[\s,])timeout=(\d{1,6})/i.exec(stated)?.[1] : undefined;
  if (seconds === undefined) return IDLE_MS;
  // A second less: what it closes must not meet what is being sent.
  return Math.min(Math.max(0, Number(seconds) * 1_000 - 1_000), MAX_IDLE_MS);
}

function unreachable(cause: Error | undefined): WeirError {
  const message = 'the provider cannot be reached or closed the connection; try again';
  return new WeirError('UPSTREAM_UNREACHABLE', message, cause === undefined ? undefined : {cause});
}
