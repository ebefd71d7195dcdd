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

/** Findings of one finder: leftmost, never empty, not overlapping, looked for again one further where a check fails. */
function referenceFindings(text: string, finder: Finder, id: number): Finding[] {
  if (finder.source.kind === 'keyword') throw new Error('the reference knows patterns only');
  const {pattern} = finder.source;
  const next = pattern.includes('(?P<mask>') ? maskedMatches(pattern, text) : plainMatches(pattern, text);
  const findings: Finding[] = [];
  for (let from = 0; from <= text.length; ) {
    const match = next(from);
    if (match === undefined) break;
    const {start, end} = match;
    const width = (text.codePointAt(match.matchStart) ?? 0) > 0xffff ? 2 : 1;
    if (match.matchEnd === match.matchStart || !accepts(finder, text.slice(start, end))) {
      from = match.matchStart + width;
    } else {
      if (end > start) findings.push({finder: id, start, end});
      from = match.matchEnd;
    }
  }
  return findings;
}

interface Match {
  matchStart: number;
  matchEnd: number;
  start: number;
  end: number;
}

function plainMatches(pattern: string, text: string): (from: number) => Match | undefined {
  const matcher = RE2JS.compile(pattern).matcher(text);
  return (from) => {
    if (!matcher.find(from)) return undefined;
    const [start, end] = [matcher.start(), matcher.end()];
    return {matchStart: start, matchEnd: end, start, end};
  };
}

/** With a mask group, single characters around it are only looked at; RE2 cannot say that, but V8 can. */
function maskedMatches(pattern: string, text: string): (from: number) => Match | undefined {
  const source = pattern
    .replace('(?i)', '')
    .replace(/^\(\?:\^\|(\[(?:[^\]\\]|\\.)*\])\)/, '(?<=^|$1)')
    .replace(/^(\[(?:[^\]\\]|\\.)*\])(?![{*+?])/, '(?<=$1)')
    .replace(/\(\?:\$\|(\[(?:[^\]\\]|\\.)*\])\)$/, '(?=$|$1)')
    .replace(/\(\?:(\[(?:[^\]\\]|\\.)*\])\|\$\)$/, '(?=$|$1)')
    .replace(/\(\?:\$\|(\[(?:[^\]\\]|\\.)*\])\|(.*)\)$/, '(?:(?=$|$1)|$2)')
    .replaceAll('(?P<', '(?<');
  const regex = new RegExp(source, pattern.startsWith('(?i)') ? 'dgiu' : 'dgu');
  return (from) => {
    regex.lastIndex = from;
    const match = regex.exec(text);
    const whole = match?.indices?.[0];
    if (whole === undefined) return undefined;
    const [start, end] = match?.indices?.groups?.['mask'] ?? whole;
    return {matchStart: whole[0], matchEnd: whole[1], start, end};
  };
}

function accepts({validator, minEntropy}: Finder, value: string): boolean {
  const isValid = validator === undefined || VALIDATORS[validator]?.(value) === true;
  return isValid && (minEntropy <= 0 || shannonEntropy(value) >= minEntropy);
}
