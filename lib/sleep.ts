import {setTimeout as delay} from 'node:timers/promises';

/** Waits; resolves early, without an error, when the signal aborts. Look at `signal.aborted` afterwards. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await (signal === undefined ? delay(ms) : delay(ms, undefined, {signal}));
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
