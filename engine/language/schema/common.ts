import {z} from 'zod';
import {parseDurationMs} from '../duration.ts';

const NAME = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;

/** Name of a document, rule or credential. */
export const name = z
  .string()
  .regex(NAME, 'must be 1 to 63 lower-case letters, digits, "-" or ".", and begin and end with a letter or digit');

/** Free text on one line: a subject, a group, a model. */
export const word = z
  .string()
  .min(1, 'must not be empty')
  .max(256, 'must be at most 256 characters')
  .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters');

export const words = z.array(word).max(1000, 'must have at most 1000 entries').default([]);

export const glob = word.regex(/^[^*]*(\*[^*]+){0,8}\*?$/, 'must be a glob with at most 8 "*", none of them doubled');

const NOT_A_DURATION = 'must be a duration such as 30s, 15m, 8h or 1h30m';

/** A duration between two bounds, kept as written. */
export function duration(least: string, most: string) {
  const leastMs = parseDurationMs(least) ?? 0;
  const mostMs = parseDurationMs(most) ?? 0;
  return z
    .string(NOT_A_DURATION)
    .regex(/^(\d{1,9}(ms|s|m|h|d))+$/, NOT_A_DURATION)
    .refine((text) => {
      const ms = parseDurationMs(text);
      return ms === undefined || (ms >= leastMs && ms <= mostMs);
    }, `must be between ${least} and ${most}`);
}

export const labels = z
  .record(
    z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/, 'must be a label name such as env'),
    word,
  )
  .default({});

export const OPERATIONS = ['chat', 'embeddings', 'models'] as const;
export const DIALECT_NAMES = ['openai', 'anthropic'] as const;
const UNINSPECTABLE = [
  'image',
  'audio',
  'encryptedReasoning',
  'tokenIds',
  'remoteUrl',
  'hostedTool',
  'storedObject',
  'file',
] as const;
export const PLACES = [
  'system',
  'prompt',
  'assistant',
  'toolCall',
  'toolResult',
  'toolDefinition',
  'metadata',
  'response',
  'other',
] as const;

/** Kinds of content that may pass although no rule can look into them. */
export const uninspectable = z.array(z.enum(UNINSPECTABLE)).default([]);

export const callerSelector = z
  .strictObject({groups: words, subjects: z.array(glob).max(1000).default([])})
  .refine(
    ({groups, subjects}) => groups.length + subjects.length > 0,
    'must name groups or subjects; leave it out to select everyone',
  );

/** A document: the head every kind has, and its own spec. */
export function documentOf<Kind extends string, Spec extends z.ZodType>(kind: Kind, spec: Spec) {
  return z.strictObject({
    apiVersion: z.literal('weir/v1'),
    kind: z.literal(kind),
    metadata: z.strictObject({
      name,
      owner: word.optional(),
      description: z.string().max(2000, 'must be at most 2000 characters').optional(),
    }),
    spec,
  });
}
