/** Wakes those who wait on a hold; a hint only: whoever waits also looks again by itself. */
export interface HoldChanges {
  /** @returns what ends the subscription. */
  readonly subscribe: (holdId: string, wake: () => void) => () => void;
  readonly changed: (holdId: string) => void;
}

export function createHoldChanges(): HoldChanges {
  const waiting = new Map<string, Set<() => void>>();
  return {
    subscribe: (holdId, wake) => {
      const set = waiting.get(holdId) ?? new Set();
      waiting.set(holdId, set.add(wake));
      return () => {
        set.delete(wake);
        if (set.size === 0 && waiting.get(holdId) === set) waiting.delete(holdId);
      };
    },
    changed: (holdId) => {
      for (const wake of waiting.get(holdId) ?? []) wake();
    },
  };
}
