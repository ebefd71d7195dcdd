import type {Readable} from 'node:stream';
import {helpText} from './flag-help.ts';
import {type FlagTable, type FlagValues, parseFlags, type Usage} from './flags.ts';

/** Somewhere to print to. */
export interface Output {
  write: (chunk: string | Uint8Array) => unknown;
}

/** What a command may touch of the process that runs it. */
export interface CommandIo {
  stdout: Output;
  stderr: Output;
  /** Opened only by a command that reads it. */
  stdin: () => Readable;
  env: Readonly<Record<string, string | undefined>>;
  /** Aborts on SIGINT or SIGTERM: stop cleanly and return. */
  signal: AbortSignal;
  /** Whether a person reads standard output. */
  isTTY: boolean;
  /** Width of the terminal in columns. */
  columns: number;
}

/** One word, or two, behind `weir`. */
export interface Command {
  /** Without `weir`: `status`, `approvals approve`. */
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /**
   * @param argv behind the command's name.
   * @returns the exit code: 0 ok, 1 failure, 2 usage, 3 policy invalid.
   * @throws WeirError USAGE for exit code 2; any other WeirError for 1. Its message is printed as one line.
   */
  run: (argv: readonly string[], io: CommandIo) => Promise<number>;
}

/** A command with declared flags: `--help` prints its usage, a wrong flag is a usage error. */
export function defineCommand<const Flags extends FlagTable>(
  usage: Usage<Flags> & {
    run: (values: FlagValues<Flags>, io: CommandIo, positionals: readonly string[]) => Promise<number>;
  },
): Command {
  return {
    name: usage.name.replace(/^weir /, ''),
    summary: usage.summary,
    run: async (argv, io) => {
      const parsed = parseFlags<Flags>(usage, argv, io.env);
      if (parsed.kind === 'help') {
        io.stdout.write(helpText(usage));
        return 0;
      }
      return usage.run(parsed.values, io, parsed.positionals);
    },
  };
}
