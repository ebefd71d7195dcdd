import {z} from 'zod';
import {VIEW_NAMES} from '../../detect/finder.ts';
import {
  callerSelector,
  documentOf,
  duration,
  glob,
  labels,
  name,
  OPERATIONS,
  PLACES,
  uninspectable,
  word,
} from './common.ts';
import {keywords, patterns, share} from './detector.ts';

const expression = z.string().min(1, 'must not be empty').max(2000, 'must be at most 2000 characters');

const find = z.strictObject({
  detectors: z.array(name).max(200).default([]),
  except: z.array(name).max(200).default([]),
  patterns,
  keywords,
  threshold: share.default(0.5),
  views: z.preprocess(
    (value) => (value === 'none' ? [] : value),
    z.array(z.enum(VIEW_NAMES), 'must be none, or a list of views').default([...VIEW_NAMES]),
  ),
  in: z.array(z.enum(PLACES)).min(1, 'must name a place; leave it out to search everywhere').optional(),
});

const kept = z.int('must be a whole number').min(1, 'must be at least 1').max(64, 'must be at most 64');

/** What stands in a finding's place; at most one of these. */
const mask = z.strictObject({
  with: z.string().max(200, 'must be at most 200 characters').optional(),
  keep: z.strictObject({first: kept.optional(), last: kept.optional()}).optional(),
  hash: z.literal(true).optional(),
  restore: z.strictObject({tools: z.array(glob).max(1000, 'must have at most 1000 entries').default([])}).optional(),
});

const approve = z.strictObject({
  reviewers: z.array(word).min(1, 'must name a group whose members may review').max(100),
  count: z.int('must be a whole number').min(1, 'must be at least 1').max(10, 'must be at most 10').default(1),
  within: duration('1s', '24h').default('15m'),
  remember: duration('0s', '30d').default('0s'),
  reason: z.enum(['required', 'optional']).default('optional'),
});

const block = z.strictObject({
  status: z.int('must be a whole number').min(400, 'must be 400 to 499').max(499, 'must be 400 to 499').default(400),
  code: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be lower-case letters, digits and "_", such as dataset_prohibited')
    .default('blocked'),
  message: z.string().min(1, 'must not be empty').max(1000, 'must be at most 1000 characters').optional(),
});

/** One entry of a policy's `rules`. */
export const ruleSchema = z.strictObject({
  name,
  description: z.string().max(2000).optional(),
  mode: z.enum(['enforce', 'shadow', 'off']).optional(),
  on: z
    .array(z.enum(['request', 'response']))
    .min(1, 'must name request or response')
    .default(['request']),
  callers: callerSelector.optional(),
  when: expression.optional(),
  unstated: z.literal('allow').optional(),
  find: find.optional(),
  action: z.enum(['mask', 'approve', 'block', 'allow']),
  mask: mask.optional(),
  approve: approve.optional(),
  block: block.optional(),
});

export const policySchema = documentOf(
  'Policy',
  z.strictObject({
    mode: z.enum(['enforce', 'shadow', 'off']).default('enforce'),
    applies: z
      .strictObject({
        agents: labels,
        callers: callerSelector.optional(),
        providers: z.array(name).default([]),
        models: z.array(glob).default([]),
        operations: z.array(z.enum(OPERATIONS)).default([]),
        when: expression.optional(),
      })
      .prefault({}),
    allowUninspectable: uninspectable,
    rules: z.array(ruleSchema).max(1000, 'must have at most 1000 entries'),
  }),
);

export type RuleDocument = z.output<typeof ruleSchema>;
export type PolicyDocument = z.output<typeof policySchema>;
