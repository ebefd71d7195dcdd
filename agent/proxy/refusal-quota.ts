import type {Logger} from '../../lib/log.ts';

/**
 * Keeps callers nobody knows from filling the spool: of each reason a few refusals a minute get their own record,
 * the others are counted and stated together in one gap record.
 */
export interface RefusalQuota {
  /** Whether this refusal gets a record of its own. */
  take: (reason: string) => boolean;
  /** Counts a refusal whose own record could not be written. */
  owe: (reason: string) => void;
  /** States what was counted since the last time. Resolves when that is durable. */
  readonly flush: () => Promise<void>;
  /** Flushes for the last time. */
  readonly stop: () => Promise<void>;
}

const WINDOW_MS = 60_000;
const RECORDS_PER_WINDOW = 20;

/** @param gap states that `exchanges` of this reason have no record of their own. */
export function createRefusalQuota(options: {
  gap: (reason: string, exchanges: number) => Promise<void>;
  log: Logger;
  recordsPerWindow?: number;
}): RefusalQuota {
  const limit = options.recordsPerWindow ?? RECORDS_PER_WINDOW;
  let counts = new Map<string, number>();
  const owed = new Map<string, number>();

  const flush = async () => {
    for (const [reason, count] of counts) {
      if (count > limit) owed.set(reason, (owed.get(reason) ?? 0) + count - limit);
    }
    counts = new Map();
    for (const [reason, exchanges] of [...owed]) {
      owed.delete(reason);
      try {
        await options.gap(`refused:${reason}`, exchanges);
      } catch (error) {
        owed.set(reason, (owed.get(reason) ?? 0) + exchanges);
        options.log.error('refusals could not be recorded; they stay counted', {reason, exchanges}, error);
      }
    }
  };
  const timer = setInterval(() => void flush(), WINDOW_MS);
  timer.unref();

  return {
    take: (reason) => {
      const count = (counts.get(reason) ?? 0) + 1;
      counts.set(reason, count);
      return count <= limit;
    },
    owe: (reason) => {
      owed.set(reason, (owed.get(reason) ?? 0) + 1);
    },
    flush,
    stop: async () => {
      clearInterval(timer);
      await flush();
    },
  };
}
