import type {ResponsePlan} from '../../engine/decide/decision.ts';
import type {Dialect} from '../../engine/dialect/dialect.ts';
import {createStreamGuard, type StreamGuard} from '../../engine/dialect/stream-guard.ts';
import type {WeirError} from '../../lib/errors.ts';
import {Outcome} from '../../proto/gen/weir/record/v1/record.ts';
import type {Ending} from './ending.ts';
import {type Exchange, established, type GuardedResponse} from './exchange.ts';
import {refusalOf} from './refusal.ts';
import {responseHead} from './response-head.ts';
import {noteStream, streamEnding} from './stream-ending.ts';
import type {UpstreamResponse, UpstreamSink} from './upstream.ts';

/**
 * Passes a stream of events on as it arrives, guarded. Resolves when all but its last bytes have been written.
 *
 * @throws the reason of the cancellation where the caller left or the agent stops; any error of the guard.
 */
export async function relayStream(exchange: Exchange, upstream: UpstreamResponse): Promise<GuardedResponse> {
  const headers = responseHead(exchange, upstream, 'text/event-stream');
  exchange.response.status = upstream.status;
  exchange.response.mediaType = 'text/event-stream';
  exchange.responder.head(upstream.status, headers);
  return new Promise((resolve, reject) => {
    const relay = new StreamRelay(exchange, upstream, {resolve, reject});
    upstream.read(relay);
    relay.take();
    // What came together with the head is already on its way; a stream that starts late shows its head at once.
    exchange.responder.flush();
  });
}

class StreamRelay implements UpstreamSink {
  readonly #exchange: Exchange;
  readonly #upstream: UpstreamResponse;
  readonly #settle: {resolve: (response: GuardedResponse) => void; reject: (error: unknown) => void};
  readonly #dialect: Dialect;
  readonly #plan: ResponsePlan | undefined;
  readonly #guard: StreamGuard;
  #arrived: Buffer[] = [];
  #hasReadLast = false;
  #isDone = false;

  constructor(
    exchange: Exchange,
    upstream: UpstreamResponse,
    settle: {resolve: (response: GuardedResponse) => void; reject: (error: unknown) => void},
  ) {
    const {dialect, route} = established(exchange.destination, 'destination');
    const {matcher} = established(exchange.bundle, 'bundle');
    this.#exchange = exchange;
    this.#upstream = upstream;
    this.#settle = settle;
    this.#dialect = dialect;
    this.#plan = established(exchange.decision, 'decision').response;
    const watched = watchEnd(dialect, () => {
      this.#hasReadLast = true;
    });
    this.#guard = createStreamGuard({dialect: watched, route, matcher, plan: this.#plan});
  }

  /** Chunks that come out of one read of the socket are judged, and written to the caller, together. */
  data(chunk: Buffer): void {
    if (this.#isDone) {
      // The stream has said that it is over: what follows is nobody's.
      this.#upstream.abort();
      return;
    }
    this.#arrived.push(chunk);
    if (this.#arrived.length === 1) queueMicrotask(this.take);
  }

  /** Takes what has arrived. */
  readonly take = (): void => {
    const [first] = this.#arrived;
    if (first === undefined || this.#isDone) return;
    const chunk = this.#arrived.length === 1 ? first : Buffer.concat(this.#arrived);
    this.#arrived = [];
    try {
      const bytes = this.#guard.push(chunk);
      const {blocked, failure} = this.#guard.summary;
      if (blocked !== undefined || failure !== undefined) {
        this.#finish(bytes, true);
        this.#upstream.abort();
      } else if (this.#hasReadLast) {
        const rest = this.#guard.end();
        this.#finish(joined(bytes, rest.bytes), rest.complete);
      } else {
        this.#write(bytes);
      }
    } catch (error) {
      this.#fail(error);
    }
  };

  end(): void {
    this.take();
    if (this.#isDone) return;
    try {
      const {bytes, complete} = this.#guard.end();
      this.#finish(bytes, complete);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The provider broke off: nothing that was held is released, and the caller is told in the dialect's own words. */
  fail(error: WeirError): void {
    this.take();
    if (this.#isDone) return;
    const {cancellation} = this.#exchange;
    this.#guard.abort();
    if (cancellation.isCancelled) {
      this.#fail(cancellation.reason);
      return;
    }
    const {publicCode: code, status, message} = refusalOf(error);
    const frame = this.#dialect.streamError({code, status, message, retryAfterSeconds: undefined});
    this.#complete(Buffer.from(frame), {outcome: Outcome.UPSTREAM_ERROR, errorCode: error.code});
  }

  #write(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#exchange.response.add(bytes);
    if (this.#exchange.responder.write(bytes)) return;
    this.#upstream.pause();
    void this.#exchange.responder.drained().then(() => {
      this.#upstream.resume();
    });
  }

  #finish(bytes: Buffer, isComplete: boolean): void {
    this.#complete(bytes, streamEnding(this.#guard.summary, this.#upstream.status, isComplete));
  }

  #complete(bytes: Buffer, ending: Ending): void {
    this.#isDone = true;
    const {response, responder} = this.#exchange;
    noteStream(response, this.#plan, this.#guard.summary);
    response.add(bytes);
    this.#settle.resolve({
      ending,
      rest: bytes,
      finish: () => {
        responder.end(bytes);
      },
    });
  }

  #fail(error: unknown): void {
    this.#isDone = true;
    this.#upstream.abort();
    this.#settle.reject(error);
  }
}

/** The same dialect, telling when the event that ends a complete stream has been read. */
export function watchEnd(dialect: Dialect, onLast: () => void): Dialect {
  return {
    ...dialect,
    openStream: (route) => {
      const reader = dialect.openStream(route);
      const read = reader.read.bind(reader);
      reader.read = (event, text) => {
        const reading = read(event, text);
        if (reading.last) onLast();
        return reading;
      };
      return reader;
    },
  };
}

function joined(first: Buffer, second: Buffer): Buffer {
  if (first.length === 0) return second;
  return second.length === 0 ? first : Buffer.concat([first, second]);
}
