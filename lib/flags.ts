import {parseDuration} from './duration.ts';
import {WeirError} from './errors.ts';
import {type Given, parseConfigFile} from './flag-config.ts';
import {suggestion} from './nearest.ts';

interface FlagBase {
  /** One line for `--help`. */
  help: string;
  /** How the value is called in `--help`, e.g. `URL`. */
  placeholder?: string;
  required?: boolean;
  /** Its value is never printed, in help or in an error. */
  secret?: boolean;
  /** Key in the configuration file, where it is not the flag's own name. */
  configKey?: string;
}

/** One flag. Its table key is its name in camelCase: `grpcListen` is `--grpc-listen`, WEIR_GRPC_LISTEN and `grpcListen:`. */
export type Flag =
  | (FlagBase & {type: 'string'; default?: string; choices?: readonly string[]})
  | (FlagBase & {type: 'number'; default?: number; min?: number; max?: number})
  /** Milliseconds; written `15s`. */
  | (FlagBase & {type: 'duration'; default?: number; min?: number; max?: number})
  /** False unless given. */
  | (FlagBase & {type: 'boolean'})
  /** Repeatable; in the environment its values are separated by white space. Empty unless given. */
  | (FlagBase & {type: 'list'});

export type FlagTable = Readonly<Record<string, Flag>>;

interface Positional {
  name: string;
  help: string;
  required: boolean;
}

/** What a command takes; enough to parse its arguments and to write its `--help`. */
export interface Usage<Flags extends FlagTable = FlagTable> {
  /** As typed, e.g. `weir approvals approve`. */
  name: string;
  summary: string;
  flags: Flags;
  positionals?: readonly Positional[];
  /** Whole command lines. */
  examples: readonly string[];
}

type Scalar<F extends Flag> = F['type'] extends 'boolean'
  ? boolean
  : F['type'] extends 'list'
    ? readonly string[]
    : F['type'] extends 'string'
      ? F extends {choices: readonly (infer Choice)[]}
        ? Choice
        : string
      : number;

type FlagValue<F extends Flag> = F['type'] extends 'boolean' | 'list'
  ? Scalar<F>
  : F extends {required: true} | {default: string | number}
    ? Scalar<F>
    : Scalar<F> | undefined;

export type FlagValues<Flags extends FlagTable> = {readonly [Name in keyof Flags]: FlagValue<Flags[Name]>};

export type Arguments<Flags extends FlagTable> =
  | {kind: 'help'}
  | {kind: 'values'; values: FlagValues<Flags>; positionals: readonly string[]};

/**
 * The values of a command's flags: command line before environment before `--config FILE` before default.
 *
 * @param argv without the program's and the command's own names.
 * @throws WeirError USAGE with one line that says what to do; it never holds a secret's value.
 */
export function parseFlags<const Flags extends FlagTable>(
  usage: Usage<Flags>,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Arguments<Flags> {
  const line = readArgv(usage, argv);
  if (line === 'help') return {kind: 'help'};
  const configPath = line.config ?? nonEmpty(env['WEIR_CONFIG']);
  const configKeys = new Map(Object.entries(usage.flags).map(([key, flag]) => [flag.configKey ?? key, key]));
  const config = configPath === undefined ? new Map<string, Given>() : parseConfigFile(configPath, configKeys);
  const values: Record<string, unknown> = {};
  const missing: string[] = [];
  for (const [key, flag] of Object.entries(usage.flags)) {
    const value = valueOf(key, flag, {line: line.given, env, config});
    const absent = value === undefined || (Array.isArray(value) && value.length === 0);
    if (absent && flag.required === true) missing.push(`--${flagName(key)} (or ${envName(key)})`);
    values[key] = value;
  }
  if (missing.length > 0) throw usageError(usage, `${missing.join(' and ')} must be given`);
  checkPositionals(usage, line.positionals);
  return {kind: 'values', values: values as FlagValues<Flags>, positionals: line.positionals};
}

/** `grpcListen` → `grpc-listen`. */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `grpcListen` → `WEIR_GRPC_LISTEN`. */
export function envName(key: string): string {
  return `WEIR_${flagName(key).replaceAll('-', '_').toUpperCase()}`;
}

interface Line {
  given: Map<string, Given>;
  config: string | undefined;
  positionals: string[];
}

function readArgv(usage: Usage, argv: readonly string[]): Line | 'help' {
  const line: Line = {given: new Map(), config: undefined, positionals: []};
  const keys = new Map(Object.keys(usage.flags).map((key) => [flagName(key), key]));
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? '';
    if (argument === '--') {
      line.positionals.push(...argv.slice(index + 1));
      break;
    }
    if (argument === '--help' || argument === '-h') return 'help';
    if (!argument.startsWith('-') || argument === '-') {
      line.positionals.push(argument);
      continue;
    }
    const equals = argument.indexOf('=');
    const name = argument.slice(0, equals < 0 ? undefined : equals).replace(/^--?/, '');
    let value = equals < 0 ? undefined : argument.slice(equals + 1);
    const key = name === 'config' ? 'config' : keys.get(name);
    if (key === undefined || !argument.startsWith('--')) {
      throw usageError(
        usage,
        `--${name} is not a flag of ${usage.name}${suggestion(name, [...keys.keys(), 'config'], '--')}`,
      );
    }
    const flag = usage.flags[key];
    if (flag?.type === 'boolean') {
      if (line.given.has(key)) throw usageError(usage, `--${name} is given twice`);
      line.given.set(key, value ?? true);
      continue;
    }
    if (value === undefined) {
      value = argv[++index];
      if (value === undefined || (value.startsWith('--') && value.length > 2)) {
        throw usageError(usage, `--${name} needs a value${flag === undefined ? '' : ` (${placeholder(flag)})`}`);
      }
    }
    if (flag === undefined) line.config = value;
    else if (flag.type === 'list') line.given.set(key, [...((line.given.get(key) ?? []) as string[]), value]);
    else if (line.given.has(key)) throw usageError(usage, `--${name} is given twice; it takes one value`);
    else line.given.set(key, value);
  }
  return line;
}

function valueOf(
  key: string,
  flag: Flag,
  sources: {
    line: ReadonlyMap<string, Given>;
    env: Readonly<Record<string, string | undefined>>;
    config: ReadonlyMap<string, Given>;
  },
): unknown {
  const fromLine = sources.line.get(key);
  if (fromLine !== undefined) return convert(flag, fromLine, `--${flagName(key)}`);
  const fromEnv = nonEmpty(sources.env[envName(key)]);
  if (fromEnv !== undefined) {
    const given = flag.type === 'list' ? fromEnv.split(/\s+/).filter((part) => part !== '') : fromEnv;
    return convert(flag, given, envName(key));
  }
  const fromConfig = sources.config.get(key);
  if (fromConfig !== undefined) return convert(flag, fromConfig, `${flag.configKey ?? key} of the configuration file`);
  if (flag.type === 'boolean') return false;
  if (flag.type === 'list') return [];
  return flag.default;
}

function convert(flag: Flag, given: Given, where: string): unknown {
  if (flag.type === 'boolean') {
    if (given === true || given === 'true' || given === '1') return true;
    if (given === false || given === 'false' || given === '0') return false;
    throw wrong(flag, given, where, 'true or false');
  }
  if (flag.type === 'list') return typeof given === 'object' ? given : [given];
  if (typeof given !== 'string') throw wrong(flag, given, where, placeholder(flag));
  switch (flag.type) {
    case 'string':
      if (flag.choices !== undefined && !flag.choices.includes(given)) {
        throw wrong(flag, given, where, `one of ${flag.choices.join(', ')}`);
      }
      return given;
    case 'number':
      return within(flag, given, where, given.trim() === '' ? Number.NaN : Number(given));
    case 'duration':
      return within(flag, given, where, durationOrNaN(given));
  }
}

function within(flag: Flag & {type: 'number' | 'duration'}, given: string, where: string, value: number): number {
  const {min = 0, max = Number.MAX_SAFE_INTEGER} = flag;
  if (value >= min && value <= max) return value;
  const shape = flag.type === 'duration' ? 'a duration like 500ms, 15s, 5m or 7d' : 'a number';
  const limits = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `from ${min} to ${max}`;
  throw wrong(flag, given, where, Number.isNaN(value) ? shape : `${limits}${flag.type === 'duration' ? ' ms' : ''}`);
}

function durationOrNaN(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    return Number.NaN;
  }
}

function checkPositionals(usage: Usage, positionals: readonly string[]): void {
  const wanted = usage.positionals ?? [];
  const absent = wanted.slice(positionals.length).find((positional) => positional.required);
  if (absent !== undefined) throw usageError(usage, `${absent.name} must be given: ${absent.help}`);
  const extra = positionals[wanted.length];
  if (extra !== undefined) throw usageError(usage, `"${extra}" is one argument too many`);
}

function wrong(flag: Flag, given: Given, where: string, expected: string): WeirError {
  const shown = flag.secret === true ? 'the value' : `"${String(given)}"`;
  return new WeirError('USAGE', `${where}: ${shown} is not ${expected}`);
}

function usageError(usage: Usage, message: string): WeirError {
  return new WeirError('USAGE', `${message}; see ${usage.name} --help`);
}

/** How a flag's value is called in help and errors. */
export function placeholder(flag: Flag): string {
  if (flag.placeholder !== undefined) return flag.placeholder;
  if (flag.type === 'string' && flag.choices !== undefined) return flag.choices.join('|');
  return {string: 'TEXT', number: 'NUMBER', duration: 'DURATION', boolean: '', list: 'VALUE'}[flag.type];
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
