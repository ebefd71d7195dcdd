import type {FinderSet, Finding, ForkingScan, PlainMatcher, ViewName} from '../finder.ts';
import {type ViewReaders, viewReaders} from './view-readers.ts';
import {WholeViews} from './whole-views.ts';

/** How texts are looked through for the same finders in the same views. */
export interface ViewPlan extends ViewReaders {
  /** Begins to look through a text as it is. */
  open: () => ForkingScan;
  /** Findings in a whole text as it is. */
  find: (text: string) => Finding[];
  /** Findings in the views of a whole text that so many decodings led to, some more than once. */
  findDecoded: (text: string, depth: number) => Finding[];
}

/** The plan for searching views of texts for some finders of a matcher. */
export function viewPlan(views: ReadonlySet<ViewName>, matcher: PlainMatcher, finders: FinderSet): ViewPlan {
  const readers = viewReaders(views);
  const find = (text: string): Finding[] => matcher.find(text, finders);
  const whole = new WholeViews(readers, find);
  return {
    ...readers,
    open: () => matcher.open(finders),
    find,
    findDecoded: (text, depth) => whole.findIn(text, depth),
  };
}
