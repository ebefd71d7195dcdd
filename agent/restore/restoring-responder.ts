import {Buffer} from 'node:buffer';
import type {Dialect, Route} from '../../engine/dialect/dialect.ts';
import {createStreamRestorer, restoreResponse} from '../../engine/dialect/restore-response.ts';
import type {StreamGuard} from '../../engine/dialect/stream-summary.ts';
import type {RestoreTable} from '../../engine/mask/restore-table.ts';
import {WeirError} from '../../lib/errors.ts';
import type {OutboundHeaders, Responder} from '../listen/listener.ts';

interface Restoring {
  dialect: Dialect;
  route: Route;
  table: RestoreTable;
  /** Told once where a response cannot be read: a stream ends there with the dialect's error. */
  onFailure: (error: WeirError) => void;
}

/**
 * A responder whose caller gets the values of its conversation's placeholders back.
 *
 * It is the last thing before the caller: what is guarded, recorded and traced holds the placeholders.
 */
export class RestoringResponder implements Responder {
  readonly #inner: Responder;
  readonly #restoring: Restoring;
  readonly #stream: StreamGuard;
  #hasFailed = false;

  constructor(inner: Responder, restoring: Restoring) {
    this.#inner = inner;
    this.#restoring = restoring;
    this.#stream = createStreamRestorer(restoring);
  }

  get headSent(): boolean {
    return this.#inner.headSent;
  }

  interim(): void {
    this.#inner.interim();
  }

  head(status: number, headers: OutboundHeaders): void {
    this.#inner.head(status, headers);
  }

  flush(): void {
    this.#inner.flush();
  }

  write(bytes: Buffer): boolean {
    const restored = this.#push(bytes);
    return restored.length === 0 || this.#inner.write(restored);
  }

  async drained(): Promise<void> {
    await this.#inner.drained();
  }

  end(bytes?: Buffer): void {
    const last = bytes === undefined ? Buffer.alloc(0) : this.#push(bytes);
    const rest = this.#stream.end().bytes;
    this.#inner.end(rest.length === 0 ? last : Buffer.concat([last, rest]));
  }

  answer(status: number, headers: OutboundHeaders, body: Buffer): void {
    this.#inner.answer(status, headers, this.#restored(body));
  }

  destroy(): void {
    this.#inner.destroy();
  }

  onGone(listener: () => void): void {
    this.#inner.onGone(listener);
  }

  #push(bytes: Buffer): Buffer {
    const restored = this.#stream.push(bytes);
    const {failure} = this.#stream.summary;
    if (failure !== undefined && !this.#hasFailed) {
      this.#hasFailed = true;
      this.#restoring.onFailure(failure);
    }
    return restored;
  }

  /** An answer that cannot be read goes out as it is: with placeholders it shows nothing. */
  #restored(body: Buffer): Buffer {
    const text = body.toString();
    try {
      const restored = restoreResponse(this.#restoring, text);
      return restored === text ? body : Buffer.from(restored);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.#restoring.onFailure(error);
      return body;
    }
  }
}
