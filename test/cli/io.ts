import {Readable} from 'node:stream';
import {COMMANDS} from '../../cli/commands.ts';
import {runCommandLine} from '../../cli/run.ts';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `weir …` in this process, with nothing of its environment. */
export async function weir(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  stdin = '',
): Promise<Ran> {
  const ran = {code: 0, stdout: '', stderr: ''};
  ran.code = await runCommandLine(COMMANDS, argv, {
    stdout: {write: (chunk) => (ran.stdout += chunk.toString())},
    stderr: {write: (chunk) => (ran.stderr += chunk.toString())},
    stdin: () => Readable.from([Buffer.from(stdin)]),
    env,
    signal: new AbortController().signal,
    isTTY: false,
    columns: 80,
  });
  return ran;
}
