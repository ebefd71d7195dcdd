import {type Buffer, isUtf8} from 'node:buffer';
import {WeirError} from '../../lib/errors.ts';
import type {Edit} from '../mask/clusters.ts';
import {ByteParts} from './byte-parts.ts';

const LF = 0x0a;
const CR = 0x0d;
const BOM = '\uFEFF';

/** Receives one event with the blank line that ends it: bytes `[start, end)` of `buffer`, valid during the call. */
export type OnEvent = (buffer: Buffer, start: number, end: number) => void;

/**
 * Cuts a byte stream into server-sent events, however the bytes arrive; every byte belongs to exactly one event.
 *
 * Line ends may be LF, CRLF or CR, mixed. An event whose lines end with CRLF is not over before its last LF: what is
 * inserted behind it would part the two. Where lines end otherwise a CR is enough, and an LF that follows belongs to
 * the next event if it comes later.
 */
export class SseSplitter {
  private readonly maxEventBytes: number;
  private readonly parts = new ByteParts();
  private lineEmpty = true;
  private afterCr = false;
  /** Whether the last line that was not blank ended with CRLF. */
  private endsCrlf = false;
  /** An event is over but for the LF of its last CRLF. */
  private awaitsLf = false;

  /** @param maxEventBytes a longer event is refused. */
  constructor(maxEventBytes: number) {
    this.maxEventBytes = maxEventBytes;
  }

  /** @throws WeirError UPSTREAM_INVALID where an event is longer than the limit. */
  push(chunk: Buffer, onEvent: OnEvent): void {
    if (chunk.length === 0) return;
    const start = this.afterCr || chunk.includes(CR) ? this.anyLines(chunk, onEvent) : this.lfLines(chunk, onEvent);
    if (start < chunk.length) this.keep(chunk.subarray(start));
  }

  /** The common form: every line ends with LF. */
  private lfLines(chunk: Buffer, onEvent: OnEvent): number {
    let start = 0;
    let line = 0;
    this.endsCrlf = false;
    for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, line)) {
      const isBlank = lf === line && this.lineEmpty;
      this.lineEmpty = true;
      line = lf + 1;
      if (!isBlank) continue;
      this.emit(chunk, start, line, onEvent);
      start = line;
    }
    if (line < chunk.length) this.lineEmpty = false;
    return start;
  }

  private anyLines(chunk: Buffer, onEvent: OnEvent): number {
    let start = this.awaitsLf ? this.emitAwaiting(chunk, onEvent) : 0;
    for (let i = start; i < chunk.length; i++) {
      const byte = chunk[i];
      if (byte !== LF && byte !== CR) {
        this.lineEmpty = false;
        this.afterCr = false;
        continue;
      }
      const crlf = byte === LF && this.afterCr;
      this.afterCr = byte === CR;
      if (crlf) {
        this.endsCrlf = true;
        continue;
      }
      if (!this.lineEmpty) {
        this.lineEmpty = true;
        this.endsCrlf = false;
        continue;
      }
      if (byte === CR && i + 1 === chunk.length && this.endsCrlf) {
        this.awaitsLf = true;
        break;
      }
      // A blank line ends the event; the LF of its CRLF is taken along if it is here already.
      if (byte === CR && chunk[i + 1] === LF) {
        i++;
        this.afterCr = false;
      }
      this.emit(chunk, start, i + 1, onEvent);
      start = i + 1;
    }
    return start;
  }

  /** Emits the event that only its LF was missing to, with it if it comes. */
  private emitAwaiting(chunk: Buffer, onEvent: OnEvent): number {
    const end = chunk[0] === LF ? 1 : 0;
    this.awaitsLf = false;
    this.afterCr = false;
    this.emit(chunk, 0, end, onEvent);
    return end;
  }

  /** Bytes of an event whose end never came; the splitter is empty afterwards. */
  rest(): Buffer {
    const rest = this.parts.bytes();
    this.parts.clear();
    return rest;
  }

  private emit(chunk: Buffer, start: number, end: number, onEvent: OnEvent): void {
    if (this.parts.size === 0) {
      onEvent(chunk, start, end);
      return;
    }
    this.keep(chunk.subarray(start, end));
    const whole = this.rest();
    onEvent(whole, 0, whole.length);
  }

  private keep(part: Buffer): void {
    if (this.parts.size + part.length > this.maxEventBytes) {
      throw new WeirError('UPSTREAM_INVALID', `a stream event is longer than ${this.maxEventBytes} bytes`);
    }
    this.parts.add(part);
  }
}

/** One event as text, with the way from its data back to its lines. */
export interface SseEvent {
  /** As it came, blank line included. */
  text: string;
  /** The event's name; empty for none. */
  name: string;
  /** The data lines joined with LF; undefined for an event without any (a comment). */
  data: string | undefined;
  /** Where each data line stands: `text[at…]` holds `data[from…]`. */
  lines: readonly {at: number; from: number}[];
  /** Lines that are neither data nor the event's name: comments, ids, unknown fields, names that a later one replaces. */
  others: readonly {start: number; end: number}[];
}

/**
 * Parses the text of one event as a client does.
 *
 * @throws WeirError UPSTREAM_INVALID where the bytes are not UTF-8.
 */
export function parseSseEvent(bytes: Buffer): SseEvent {
  if (!isUtf8(bytes)) throw new WeirError('UPSTREAM_INVALID', 'a stream event is not valid UTF-8');
  const text = bytes.toString('utf8');
  return singleLine(text) ?? manyLines(text);
}

/** Replacements in an event's data as they fall in its text; what spans data lines takes their beginnings along. */
export function inEventText({lines}: SseEvent, replacements: readonly Edit[]): Edit[] {
  const placeOf = (offset: number): number => {
    const line = lines.findLast(({from}) => from <= offset) ?? {at: 0, from: 0};
    return offset + line.at - line.from;
  };
  return replacements.map(({start, end, token}) => ({
    start: placeOf(start),
    end: end > start ? placeOf(end - 1) + 1 : placeOf(end),
    token,
  }));
}

/** The common form: `data: …` and a blank line, all with LF. */
function singleLine(text: string): SseEvent | undefined {
  if (!text.startsWith('data: ') || !text.endsWith('\n\n')) return undefined;
  const end = text.length - 2;
  if (text.indexOf('\n', 6) !== end || text.includes('\r')) return undefined;
  return {text, name: '', data: text.slice(6, end), lines: SINGLE_LINE, others: NONE};
}

const SINGLE_LINE = [{at: 6, from: 0}];
const NONE: readonly {start: number; end: number}[] = [];

function manyLines(text: string): SseEvent {
  const lines: {at: number; from: number}[] = [];
  const others: {start: number; end: number}[] = [];
  let name = '';
  let nameLine: {start: number; end: number} | undefined;
  let data: string | undefined;
  let at = text.startsWith(BOM) ? 1 : 0;
  while (at < text.length) {
    const end = lineEnd(text, at);
    const next = text.startsWith('\r\n', end) ? end + 2 : end + 1;
    const colon = text.indexOf(':', at);
    const named = colon >= 0 && colon < end;
    const field = text.slice(at, named ? colon : end);
    let from = named ? colon + 1 : end;
    if (named && text.charCodeAt(from) === 0x20 && from < end) from++;
    if (field === 'data') {
      lines.push({at: from, from: data === undefined ? 0 : data.length + 1});
      data = data === undefined ? text.slice(from, end) : `${data}\n${text.slice(from, end)}`;
    } else if (field === 'event') {
      if (nameLine !== undefined) others.push(nameLine);
      nameLine = {start: at, end};
      name = text.slice(from, end);
    } else if (end > at) {
      others.push({start: at, end});
    }
    at = next;
  }
  return {text, name, data, lines, others};
}

function lineEnd(text: string, from: number): number {
  const lf = text.indexOf('\n', from);
  const end = lf < 0 ? text.length : lf;
  const cr = text.indexOf('\r', from);
  return cr >= 0 && cr < end ? cr : end;
}
