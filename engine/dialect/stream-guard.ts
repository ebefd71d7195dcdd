import {Buffer} from 'node:buffer';
import type {ResponsePlan} from '../decide/decision.ts';
import type {Matcher} from '../detect/finder.ts';
import type {Dialect, Route, StreamReader} from './dialect.ts';
import {EventTemplate} from './event-template.ts';
import {GuardedStream} from './guarded-stream.ts';
import {parseSseEvent, SseSplitter} from './sse.ts';
import {GrowingSummary, type StreamGuard} from './stream-summary.ts';

export type {StreamGuard} from './stream-summary.ts';

/** Longer events end a guarded stream. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/**
 * Creates the guard of one stream of server-sent events.
 *
 * However the stream is cut, the client's text of every lane is the masking of the whole text. A stream that cannot
 * be read ends with the dialect's error: nothing passes unread.
 *
 * @param options.plan undefined where no response rule applies: bytes pass, and are read for the record only.
 */
export function createStreamGuard(options: {
  dialect: Dialect;
  route: Route;
  matcher: Matcher;
  plan: ResponsePlan | undefined;
}): StreamGuard {
  const {dialect, route, matcher, plan} = options;
  const reader = dialect.openStream(route);
  if (plan === undefined) return new StreamWitness(reader);
  return new GuardedStream({dialect, reader, matcher, plan, maxEventBytes: MAX_EVENT_BYTES});
}

/** Lets every byte pass and reads along for the record. */
class StreamWitness implements StreamGuard {
  readonly summary = new GrowingSummary();
  private readonly splitter = new SseSplitter(MAX_EVENT_BYTES);
  private readonly reader: StreamReader;
  /** What the event before looked like. */
  private template: EventTemplate | undefined;
  /** False once the stream cannot be understood: it still passes. */
  private reading = true;

  constructor(reader: StreamReader) {
    this.reader = reader;
  }

  readonly push = (chunk: Buffer): Buffer => {
    this.observe(() => {
      this.splitter.push(chunk, (buffer, start, end) => {
        if (this.template?.textOf(buffer, start, end) === undefined) this.event(buffer.subarray(start, end));
      });
    });
    return chunk;
  };

  readonly end = (): {bytes: Buffer; complete: boolean} => {
    this.observe(() => {
      this.event(this.splitter.rest());
    });
    return {bytes: Buffer.alloc(0), complete: this.summary.complete};
  };

  readonly abort = (): void => {
    this.reading = false;
  };

  private event(bytes: Buffer): void {
    this.template = undefined;
    const event = parseSseEvent(bytes);
    const {name, data} = event;
    if (data === undefined || data.trim() === '') return;
    const reading = this.reader.read(name, data);
    this.summary.note(reading, (text) => text);
    this.template = EventTemplate.of(event, reading);
  }

  /** What is read here decides nothing: a stream that no rule judges passes even where it is not understood. */
  private observe(read: () => void): void {
    if (!this.reading) return;
    try {
      read();
    } catch {
      this.reading = false;
    }
  }
}
