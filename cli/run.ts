import {errorCode, WeirError} from '../lib/errors.ts';
import {suggestion} from '../lib/nearest.ts';
import {VERSION} from '../lib/version.ts';
import type {CommandIo} from './command.ts';
import type {CommandEntry} from './commands.ts';

/**
 * Runs one command line of `weir`.
 *
 * @param argv without interpreter and script.
 * @returns the exit code: 0 ok, 1 failure, 2 usage, 3 policy invalid.
 */
export async function runCommandLine(
  commands: readonly CommandEntry[],
  argv: readonly string[],
  io: CommandIo,
): Promise<number> {
  const [first] = argv;
  if (first === '--version') {
    io.stdout.write(`weir ${VERSION}\n`);
    return 0;
  }
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    (first === undefined ? io.stderr : io.stdout).write(listing(commands, ''));
    return first === undefined ? 2 : 0;
  }
  try {
    return await dispatch(commands, argv, io);
  } catch (error) {
    if (io.signal.aborted && errorCode(error) !== 'USAGE') return 130;
    io.stderr.write(`weir: ${error instanceof WeirError ? error.message : unexpected(error)}\n`);
    return exitCode(error);
  }
}

async function dispatch(commands: readonly CommandEntry[], argv: readonly string[], io: CommandIo): Promise<number> {
  const [first = '', second = ''] = argv;
  const exact = commands.find((command) => command.name === first);
  if (exact !== undefined) return (await exact.load()).run(argv.slice(1), io);
  const group = commands.filter((command) => command.name.startsWith(`${first} `));
  if (group.length === 0) {
    const words = new Set(commands.map((command) => command.name.split(' ')[0] ?? ''));
    throw new WeirError('USAGE', `"${first}" is not a command${suggestion(first, words)}; see weir --help`);
  }
  const inGroup = group.find((command) => command.name === `${first} ${second}`);
  if (inGroup !== undefined) return (await inGroup.load()).run(argv.slice(2), io);
  if (second === '--help' || second === '-h') {
    io.stdout.write(listing(group, first));
    return 0;
  }
  const words = group.map((command) => command.name.slice(first.length + 1));
  if (second === '') throw new WeirError('USAGE', `weir ${first} needs one of: ${words.join(', ')}`);
  const meant = suggestion(second, words);
  throw new WeirError('USAGE', `"${first} ${second}" is not a command${meant}; see weir ${first} --help`);
}

function listing(commands: readonly CommandEntry[], group: string): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  const rows = commands.map((command) => `  weir ${command.name.padEnd(width)}  ${command.summary}\n`);
  const title = group === '' ? 'Weir governs what programs send to language models.\n\n' : '';
  const also = group === '' ? `  weir ${'--version'.padEnd(width)}  prints the version\n` : '';
  return `${title}Commands:\n${rows.join('')}${also}\nEvery command explains itself with --help.\n`;
}

function exitCode(error: unknown): number {
  const code = errorCode(error);
  if (code === 'USAGE') return 2;
  return code === 'POLICY_INVALID' ? 3 : 1;
}

/** A defect: the stack is what a report of it needs. */
function unexpected(error: unknown): string {
  return `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
