import {createLogger, type Logger} from '../../lib/log.ts';

/** A logger whose lines a test can read. */
export interface LogLines {
  readonly log: Logger;
  readonly lines: () => Record<string, unknown>[];
  /** Whether a message was logged. */
  readonly has: (message: string) => boolean;
}

export function createLogLines(): LogLines {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    level: 'debug',
    write: (line) => {
      lines.push(JSON.parse(line) as Record<string, unknown>);
    },
  });
  return {log, lines: () => lines, has: (message) => lines.some((line) => line['message'] === message)};
}
