import type {Finding} from '../detect/finder.ts';
import {type Treatment, tokenFor} from './lane.ts';

/** A span of a text and what replaces it: UTF-16 offsets, end exclusive. */
export interface Edit {
  start: number;
  end: number;
  token: string;
}

/**
 * What masking replaces: overlapping findings that are masked or blocked become one span with one token, that of the
 * leftmost finding, then of the smallest priority, then of the longest finding.
 *
 * @param text what the findings are in.
 */
export function maskClusters(
  text: string,
  findings: readonly Finding[],
  treatmentOf: (finder: number) => Treatment,
): Edit[] {
  const clusters: {start: number; end: number; best: Finding}[] = [];
  const masked = findings.filter((finding) => treatmentOf(finding.finder).action !== 'observe');
  for (const finding of masked.sort((a, b) => a.start - b.start)) {
    const last = clusters.at(-1);
    if (last === undefined || finding.start >= last.end) {
      clusters.push({start: finding.start, end: finding.end, best: finding});
      continue;
    }
    last.end = Math.max(last.end, finding.end);
    if (finding.start === last.start && namesBefore(finding, last.best, treatmentOf)) last.best = finding;
  }
  return clusters.map(({start, end, best}) => {
    const treatment = treatmentOf(best.finder);
    const value = treatment.tokenOf === undefined ? undefined : text.slice(start, end);
    return {start, end, token: tokenFor(treatment, value)};
  });
}

/** Of two findings that start together: whether the first one names the cluster. */
export function namesBefore(a: Finding, b: Finding, treatmentOf: (finder: number) => Treatment): boolean {
  const one = treatmentOf(a.finder);
  const two = treatmentOf(b.finder);
  if (one.priority !== two.priority) return one.priority < two.priority;
  if (a.end !== b.end) return a.end > b.end;
  return one.token < two.token;
}

/** The text with every edit made; edits are in order and do not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let from = 0;
  for (const {start, end, token} of edits) {
    result += text.slice(from, start) + token;
    from = end;
  }
  return result + text.slice(from);
}
