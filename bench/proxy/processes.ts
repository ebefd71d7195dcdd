import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';

const TICKS_PER_SECOND = 100; // USER_HZ: 100 on every Linux that Node.js runs on

/** Which core a process may use: what is measured has one of its own where there are two. */
export type Seat = 'target' | 'rest';

/** Whether processes are pinned: needs two cores and `taskset`. */
export function canPin(): boolean {
  return availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0;
}

/** A command line that runs on its seat. */
export function seated(command: readonly [string, ...string[]], seat: Seat, pinned: boolean): [string, ...string[]] {
  if (!pinned) return [...command];
  return ['taskset', '-c', seat === 'target' ? '0' : `1-${availableParallelism() - 1}`, ...command];
}

/** Starts a script of this folder as a process with a message channel. */
export function startScript(script: string, pinned: boolean): ChildProcess {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const [command, ...args] = seated([process.execPath, path], 'rest', pinned);
  return spawn(command, args, {stdio: ['ignore', 'inherit', 'inherit', 'ipc']});
}

/** The next message of a process. @throws where it exits first. */
export async function nextMessage(child: ChildProcess, signal: AbortSignal): Promise<unknown> {
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  try {
    return await Promise.race([
      once(child, 'message', {signal: either}).then(([message]: unknown[]) => message),
      once(child, 'exit', {signal: either}).then(([code]) => {
        throw new Error(`a benchmark process ended with ${String(code)}`);
      }),
    ]);
  } finally {
    done.abort();
  }
}

/** CPU time that a process and its children have used, in microseconds. */
export function cpuMicros(pid: number): number {
  return sum(familyOf(pid), (one) => {
    const fields = statFields(one);
    return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1e6;
  });
}

/** Resident memory of a process and its children, in bytes. */
export function residentBytes(pid: number): number {
  return sum(familyOf(pid), (one) => {
    const status = readFileSync(`/proc/${one}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  });
}

/** Waits until these processes do nothing, so that what one target left behind is not charged to the next. */
export async function settle(pids: readonly number[], signal: AbortSignal): Promise<void> {
  const INTERVAL_MS = 300;
  const IDLE_MICROS = 30_000; // one tenth of the interval
  for (let round = 0; round < 60; round++) {
    const before = sum(pids, cpuMicros);
    await delay(INTERVAL_MS, undefined, {signal});
    if (sum(pids, cpuMicros) - before <= IDLE_MICROS) return;
  }
}

/** Ends a process and waits until it is gone. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(timer);
}

function familyOf(pid: number): number[] {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
  return [pid, ...children.map(Number)];
}

function parentOf(pid: string): number {
  try {
    return Number(statFields(pid)[1]);
  } catch {
    return 0; // it ended while we looked
  }
}

/** The fields of /proc/PID/stat behind the command's name, which may hold spaces: 0 is the state, 1 the parent. */
function statFields(pid: number | string): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function sum<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
