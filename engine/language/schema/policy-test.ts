import {z} from 'zod';
import {documentOf, labels, name, word, words} from './common.ts';
import {share} from './detector.ts';

const text = z.string().max(65_536, 'must be at most 65536 characters');
const VERDICTS = ['allow', 'mask', 'approve', 'block'] as const;

/** What an external detector says in a case. */
const analyzed = z.strictObject({
  detector: name,
  entity: word.optional(),
  text: text.min(1, 'must not be empty').optional(),
  score: share.default(1),
  fails: z.literal(true).optional(),
});

const given = z.strictObject({
  caller: z.strictObject({subject: word.default('test'), groups: words, datasets: words}).prefault({}),
  agent: labels,
  provider: name,
  operation: z.enum(['chat', 'embeddings']).default('chat'),
  model: word.optional(),
  system: text.optional(),
  prompt: text.optional(),
  body: z.record(z.string(), z.json()).optional(),
  dataset: word.optional(),
  analyzed: z.array(analyzed).max(1000).default([]),
  response: text.optional(),
});

const expected = z.strictObject({
  verdict: z.enum(VERDICTS),
  rules: z.array(z.string().regex(/^[^/]+\/[^/]+$/, 'must be policy/rule')).optional(),
  shadow: z.array(z.string().regex(/^[^/]+\/[^/]+$/, 'must be policy/rule')).optional(),
  code: word.optional(),
  sent: text.optional(),
  response: z.strictObject({verdict: z.enum(VERDICTS).optional(), received: text.optional()}).optional(),
});

/** Cases that a policy repository checks itself with. */
export const policyTestSchema = documentOf(
  'PolicyTest',
  z.strictObject({
    cases: z
      .array(z.strictObject({name: word, given, expect: expected}))
      .min(1, 'must have at least one case')
      .max(1000),
  }),
);

export type PolicyTestDocument = z.output<typeof policyTestSchema>;
export type PolicyTestCase = PolicyTestDocument['spec']['cases'][number];
