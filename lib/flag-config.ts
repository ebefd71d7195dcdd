import {readFileSync} from 'node:fs';
import {load, YAMLException} from 'js-yaml';
import {WeirError} from './errors.ts';
import {suggestion} from './nearest.ts';

/** A setting as it was written, not yet converted. */
export type Given = string | boolean | readonly string[];

/**
 * The settings of a configuration file (YAML or JSON), by flag.
 *
 * A key is written in camelCase or as the flag itself: `grpcListen` or `grpc-listen`.
 *
 * @param keys the flag behind each setting's name.
 * @throws WeirError USAGE where the file cannot be read, is no mapping, or names an unknown key.
 */
export function parseConfigFile(path: string, keys: ReadonlyMap<string, string>): Map<string, Given> {
  const document = parse(path);
  if (document === undefined || document === null) return new Map();
  if (typeof document !== 'object' || Array.isArray(document)) {
    throw new WeirError('USAGE', `${path}: the file must hold \`flag: value\` pairs`);
  }
  const values = new Map<string, Given>();
  for (const [written, value] of Object.entries(document as Record<string, unknown>)) {
    const camel = written.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const key = keys.get(camel);
    if (key === undefined) {
      throw new WeirError('USAGE', `${path}: "${written}" is not a setting here${suggestion(camel, keys.keys())}`);
    }
    if (values.has(key)) throw new WeirError('USAGE', `${path}: "${written}" is set twice`);
    values.set(key, given(path, written, value));
  }
  return values;
}

function parse(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new WeirError('USAGE', `--config ${path} cannot be read (${code}); name a YAML or JSON file`, {cause});
  }
  if (text.trim() === '') return undefined;
  try {
    return load(text, {filename: path});
  } catch (cause) {
    if (!(cause instanceof YAMLException)) throw cause;
    const place = cause.mark === undefined ? '' : `:${cause.mark.line + 1}:${cause.mark.column + 1}`;
    throw new WeirError('USAGE', `${path}${place}: ${cause.reason}`, {cause});
  }
}

function given(path: string, key: string, value: unknown): Given {
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new WeirError('USAGE', `${path}: "${key}" must be a text, a number, true or false, or a list of texts`);
}
