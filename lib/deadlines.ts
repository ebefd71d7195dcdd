/** Something that must have happened by a moment. */
export interface Timed {
  /** As `performance.now()` counts; Infinity for none. */
  deadline: number;
  readonly onDeadline: () => void;
}

/** A longer timer would fire at once; after this long one there is another. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Watches over many deadlines with one timer: they are set and taken away all the time, and hardly ever pass.
 */
export class Deadlines {
  readonly #members = new Set<Timed>();
  #timer: NodeJS.Timeout | undefined;
  #firesAt = Infinity;

  add(member: Timed): void {
    this.#members.add(member);
  }

  remove(member: Timed): void {
    this.#members.delete(member);
    member.deadline = Infinity;
    if (this.#members.size > 0) return;
    clearTimeout(this.#timer);
    this.#firesAt = Infinity;
  }

  /** Sets a member's deadline, in place of the one it had. */
  set(member: Timed, afterMs: number): void {
    member.deadline = performance.now() + afterMs;
    if (member.deadline < this.#firesAt) this.#arm(member.deadline);
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = at;
    const waitMs = Math.ceil(at - performance.now());
    this.#timer = setTimeout(this.#fire, Math.min(Math.max(1, waitMs), MAX_TIMER_MS));
    this.#timer.unref();
  }

  readonly #fire = (): void => {
    this.#firesAt = Infinity;
    const now = performance.now();
    let next = Infinity;
    for (const member of [...this.#members]) {
      if (member.deadline > now) {
        next = Math.min(next, member.deadline);
        continue;
      }
      member.deadline = Infinity;
      member.onDeadline();
    }
    if (next < this.#firesAt) this.#arm(next);
  };
}
