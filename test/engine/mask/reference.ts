import {createContextReader} from '../../../engine/detect/context-words.ts';
import {shannonEntropy} from '../../../engine/detect/entropy.ts';
import {CONTEXT_WEIGHT, type Finder, type Finding} from '../../../engine/detect/finder.ts';
import {VALIDATORS} from '../../../engine/detect/validators/index.ts';
import {type Treatment, tokenFor} from '../../../engine/mask/lane.ts';
import {re2ForV8} from './re2-for-v8.ts';

/** Masks a whole text. */
export type Reference = (text: string) => string;

/** What masking a whole text means, written as plainly as it can be said, on the regular expressions of V8. */
export function createReference(finders: readonly Finder[], treatmentOf: (finder: number) => Treatment): Reference {
  const searches = finders.map(searchOf);
  return (text) => {
    const findings = searches.flatMap((search, finder) => search(text).map((span) => ({finder, ...span})));
    return replaced(text, clustersOf(findings), treatmentOf);
  };
}

interface Span {
  start: number;
  end: number;
}

/** Two findings overlap if they share a unit; a cluster is what overlapping connects. */
function clustersOf(findings: readonly Finding[]): Finding[][] {
  const clusters: Finding[][] = [];
  for (const finding of findings.toSorted((a, b) => a.start - b.start)) {
    const last = clusters.at(-1);
    const end = Math.max(-1, ...(last ?? []).map((member) => member.end));
    if (last !== undefined && finding.start < end) last.push(finding);
    else clusters.push([finding]);
  }
  return clusters;
}

/** Of a cluster's leftmost findings the one of the smallest priority, then the longest, names it. */
function replaced(text: string, clusters: readonly Finding[][], treatmentOf: (finder: number) => Treatment): string {
  let result = '';
  let at = 0;
  for (const members of clusters) {
    const start = Math.min(...members.map((member) => member.start));
    const end = Math.max(...members.map((member) => member.end));
    const [best] = members
      .filter((member) => member.start === start)
      .map((member) => ({treatment: treatmentOf(member.finder), length: member.end - member.start}))
      .sort(
        (a, b) =>
          a.treatment.priority - b.treatment.priority ||
          b.length - a.length ||
          (a.treatment.token < b.treatment.token ? -1 : 1),
      );
    if (best === undefined) throw new Error('a cluster has a first finding');
    result += text.slice(at, start) + tokenFor(best.treatment, text.slice(start, end));
    at = end;
  }
  return result + text.slice(at);
}

/** Findings of one finder: leftmost, never empty, not overlapping, looked for again one further where a check fails. */
function searchOf(finder: Finder): (text: string) => Span[] {
  const {source, allow} = finder;
  if (source.kind === 'keyword') throw new Error('the reference knows patterns only');
  if (allow !== undefined) throw new Error('the reference knows no allow-lists');
  const regex = new RegExp(re2ForV8(source.pattern, source.ignoreCase), 'dgu');
  return (text) => {
    const spans: Span[] = [];
    regex.lastIndex = 0;
    for (let match = regex.exec(text); match !== null; match = regex.exec(text)) {
      const [matchStart, matchEnd] = match.indices?.[0] ?? [0, 0];
      const [start, end] = match.indices?.groups?.['mask'] ?? [matchStart, matchEnd];
      if (matchEnd > matchStart && counts(finder, text, {start, end})) {
        if (end > start) spans.push({start, end});
        regex.lastIndex = matchEnd;
      } else {
        regex.lastIndex = matchStart + ((text.codePointAt(matchStart) ?? 0) > 0xffff ? 2 : 1);
      }
    }
    return spans;
  };
}

function counts(finder: Finder, text: string, {start, end}: Span): boolean {
  const {validator, minEntropy, confidence = 1, threshold = 0, context} = finder;
  const value = text.slice(start, end);
  if (validator !== undefined && VALIDATORS[validator]?.(value) !== true) return false;
  if (minEntropy > 0 && shannonEntropy(value) < minEntropy) return false;
  let likelihood = Math.round(confidence * 100);
  if (context !== undefined) {
    const reader = createContextReader(context);
    if (reader.raises(text, start)) likelihood += CONTEXT_WEIGHT * 100;
    if (reader.lowers(text, start)) likelihood -= CONTEXT_WEIGHT * 100;
  }
  return likelihood >= Math.round(threshold * 100);
}
