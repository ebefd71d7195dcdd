/** Time as an argument: what the wall says, and what only moves forward. */
export interface Clock {
  /** Milliseconds since the epoch; may jump. */
  readonly nowMs: () => number;
  /** Milliseconds since some start; never jumps, means nothing over a restart. */
  readonly monotonicMs: () => number;
}

/** The clocks of this machine. */
export const SYSTEM_CLOCK: Clock = {nowMs: () => Date.now(), monotonicMs: () => performance.now()};
