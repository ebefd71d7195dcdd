import {setTimeout as delay} from 'node:timers/promises';

const PAUSE_MS = 25;

/**
 * Asks until the answer is one.
 *
 * @throws when the time is over, naming what was waited for.
 */
export async function waitFor<Result>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<Result | undefined> | Result | undefined,
): Promise<Result> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > until) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await delay(PAUSE_MS);
  }
}
