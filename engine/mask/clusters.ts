import type {Finding} from '../detect/finder.ts';
import type {Treatment} from './lane.ts';

/** A span of a text and what replaces it: UTF-16 offsets, end exclusive. */
export interface Edit {
  start: number;
  end: number;
  token: string;
}

/**
 * What masking replaces: overlapping findings that are masked or blocked become one span with one token, that of the
 * leftmost finding, then of the smallest priority, then of the longest finding.
 */
export function maskClusters(findings: readonly Finding[], treatmentOf: (finder: number) => Treatment): Edit[] {
  const edits: Edit[] = [];
  let last: (Edit & {best: Finding}) | undefined;
  const masked = findings.filter((finding) => treatmentOf(finding.finder).action !== 'observe');
  for (const finding of masked.sort((a, b) => a.start - b.start)) {
    if (last === undefined || finding.start >= last.end) {
      last = {start: finding.start, end: finding.end, token: treatmentOf(finding.finder).token, best: finding};
      edits.push(last);
      continue;
    }
    last.end = Math.max(last.end, finding.end);
    if (finding.start === last.start && namesBefore(finding, last.best, treatmentOf)) {
      last.best = finding;
      last.token = treatmentOf(finding.finder).token;
    }
  }
  return edits.map(({start, end, token}) => ({start, end, token}));
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
