import {z} from 'zod';
import {documentOf, name, word} from './common.ts';
import {external} from './external.ts';

const pattern = z.string().min(1, 'must not be empty').max(4096, 'must be at most 4096 characters');
const keyword = word.regex(/\S/, 'must not be blank');

/** The texts a rule or detector looks for by itself. */
export const patterns = z.array(pattern).max(200, 'must have at most 200 entries').default([]);
export const keywords = z.array(keyword).max(2000, 'must have at most 2000 entries').default([]);

/** A confidence, or what is asked of one. */
export const share = z.number().min(0, 'must be 0 to 1').max(1, 'must be 0 to 1');

const contextWords = z.array(keyword).max(200, 'must have at most 200 entries').default([]);

/** Words before a match that make it more or less likely. */
const context = z.strictObject({
  raise: contextWords,
  lower: contextWords,
  within: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(256, 'must be at most 256 characters')
    .optional(),
});

/** What never counts as a finding. */
const allow = z.strictObject({
  values: z
    .array(z.string().min(1, 'must not be empty').max(4096))
    .max(2000, 'must have at most 2000 entries')
    .default([]),
  patterns,
});

/** A named finder: `find.detectors` of a rule refers to it. */
export const detectorSchema = documentOf(
  'Detector',
  z.strictObject({
    extends: name.optional(),
    groups: z.array(name).max(20, 'must have at most 20 entries').default([]),
    patterns,
    keywords,
    ignoreCase: z.boolean().default(false),
    minEntropy: z.number().min(0, 'must be 0 to 8').max(8, 'must be 0 to 8').default(0),
    validator: word.optional(),
    confidence: share.optional(),
    context: context.optional(),
    allow: allow.optional(),
    external: external.optional(),
  }),
);

export type DetectorDocument = z.output<typeof detectorSchema>;
