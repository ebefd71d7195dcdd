import {type Finder, type FinderSet, type Finding, type Matcher, VIEW_NAMES} from '../../../../engine/detect/finder.ts';
import {compileMatcher} from '../../../../engine/detect/matcher.ts';
import {type ViewSet, withViews} from '../../../../engine/detect/views/with-views.ts';

export const KEY = 'key-abcdef0123456789';

const ALL_VIEWS: ViewSet = new Set(VIEW_NAMES);

function pattern(source: string): Finder {
  return {
    label: source,
    source: {kind: 'pattern', pattern: source, ignoreCase: false},
    validator: undefined,
    minEntropy: 0,
  };
}

/** A token with edges, a value without an end, a block, and something short; what follows one may be another. */
const FINDERS = ['\\bkey-[a-z0-9]{6,16}\\b', 'pass[=:](?P<mask>\\S+)', 'BEGIN[^#]*#', '[0-9]{3}-[0-9]{4}'].map(pattern);

export const everything: FinderSet = new Uint8Array(FINDERS.length).fill(1);

export function matcherOf(viewsOf: (finder: number) => ViewSet = () => ALL_VIEWS): Matcher {
  const compiled = compileMatcher(FINDERS);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return withViews(compiled.matcher, viewsOf);
}

/** What was found, as text. */
export function found(matcher: Matcher, text: string): string[] {
  return matcher.find(text, everything).map(({start, end}) => text.slice(start, end));
}

/** Findings in a text that arrives in pieces of the given lengths, over and over, and what its scan promised of them. */
export function streamed(matcher: Matcher, text: string, lengths: readonly number[]): Finding[] {
  const scan = matcher.open(everything);
  const promises: {hold: number; open: Finding[]; known: number}[] = [];
  for (let at = 0, i = 0; at < text.length; i++) {
    const length = Math.max(1, lengths[i % lengths.length] ?? 1);
    scan.push(text.slice(at, at + length));
    at += length;
    promises.push({hold: scan.hold, open: [...scan.open], known: scan.findings.length});
  }
  scan.end();
  for (const {hold, open, known} of promises) {
    for (const late of scan.findings.slice(known)) {
      const isOpen = open.some(({finder, start}) => finder === late.finder && start === late.start);
      if (late.start < hold && !isOpen) throw new Error(`${JSON.stringify(late)} comes behind ${hold}`);
    }
  }
  return scan.findings.sort((a, b) => a.start - b.start || a.finder - b.finder || a.end - b.end);
}
