import {z} from 'zod';
import {duration, name} from './common.ts';
import {httpUrl} from './traffic.ts';

const score = z.number().min(0, 'must be 0 to 1').max(1, 'must be 0 to 1');

/** An analyzer that speaks the HTTP API of Presidio's: it finds what no pattern can, names and addresses. */
export const external = z.strictObject({
  url: httpUrl,
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z]{2,4})?$/, 'must be a language such as en')
    .default('en'),
  entities: z
    .array(
      z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be an entity type of the analyzer, such as PERSON or US_SSN'),
    )
    .min(1, 'must name what to look for, such as PERSON')
    .max(100, 'must have at most 100 entries'),
  minScore: score.default(0.5),
  timeout: duration('100ms', '1m').default('5s'),
  maxConcurrent: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(256, 'must be at most 256')
    .default(8),
  credential: name.optional(),
  onFailure: z.enum(['block', 'ignore']).default('block'),
});

export type ExternalSpec = z.output<typeof external>;
