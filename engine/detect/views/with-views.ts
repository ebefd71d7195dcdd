import type {FinderSet, Finding, Matcher, PlainMatcher, TextScan, ViewName} from '../finder.ts';
import {JoinedScan} from './joined-scan.ts';
import {ViewGroup} from './view-group.ts';
import {viewPlan} from './view-plan.ts';

/** Decoded views of a text that are searched. */
export type ViewSet = ReadonlySet<ViewName>;

/** How a matcher, with or without views, looks through texts for one set of finders. */
type Search = Pick<ViewGroup, 'find' | 'mayMatch' | 'open'>;

/**
 * A matcher that also searches decoded views of a text: escapes, encoded runs and characters that stand for others,
 * one within the other up to MAX_DEPTH times.
 *
 * A finding in a view is the smallest part of the text itself that covers all that its units were decoded from. One
 * that lies within a finding of the same finder in the text itself is not listed again.
 */
export function withViews(matcher: PlainMatcher, viewsOf: (finder: number) => ViewSet): Matcher {
  const searches = new WeakMap<FinderSet, readonly Search[]>();
  const searchesFor = (active: FinderSet): readonly Search[] => {
    let found = searches.get(active);
    if (found === undefined) searches.set(active, (found = groups(matcher, viewsOf, active)));
    return found;
  };
  return {
    find: (text, active) => {
      const findings = searchesFor(active).flatMap((search) => search.find(text));
      return findings.sort((a, b) => a.start - b.start || a.finder - b.finder || a.end - b.end);
    },
    mayMatch: (text, active) => searchesFor(active).some((search) => search.mayMatch(text)),
    open: (active) => {
      const scans = searchesFor(active).map((search) => search.open());
      const [only] = scans;
      return scans.length === 1 && only !== undefined ? only : new JoinedScan(scans);
    },
  };
}

/** Finders are independent of each other: those with the same views are searched for together. */
function groups(matcher: PlainMatcher, viewsOf: (finder: number) => ViewSet, active: FinderSet): Search[] {
  const byViews = new Map<string, {views: ViewSet; finders: FinderSet}>();
  active.forEach((isActive, finder) => {
    if (isActive !== 1) return;
    const views = viewsOf(finder);
    const key = [...views].sort().join(' ');
    const group = byViews.get(key) ?? {views, finders: new Uint8Array(active.length)};
    group.finders[finder] = 1;
    byViews.set(key, group);
  });
  if (byViews.size === 0) return [plainSearch(matcher, active)];
  return [...byViews.values()].map(({views, finders}) => {
    if (views.size === 0) return plainSearch(matcher, finders);
    return new ViewGroup(viewPlan(views, matcher, finders));
  });
}

function plainSearch(matcher: PlainMatcher, finders: FinderSet): Search {
  return {
    find: (text): Finding[] => matcher.find(text, finders),
    mayMatch: (text) => matcher.mayMatch(text, finders),
    open: (): TextScan => matcher.open(finders),
  };
}
