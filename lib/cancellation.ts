/**
 * Tells one piece of work that nobody waits for it any more.
 *
 * What an AbortController does, without an event target: one is made for every exchange, and hardly any is ever used.
 */
export class Cancellation {
  #isCancelled = false;
  #reason: unknown;
  #listener: (() => void) | undefined;
  #controller: AbortController | undefined;

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** For whoever wants the standard kind. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isCancelled) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** The first reason stands. */
  cancel(reason: unknown): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.();
  }

  /** Sets the one listener there can be, called once when the work is cancelled; undefined takes it away. */
  onCancel(listener: (() => void) | undefined): void {
    this.#listener = listener;
    if (!this.#isCancelled || listener === undefined) return;
    this.#listener = undefined;
    listener();
  }

  /** @throws the reason, where the work is cancelled. */
  throwIfCancelled(): void {
    if (this.#isCancelled) throw this.#reason; // what was given to `cancel`
  }
}
