import {Buffer, isUtf8} from 'node:buffer';
import type {EventReading} from './dialect.ts';
import {inEventText, type SseEvent} from './sse.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * An event of which the next ones are likely to differ in the text of one lane only: most of a stream.
 *
 * What stands before and after that text was read and found clean, and ends inside the same JSON string; so an event
 * with the same bytes around a text without quotes, escapes and control characters reads the same but for the text.
 */
export class EventTemplate {
  readonly lane: string;
  private readonly prefix: string;
  private readonly suffix: string;
  private readonly prefixBytes: Buffer;
  private readonly suffixBytes: Buffer;

  private constructor(lane: string, prefix: string, suffix: string) {
    this.lane = lane;
    this.prefix = prefix;
    this.suffix = suffix;
    this.prefixBytes = Buffer.from(prefix);
    this.suffixBytes = Buffer.from(suffix);
  }

  /** A template, if all that the event says beside its lane text is nothing new. */
  static of(event: SseEvent, reading: EventReading): EventTemplate | undefined {
    const {pieces, ends, stale, uninspectable, usage, finishReasons, error, last} = reading;
    const [only] = pieces;
    if (only === undefined || pieces.length > 1 || ends.length > 0) return undefined;
    if (stale.length > 0 || uninspectable.length > 0) return undefined;
    if (usage !== undefined || finishReasons.length > 0 || error !== undefined || last) return undefined;
    const [place] = inEventText(event, [{start: only.piece.start, end: only.piece.end, token: ''}]);
    if (place === undefined) return undefined;
    return new EventTemplate(only.lane, event.text.slice(0, place.start + 1), event.text.slice(place.end - 1));
  }

  /** The lane's text in an event of this kind; undefined for any other event. */
  textOf(buffer: Buffer, start: number, end: number): string | undefined {
    const {prefixBytes, suffixBytes} = this;
    const from = start + prefixBytes.length;
    const to = end - suffixBytes.length;
    if (from > to) return undefined;
    let isAscii = true;
    for (let i = from; i < to; i++) {
      const byte = buffer[i] ?? 0;
      if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) return undefined;
      if (byte > 0x7f) isAscii = false;
    }
    if (prefixBytes.compare(buffer, start, from) !== 0 || suffixBytes.compare(buffer, to, end) !== 0) return undefined;
    if (isAscii) return buffer.toString('latin1', from, to);
    return isUtf8(buffer.subarray(from, to)) ? buffer.toString('utf8', from, to) : undefined;
  }

  /** The event with another text. */
  with(text: string): string {
    return this.prefix + JSON.stringify(text).slice(1, -1) + this.suffix;
  }
}
