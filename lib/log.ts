export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Record<string, string | number | boolean | bigint | undefined>;

/** Writes one line an event: a fixed message, facts in fields. */
export interface Logger {
  debug: (message: string, fields?: LogFields) => void;
  info: (message: string, fields?: LogFields) => void;
  warn: (message: string, fields?: LogFields) => void;
  error: (message: string, fields?: LogFields & {error?: never}, cause?: unknown) => void;
  /** A logger that adds these fields to every line. */
  with: (fields: LogFields) => Logger;
}

const ORDER: Record<LogLevel, number> = {debug: 0, info: 1, warn: 2, error: 3};

/**
 * A logger that writes JSON lines.
 *
 * @param write receives each line, newline included.
 */
export function createLogger(options: {level: LogLevel; write: (line: string) => void; fields?: LogFields}): Logger {
  const {level, write, fields: own = {}} = options;
  const emit = (at: LogLevel, message: string, fields?: LogFields, cause?: unknown) => {
    if (ORDER[at] < ORDER[level]) return;
    const line = {time: new Date().toISOString(), level: at, message, ...own, ...fields, ...causeFields(cause)};
    write(
      `${JSON.stringify(line, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))}\n`,
    );
  };
  return {
    debug: (message, fields) => {
      emit('debug', message, fields);
    },
    info: (message, fields) => {
      emit('info', message, fields);
    },
    warn: (message, fields) => {
      emit('warn', message, fields);
    },
    error: (message, fields, cause) => {
      emit('error', message, fields, cause);
    },
    with: (fields) => createLogger({level, write, fields: {...own, ...fields}}),
  };
}

/** The name, code and message of an error; its stack only where it is not one of ours. */
function causeFields(cause: unknown): LogFields {
  if (!(cause instanceof Error)) return {};
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  return {cause: cause.message, causeCode: code, stack: cause.name === 'WeirError' ? undefined : cause.stack};
}
