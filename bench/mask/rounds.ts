/** One thing that is measured: `step` does some work and says how much. */
export interface Subject {
  name: string;
  step: () => number | Promise<number>;
}

/** A subject's speed in each round, and the median. */
export interface Speed {
  name: string;
  /** Work per second of this thread's CPU, by round: what neighbours take away does not count. */
  rounds: number[];
  perSecond: number;
}

const WARM_UP_SHARE = 0.5;

/**
 * Measures subjects in interleaved rounds, each for `milliseconds` a round, after a warm-up of half of that: whatever
 * else the machine does meets all of them.
 */
export async function measureRounds(
  subjects: readonly Subject[],
  {rounds, milliseconds}: {rounds: number; milliseconds: number},
  signal: AbortSignal,
): Promise<Speed[]> {
  const speeds = subjects.map(({name}): Speed => ({name, rounds: [], perSecond: 0}));
  for (const subject of subjects) await speedOf(subject, milliseconds * WARM_UP_SHARE);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < subjects.length; turn++) {
      signal.throwIfAborted();
      const index = (turn + round) % subjects.length;
      const subject = subjects[index];
      if (subject !== undefined) speeds[index]?.rounds.push(await speedOf(subject, milliseconds));
    }
  }
  for (const speed of speeds) speed.perSecond = median(speed.rounds);
  return speeds;
}

async function speedOf({step}: Subject, milliseconds: number): Promise<number> {
  await new Promise(setImmediate);
  const before = process.threadCpuUsage();
  const until = performance.now() + milliseconds;
  let work = 0;
  do {
    const done = step();
    work += typeof done === 'number' ? done : await done;
  } while (performance.now() < until);
  const {user, system} = process.threadCpuUsage(before);
  return (work / (user + system)) * 1e6;
}

/** The middle of numbers, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted[middle - 1] ?? upper;
  return sorted.length % 2 === 1 ? upper : (lower + upper) / 2;
}

/** The value below which a share of the sorted values lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
