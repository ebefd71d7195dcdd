#!/usr/bin/env node
import {COMMANDS} from './commands.ts';
import {runCommandLine} from './run.ts';

/** Ctrl-C under npm arrives twice; only a later one means that the person does not want to wait. */
const REPEATED_SIGNAL_MS = 1_000;
const OLDEST_NODE = 24;

async function main(): Promise<void> {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    process.stderr.write(
      `weir: Node ${process.versions.node} is too old; run \`npx weir\` or node_modules/.bin/node cli/main.ts\n`,
    );
    process.exitCode = 1;
    return;
  }
  const stop = new AbortController();
  let stoppedAtMs: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      stoppedAtMs ??= performance.now();
      if (stop.signal.aborted && performance.now() - stoppedAtMs > REPEATED_SIGNAL_MS) process.exit(130);
      stop.abort();
    });
  }
  // The reader of a pipe left (`weir … | head`): nothing is wrong.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  process.exitCode = await runCommandLine(COMMANDS, process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: () => process.stdin,
    env: process.env,
    signal: stop.signal,
    isTTY: process.stdout.isTTY,
    columns: process.stdout.isTTY ? process.stdout.columns : 80,
  });
}

await main();
