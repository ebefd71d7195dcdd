import {z} from 'zod';
import type {ExternalSpan} from '../../engine/detect/external/external-facts.ts';
import type {ExternalAnalyzer} from '../../engine/detect/external/external-finder.ts';
import {codePointsOf} from './code-points.ts';

/** Findings that one text may have; an answer with more is no answer. */
const MAX_RESULTS = 100_000;

/** One finding as Presidio's analyzer writes it; offsets count Unicode code points, `end` is exclusive. */
const result = z.object({
  entity_type: z.string().min(1).max(200),
  start: z.int().min(0),
  end: z.int().min(1),
  score: z.number().min(0).max(1),
});

const results = z.array(result).max(MAX_RESULTS);

/** The body of `POST /analyze`. */
export function analyzeBody({language, entities, minScore}: ExternalAnalyzer, text: string): string {
  // Half a surrogate pair is no character, and no analyzer could write it down; what stands in its place is as long.
  return JSON.stringify({text: text.toWellFormed(), language, entities, score_threshold: minScore});
}

/**
 * Reads the answer to `POST /analyze`. Findings of types that were not asked for are left out.
 *
 * @throws RangeError with what is wrong in it, without any of its text.
 */
export function readAnswer(analyzer: ExternalAnalyzer, text: string, body: string): ExternalSpan[] {
  const points = codePointsOf(text);
  return parsed(body).flatMap(({entity_type: entity, start, end, score}): ExternalSpan[] => {
    if (start >= end || end > points.length) {
      throw new RangeError(`a finding from ${start} to ${end} in a text of ${points.length} code points`);
    }
    if (score < analyzer.minScore || !analyzer.entities.includes(entity)) return [];
    return [{entity, start: points.unitOf(start), end: points.unitOf(end), score}];
  });
}

function parsed(body: string): z.output<typeof results> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new RangeError('the answer is not JSON');
  }
  const read = results.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new RangeError(`the answer is no list of findings: at ${issue?.path.join('.') ?? ''} ${issue?.code ?? ''}`);
}
