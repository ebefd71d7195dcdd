import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

/** The command line of `weir`. */
export const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** A real `weir` process. */
export interface WeirProcess {
  readonly child: ChildProcess;
  /** The line a server prints when it can take traffic. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** What it wrote to standard error so far. */
  readonly log: () => string;
  /** Ends it with SIGTERM, or the signal named, and waits until it is gone. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

/** What a command did that ran to its end. */
export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Environment for a process of a test: nothing of the developer's own settings reaches it. */
export function cleanEnv(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...extra};
}

/**
 * Starts a server and waits for its ready line.
 *
 * @param prefix a command that runs it, e.g. `taskset -c 0`.
 * @throws where it ends before it is ready, with what it wrote to standard error.
 */
export async function startWeirProcess(
  argv: readonly string[],
  options: {env?: Readonly<Record<string, string>>; prefix?: readonly string[]} = {},
): Promise<WeirProcess> {
  const [command = '', ...args] = [...(options.prefix ?? []), process.execPath, MAIN, ...argv];
  const child = spawn(command, args, {env: cleanEnv(options.env), stdio: ['ignore', 'pipe', 'pipe']});
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-200_000);
  });
  const exited = once(child, 'exit');
  const lines = createInterface({input: child.stdout});
  const ready = await Promise.race([
    once(lines, 'line').then(([line]) => JSON.parse(String(line)) as Record<string, unknown>),
    exited.then(([code]) => {
      throw new Error(`weir ${argv[0] ?? ''} ended with ${String(code)} before it was ready:\n${log}`);
    }),
  ]);
  return {
    child,
    ready,
    log: () => log,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}

/** Runs a command to its end. */
export async function runWeir(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  const child = spawn(process.execPath, [MAIN, ...argv], {env: cleanEnv(env), stdio: ['ignore', 'pipe', 'pipe']});
  const finished = {code: null as number | null, stdout: '', stderr: ''};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    finished.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    finished.stderr += text;
  });
  await once(child, 'close');
  return {...finished, code: child.exitCode};
}
