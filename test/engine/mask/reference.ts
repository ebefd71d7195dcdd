import {RE2JS} from 're2js';
import {shannonEntropy} from '../../../engine/detect/entropy.ts';
import type {Finder, Finding} from '../../../engine/detect/finder.ts';
import {VALIDATORS} from '../../../engine/detect/validators.ts';
import type {Treatment} from '../../../engine/mask/lane.ts';

/** What masking a whole text means, written as plainly as it can be said, on another regex engine. */
export function referenceMask(text: string, finders: readonly Finder[], treatmentOf: (f: number) => Treatment): string {
  const findings = finders.flatMap((finder, id) => referenceFindings(text, finder, id));
  // Two findings overlap if they share a unit; a cluster is what overlapping connects.
  const sorted = [...findings].sort((a, b) => a.start - b.start);
  const clusters: Finding[][] = [];
  for (const finding of sorted) {
    const last = clusters.at(-1);
    const end = Math.max(-1, ...(last ?? []).map((member) => member.end));
    if (last !== undefined && finding.start < end) last.push(finding);
    else clusters.push([finding]);
  }
  let result = '';
  let at = 0;
  for (const members of clusters) {
    const start = Math.min(...members.map((member) => member.start));
    const best = members
      .filter((member) => member.start === start)
      .map((member) => ({...treatmentOf(member.finder), length: member.end - member.start}))
      .sort((a, b) => a.priority - b.priority || b.length - a.length || (a.token < b.token ? -1 : 1))[0];
    result += text.slice(at, start) + (best?.token ?? '');
    at = Math.max(...members.map((member) => member.end));
  }
  return result + text.slice(at);
}

export function referenceFindings(text: string, finder: Finder, id: number): Finding[] {
  if (finder.source.kind === 'keyword') throw new Error('the reference knows patterns only');
  const {pattern, ignoreCase} = finder.source;
  const regex = RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  const matcher = regex.matcher(text);
  const hasMask = Object.hasOwn(regex.namedGroups(), 'mask');
  const findings: Finding[] = [];
  for (let from = 0; from <= text.length && matcher.find(from); ) {
    const [matchStart, matchEnd] = [matcher.start(), matcher.end()];
    const isGroup = hasMask && matcher.start('mask') >= 0;
    const start = isGroup ? matcher.start('mask') : matchStart;
    const end = isGroup ? matcher.end('mask') : matchEnd;
    const width = (text.codePointAt(matchStart) ?? 0) > 0xffff ? 2 : 1;
    if (matchEnd === matchStart || !accepts(finder, text.slice(start, end))) {
      from = matchStart + width;
    } else {
      if (end > start) findings.push({finder: id, start, end});
      from = matchEnd;
    }
  }
  return findings;
}

function accepts({validator, minEntropy}: Finder, value: string): boolean {
  const isValid = validator === undefined || VALIDATORS[validator]?.(value) === true;
  return isValid && (minEntropy <= 0 || shannonEntropy(value) >= minEntropy);
}
