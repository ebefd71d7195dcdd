import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {HOSTILE_CASES} from './hostile-cases.ts';

/** Never slower than this, in MB/s, whatever pattern and text. */
export const FLOOR = 5;

/** What Weir gets before it is ended, which is far below the floor, and what V8 gets. */
const WEIR_MS = 8000;
const V8_MS = 1000;

export interface HostileJob {
  /** Into HOSTILE_CASES. */
  index: number;
  characters: number;
  milliseconds: number;
}

export interface WeirFigures {
  wholeMegabytesPerSecond: number;
  streamMegabytesPerSecond: number;
  /** What the process grew by at its peak. */
  memoryMegabytes: number;
  /** Most characters that the stream held back. */
  held: number;
}

/** What the process of a case says. */
export type HostileReport =
  | {kind: 'refused'; reason: string}
  | {kind: 'weir'; figures: WeirFigures}
  | {kind: 'v8'; megabytesPerSecond: number};

/** How one hostile case went. */
export interface HostileResult {
  name: string;
  /** Why the rule is not taken. */
  refused?: string;
  /** Missing where the rule is refused, or where it did not end in time. */
  weir?: WeirFigures;
  /** Missing where V8 did not end in time. */
  v8MegabytesPerSecond?: number;
}

/** Runs every hostile case in a process of its own. */
export async function measureHostile(
  options: {characters: number; milliseconds: number; onCase: (name: string) => void},
  signal: AbortSignal,
): Promise<HostileResult[]> {
  const {characters, milliseconds, onCase} = options;
  const results: HostileResult[] = [];
  for (const [index, {name}] of HOSTILE_CASES.entries()) {
    const child = fork(new URL('./hostile-process.ts', import.meta.url), {stdio: 'inherit'});
    try {
      onCase(name);
      child.send({index, characters, milliseconds} satisfies HostileJob);
      results.push(await resultOf(child, name, signal));
    } finally {
      const closed = child.exitCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGKILL');
      await closed;
    }
  }
  return results;
}

async function resultOf(child: ChildProcess, name: string, signal: AbortSignal): Promise<HostileResult> {
  const first = await nextReport(child, WEIR_MS, signal);
  if (first === undefined) return {name};
  if (first.kind === 'refused') return {name, refused: first.reason};
  if (first.kind === 'v8') throw new Error(`${name}: a figure is missing`);
  const second = await nextReport(child, V8_MS, signal);
  return second?.kind === 'v8'
    ? {name, weir: first.figures, v8MegabytesPerSecond: second.megabytesPerSecond}
    : {name, weir: first.figures};
}

/** What the process says next; undefined where it takes too long. */
async function nextReport(
  child: ChildProcess,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<HostileReport | undefined> {
  const late = AbortSignal.timeout(timeoutMs);
  const done = new AbortController();
  try {
    const [message] = (await Promise.race([
      once(child, 'message', {signal: AbortSignal.any([signal, late, done.signal])}),
      once(child, 'exit', {signal: done.signal}).then(([code]) => {
        throw new Error(`the process of a case ended with ${String(code)}`);
      }),
    ])) as [HostileReport];
    return message;
  } catch (error) {
    if (late.aborted && !signal.aborted) return undefined;
    throw error;
  } finally {
    done.abort();
  }
}
