import {z} from 'zod';
import {didYouMean} from './nearest.ts';
import type {Problem} from './problem.ts';
import type {Source} from './source.ts';
import {keyOffsetAt, nodeAt, offsetAt, plainValue, type YamlNode} from './yaml-node.ts';

/** A part of a document: where it stands, and the path that leads to it. */
export interface Placed {
  source: Source;
  root: YamlNode;
}

/**
 * Checks a value that stands at `path` against its schema.
 *
 * The value comes back with defaults filled in; where only unknown fields are wrong it comes back without them,
 * so that what is left can still be checked further.
 */
export function checkShape<Schema extends z.ZodType>(
  placed: Placed,
  schema: Schema,
  path: readonly PropertyKey[] = [],
): {value: z.output<Schema> | undefined; problems: Problem[]} {
  const node = nodeAt(placed.root, path);
  const raw = node === undefined ? undefined : plainValue(node);
  const result = schema.safeParse(raw);
  if (result.success) return {value: result.data, problems: []};
  const {issues} = result.error;
  const problems = issues.flatMap((issue) => issueProblems(placed, schema, path, issue));
  const unknown = issues.filter((issue) => issue.code === 'unrecognized_keys');
  if (unknown.length < issues.length) return {value: undefined, problems};
  for (const issue of unknown) removeKeys(raw, issue.path, issue.keys);
  return {value: schema.safeParse(raw).data, problems};
}

/** What a field is called in messages: its own name, or `entry 3 of "rules"`. */
function fieldName(path: readonly PropertyKey[]): string {
  const last = path.at(-1);
  if (last === undefined) return 'the document';
  if (typeof last === 'number') return `entry ${last + 1} of "${String(path.at(-2) ?? 'the list')}"`;
  return `"${String(last)}"`;
}

function issueProblems(
  {source, root}: Placed,
  schema: z.ZodType,
  base: readonly PropertyKey[],
  issue: z.core.$ZodIssue,
): Problem[] {
  const path = [...base, ...issue.path];
  const name = fieldName(path);
  const node = nodeAt(root, path);
  const at = offsetAt(root, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = fieldsAt(schema, issue.path);
      return issue.keys.map((key) => {
        const hint = didYouMean(key, known) || `; known here: ${known.join(', ')}`;
        return source.problem(keyOffsetAt(root, [...path, key]), 'unknown_field', `unknown field "${key}"${hint}`);
      });
    }
    case 'invalid_type':
      if (node === undefined) return [missing(source, at, path)];
      if (issue.message.startsWith('must ')) return [source.problem(at, 'wrong_type', `${name} ${issue.message}`)];
      return [
        source.problem(
          at,
          'wrong_type',
          `${name} must be ${article(issue.expected)}, not ${misfit(node, issue.expected)}`,
        ),
      ];
    case 'invalid_value': {
      if (node === undefined) return [missing(source, at, path)];
      const values = issue.values.map(String);
      const found = node.kind === 'scalar' ? `"${String(node.value)}"` : described(node);
      const choice = values.length === 1 ? `"${values[0] ?? ''}"` : `one of ${values.join(', ')}`;
      const hint = node.kind === 'scalar' ? didYouMean(String(node.value), values) : '';
      return [source.problem(at, 'invalid_value', `${name} must be ${choice}, not ${found}${hint}`)];
    }
    case 'invalid_key': {
      const message = issue.issues[0]?.message ?? 'is not a valid name';
      return [source.problem(keyOffsetAt(root, path), 'invalid_value', `${name} ${message}`)];
    }
    default: {
      const message = /^(must|has|is) /.test(issue.message) ? issue.message : `is not valid: ${issue.message}`;
      return [source.problem(at, 'invalid_value', `${name} ${message}`)];
    }
  }
}

function missing(source: Source, at: number, path: readonly PropertyKey[]): Problem {
  const field = String(path.at(-1));
  const hint = field === 'rules' ? '; a policy that allows all it applies to says "rules: []"' : '';
  const inside = path.length > 1 ? ` in ${fieldName(path.slice(0, -1))}` : '';
  return source.problem(at, 'missing_field', `"${field}" is missing${inside}${hint}`);
}

function article(expected: string): string {
  switch (expected) {
    case 'array':
      return 'a list';
    case 'object':
    case 'record':
      return 'a mapping';
    case 'int':
      return 'a whole number';
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    default:
      return `a ${expected}`;
  }
}

/** What stands where something else should, and how it becomes that. */
function misfit(node: YamlNode, expected: string): string {
  const hint = HINTS.get(`${kindOf(node)} for ${expected}`);
  return hint === undefined ? described(node) : `${described(node)}; ${hint}`;
}

const HINTS: ReadonlyMap<string, string> = new Map([
  ['number for string', 'quotes make it text'],
  ['boolean for string', 'quotes make it text'],
  ['boolean for object', '"{}" stands for one with nothing more to say'],
  ['string for array', 'brackets make it a list'],
]);

function kindOf(node: YamlNode): string {
  return node.kind === 'scalar' ? typeof node.value : node.kind;
}

function described(node: YamlNode): string {
  if (node.kind === 'mapping') return 'a mapping';
  if (node.kind === 'sequence') return 'a list';
  if (node.value === null) return 'empty';
  if (typeof node.value === 'string') return 'text';
  return `the ${typeof node.value} ${String(node.value)}`;
}

/** Names of the fields that the object schema at a path knows. */
function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at = unwrapped(schema);
  for (const step of path) {
    if (at instanceof z.ZodObject) at = unwrapped((at.shape as Record<string, z.ZodType>)[String(step)]);
    else if (at instanceof z.ZodArray) at = unwrapped(at.element as z.ZodType);
    else return [];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrapped(schema: z.ZodType | undefined): z.ZodType | undefined {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodDefault || at instanceof z.ZodPrefault) {
    at = at.unwrap() as z.ZodType; // zod types the inner schema by its core class only
  }
  return at;
}

function removeKeys(raw: unknown, path: readonly PropertyKey[], keys: readonly string[]): void {
  let at: unknown = raw;
  for (const step of path) at = (at as Record<PropertyKey, unknown> | undefined)?.[step]; // zod has walked this path
  for (const key of keys) Reflect.deleteProperty(at as object, key);
}
