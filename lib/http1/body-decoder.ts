import type {BodyFraming} from './framing.ts';
import {MalformedHead} from './head.ts';

const CR = 0x0d;
const LF = 0x0a;
const MAX_SIZE_LINE = 256;
const MAX_TRAILER_BYTES = 16 * 1024;

const TRAILER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/;
/** What would say something else of the message than its head did. */
const FRAMING_TRAILER = /^(?:content-length|transfer-encoding|host|(?:proxy-)?connection|upgrade):/i;

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'done';

/** Takes a body apart as it arrives. */
export interface BodyDecoder {
  /** The body is complete. */
  readonly isDone: boolean;
  /**
   * Takes the next bytes of the connection and hands out those of the body.
   *
   * @returns how many belong to this message; what follows is the next one's.
   * @throws MalformedHead where the framing is broken.
   */
  readonly push: (bytes: Buffer, data: (part: Buffer) => void) => number;
}

/** @param extensions whether chunk extensions are skipped; else they are refused, since nobody agrees on their syntax. */
export function createBodyDecoder(framing: BodyFraming, extensions: 'skip' | 'refuse'): BodyDecoder {
  if (framing === 'chunked') return new ChunkedDecoder(extensions === 'skip');
  return new LengthDecoder(framing ?? 0);
}

/** A body that ends with its connection. */
export const UNTIL_CLOSE: BodyDecoder = {
  isDone: false,
  push: (bytes, data) => {
    data(bytes);
    return bytes.length;
  },
};

class LengthDecoder implements BodyDecoder {
  #left: number;

  constructor(sizeBytes: number) {
    this.#left = sizeBytes;
  }

  get isDone(): boolean {
    return this.#left === 0;
  }

  push(bytes: Buffer, data: (part: Buffer) => void): number {
    if (this.#left === 0) return 0;
    const taken = Math.min(this.#left, bytes.length);
    this.#left -= taken;
    data(taken === bytes.length ? bytes : bytes.subarray(0, taken));
    return taken;
  }
}

/** RFC 9112, 7.1, without leniency: CRLF only, at most 8 hex digits, trailers thrown away. */
class ChunkedDecoder implements BodyDecoder {
  readonly #skipsExtensions: boolean;
  #state: State = 'size';
  #line = '';
  #left = 0;
  #trailerBytes = 0;

  constructor(skipsExtensions: boolean) {
    this.#skipsExtensions = skipsExtensions;
  }

  get isDone(): boolean {
    return this.#state === 'done';
  }

  push(bytes: Buffer, data: (part: Buffer) => void): number {
    let at = 0;
    while (at < bytes.length && this.#state !== 'done') {
      if (this.#state === 'data') {
        const taken = Math.min(this.#left, bytes.length - at);
        data(bytes.subarray(at, at + taken));
        this.#left -= taken;
        at += taken;
        if (this.#left === 0) this.#state = 'data-end';
        continue;
      }
      at = this.#readLine(bytes, at);
    }
    return at;
  }

  /** Reads on in a line; acts on it where it is complete. */
  #readLine(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(LF, from);
    const to = end === -1 ? bytes.length : end;
    this.#line += bytes.toString('latin1', from, to);
    if (this.#line.length > (this.#state === 'trailer' ? MAX_TRAILER_BYTES : MAX_SIZE_LINE)) {
      throw new MalformedHead('a chunk line is too long');
    }
    if (end === -1) return to;
    if (this.#line.charCodeAt(this.#line.length - 1) !== CR) throw new MalformedHead('a chunk line ends in a bare LF');
    const line = this.#line.slice(0, -1);
    this.#line = '';
    this.#takeLine(line);
    return end + 1;
  }

  #takeLine(line: string): void {
    switch (this.#state) {
      case 'size':
        this.#left = this.#sizeOf(line);
        this.#state = this.#left === 0 ? 'trailer' : 'data';
        return;
      case 'data-end':
        if (line !== '') throw new MalformedHead('a chunk is longer than it says');
        this.#state = 'size';
        return;
      default:
        this.#trailerBytes += line.length + 2;
        if (this.#trailerBytes > MAX_TRAILER_BYTES) throw new MalformedHead('the trailers are too long');
        if (line === '') this.#state = 'done';
        else if (!TRAILER.test(line)) throw new MalformedHead('a trailer that is none');
        else if (FRAMING_TRAILER.test(line)) throw new MalformedHead('a trailer that only a head may hold');
    }
  }

  #sizeOf(line: string): number {
    const size = this.#skipsExtensions ? line.replace(/[\t ]*;[^\r]*$/, '') : line;
    if (!/^[0-9A-Fa-f]{1,8}$/.test(size)) throw new MalformedHead('a chunk size that is none');
    return Number.parseInt(size, 16);
  }
}
