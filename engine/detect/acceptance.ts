import {createContextReader} from './context-words.ts';
import {shannonEntropy} from './entropy.ts';
import {CONTEXT_WEIGHT, type Finder} from './finder.ts';
import type {Acceptance} from './regex/tracker.ts';
import {VALIDATORS} from './validators/index.ts';

/** Sums of tenths miss their threshold by less than this. */
const ROUNDING = 1e-9;

/**
 * What decides whether a match of a finder counts; undefined where every match does.
 *
 * @param isAllowed whether the finder's allow-list lets a text pass; undefined without one.
 */
export function acceptanceOf(finder: Finder, isAllowed?: (finding: string) => boolean): Acceptance | undefined {
  const {validator, minEntropy} = finder;
  const isValid = validator === undefined ? undefined : VALIDATORS[validator];
  const isLikely = likelihood(finder);
  if (isValid === undefined && minEntropy <= 0 && isLikely === undefined && isAllowed === undefined) return undefined;
  return {
    reach: isLikely?.reach ?? 0,
    accepts: (text, start, end) => {
      const finding = text.slice(start, end);
      if (isValid !== undefined && !isValid(finding)) return false;
      if (minEntropy > 0 && shannonEntropy(finding) < minEntropy) return false;
      return isLikely === undefined || isLikely.accepts(text, start, end);
    },
    isAllowed,
  };
}

/** Whether a match of the finder counts only where a raising word stands before it. */
export function isUnlikely(finder: Finder): boolean {
  const {confidence = 1, threshold = 0} = finder;
  return confidence < threshold - ROUNDING && !isHopeless(finder);
}

/** Whether no context could make a match of the finder count. */
export function isHopeless({confidence = 1, threshold = 0, context}: Finder): boolean {
  const canRise = context !== undefined && context.raise.length > 0;
  return confidence + (canRise ? CONTEXT_WEIGHT : 0) < threshold - ROUNDING;
}

/** Whether no context could keep a match of the finder from counting, as far as its confidence goes. */
export function alwaysCounts({confidence = 1, threshold = 0, context}: Finder): boolean {
  const canFall = context !== undefined && context.lower.length > 0;
  return threshold === 0 || confidence - (canFall ? CONTEXT_WEIGHT : 0) >= threshold - ROUNDING;
}

/** How likely a match of the finder that starts in a text at `start` is what it looks like, 0 to 1. */
export function confidenceAt({confidence = 1, context}: Finder, text: string, start: number): number {
  if (context === undefined) return confidence;
  const reader = createContextReader(context);
  const raised = reader.raises(text, start) ? CONTEXT_WEIGHT : 0;
  const lowered = reader.lowers(text, start) ? CONTEXT_WEIGHT : 0;
  return Math.min(1, Math.max(0, confidence + raised - lowered));
}

/** Looks at the context only as far as it can change the verdict. */
function likelihood({confidence = 1, threshold = 0, context}: Finder): Acceptance | undefined {
  const reaches = (sum: number): boolean => sum >= threshold - ROUNDING;
  const accepted = reaches(confidence);
  if (context === undefined) return accepted ? undefined : {reach: 0, accepts: () => false};
  const reader = createContextReader(context);
  if (accepted && (context.lower.length === 0 || reaches(confidence - CONTEXT_WEIGHT))) return undefined;
  if (accepted) {
    return {
      reach: reader.reach,
      accepts: (text, start) => !reader.lowers(text, start) || reader.raises(text, start),
    };
  }
  if (!reaches(confidence + CONTEXT_WEIGHT)) return {reach: 0, accepts: () => false};
  return {
    reach: reader.reach,
    accepts: (text, start) => reader.raises(text, start) && !reader.lowers(text, start),
  };
}
