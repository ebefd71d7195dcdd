/** How long to wait between tries: doubles from `firstMs` up to `maxMs`. */
export interface Backoff {
  firstMs: number;
  maxMs: number;
}

/**
 * The wait before try number `attempt` (from 0): full jitter, so that many waiters do not come back together.
 *
 * @param random between 0 and 1, `Math.random` outside tests.
 */
export function backoffMs(backoff: Backoff, attempt: number, random: () => number): number {
  const ceiling = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt, 30));
  return Math.ceil(ceiling * random());
}

/** A value within ±`share` of `baseMs`. */
export function jitteredMs(baseMs: number, share: number, random: () => number): number {
  return Math.round(baseMs * (1 + share * (2 * random() - 1)));
}
