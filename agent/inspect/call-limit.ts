import {WeirError} from '../../lib/errors.ts';

/** Lets a number of calls run at a time, and a number wait for their turn, first come, first served. */
export interface CallLimit {
  /**
   * Runs a call when its turn comes.
   *
   * @throws WeirError EXTERNAL_DETECTOR_FAILED at once where too many wait; the signal's reason where it aborts while waiting.
   */
  run: <Result>(call: () => Promise<Result>, signal: AbortSignal) => Promise<Result>;
}

/**
 * @param options.concurrent calls at a time.
 * @param options.waiting further ones that may wait.
 */
export function createCallLimit({concurrent, waiting}: {concurrent: number; waiting: number}): CallLimit {
  let running = 0;
  const queue = new Set<() => void>();

  const takeTurn = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (running < concurrent) {
      running += 1;
      return;
    }
    if (queue.size >= waiting) {
      throw new WeirError('EXTERNAL_DETECTOR_FAILED', `${queue.size} calls wait already, the limit is ${waiting}`);
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        queue.delete(enter);
        reject(signal.reason as Error); // whatever its owner aborted with
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      queue.add(enter);
      signal.addEventListener('abort', leave, {once: true});
    });
  };

  /** A place is handed on to who waits longest, so that nobody overtakes. */
  const endTurn = () => {
    const [next] = queue;
    if (next === undefined) {
      running -= 1;
      return;
    }
    queue.delete(next);
    next();
  };

  return {
    run: async (call, signal) => {
      await takeTurn(signal);
      try {
        return await call();
      } finally {
        endTurn();
      }
    },
  };
}
