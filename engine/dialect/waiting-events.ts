import {WeirError} from '../../lib/errors.ts';
import type {GuardedLane} from './guarded-lane.ts';

/** More events than this behind one undecided text end the stream. */
const MAX_WAITING = 4_096;

interface WaitingEvent {
  /** The lane that it waits for; undefined where it only stands behind an event that waits. */
  lane: GuardedLane | undefined;
  write: () => string;
}

/** Events behind the end of a text that the next one may go on from, with that end, in order. */
export class WaitingEvents {
  readonly #events: WaitingEvent[] = [];

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /** @throws WeirError UPSTREAM_INVALID where too many wait. */
  add(event: WaitingEvent): void {
    if (this.#events.length >= MAX_WAITING) {
      throw new WeirError('UPSTREAM_INVALID', `more than ${MAX_WAITING} events wait for the end of a text`);
    }
    this.#events.push(event);
  }

  /** Writes what waits for nothing any more. */
  decided(): string {
    let text = '';
    for (let [first] = this.#events; first !== undefined; [first] = this.#events) {
      if (first.lane?.isDecided() === false) break;
      this.#events.shift();
      text += first.write();
    }
    return text;
  }

  /**
   * Ends the text that events wait for and writes them all.
   *
   * @param onEnd told of each lane that was ended, and what is written by then.
   */
  settled(onEnd: (lane: GuardedLane, text: string) => void): string {
    let text = '';
    for (let [first] = this.#events; first !== undefined; [first] = this.#events) {
      const {lane} = first;
      lane?.end();
      text += this.decided();
      if (lane !== undefined) onEnd(lane, text);
    }
    return text;
  }

  clear(): void {
    this.#events.length = 0;
  }
}
