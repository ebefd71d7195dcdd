import {alwaysCounts, isHopeless} from '../detect/acceptance.ts';
import {type AnyFinder, externalFinders} from '../detect/external/external-finder.ts';
import {type Finder, VIEW_NAMES, type ViewName} from '../detect/finder.ts';
import {canonicalJson} from '../language/canonical.ts';
import {compareText} from '../language/problem.ts';
import type {DetectorDocument} from '../language/schema/detector.ts';
import type {RuleDocument} from '../language/schema/policy.ts';
import {createDetectorTable, type DetectorTable, type NamedDetector, ownFinders} from './detector-table.ts';

/** Finders of a bundle, each once, in an order that depends on their content only; external ones stand last. */
export interface FinderTable {
  finders: AnyFinder[];
  /** Ids of what a rule looks for. */
  idsOf: (rule: RuleDocument) => Set<number>;
}

type Find = NonNullable<RuleDocument['find']>;

/** A finder as a rule asks for it. The key is its content: rules that ask alike share it. */
interface Sought {
  key: string;
  finder: AnyFinder;
}

/** @throws RangeError for a detector that is not there; names have been checked before. */
export function createFinderTable(rules: readonly RuleDocument[], documents: readonly DetectorDocument[]): FinderTable {
  const seekNamed = namedSeeker(createDetectorTable(documents));
  const parts = new Map<RuleDocument, readonly (readonly Sought[])[]>();
  for (const rule of rules) {
    const {name, find} = rule;
    if (find === undefined) continue;
    const own = ownFinders(name, {...find, ignoreCase: false, minEntropy: 0});
    parts.set(rule, [seekNamed(find), own.flatMap((finder) => seek(finder, find))]);
  }
  const lists = new Set([...parts.values()].flat());
  const byKey = new Map<string, AnyFinder>();
  for (const list of lists) for (const {key, finder} of list) byKey.set(key, finder);
  const keys = [...byKey.keys()].toSorted(compareText);
  const idOf = new Map(keys.map((key, id) => [key, id]));
  const ids = new Map([...lists].map((list) => [list, list.flatMap(({key}) => idOf.get(key) ?? [])]));
  return {
    finders: keys.flatMap((key) => byKey.get(key) ?? []),
    idsOf: (rule) => new Set((parts.get(rule) ?? []).flatMap((list) => ids.get(list) ?? [])),
  };
}

/** What rules look for by names of detectors and groups: one list for all rules that ask alike. */
function namedSeeker(table: DetectorTable): (find: Find) => readonly Sought[] {
  const byDetector = new Map<string, Sought[]>();
  const byFind = new Map<string, Sought[]>();
  const seekAll = (find: Find) =>
    table.select(find.detectors, find.except).flatMap((detector) => {
      const key = `${detector.name} ${find.threshold} ${find.views.join(' ')}`;
      let sought = byDetector.get(key);
      if (sought === undefined) byDetector.set(key, (sought = seekDetector(detector, find)));
      return sought;
    });
  return (find) => {
    const {detectors, except, threshold, views} = find;
    const key = JSON.stringify([detectors, except, threshold, views]);
    let sought = byFind.get(key);
    if (sought === undefined) byFind.set(key, (sought = seekAll(find)));
    return sought;
  };
}

function seekDetector({finders, externals}: NamedDetector, find: Find): Sought[] {
  const stated = externals.flatMap(({name, spec}) => externalFinders(name, spec.entities, find.threshold));
  return [
    ...finders.flatMap((one) => seek(one, find)),
    // The matcher knows the finders that are not external, by ids without a gap: no label begins like this.
    ...stated.map((finder) => ({key: `\uffff${canonicalJson(finder)}`, finder})),
  ];
}

/** Nothing for a finder that no context could lift to the threshold. */
function seek(finder: Finder, {threshold, views}: Find): Sought[] {
  const asked = asAsked(finder, threshold, views);
  return asked === undefined ? [] : [{key: `${asked.label}\n${canonicalJson(asked)}`, finder: asked}];
}

/**
 * A finder under a rule's threshold, in the views that the rule asks for; undefined where no match of it could count.
 *
 * Where every match counts, nothing is said of confidence: then rules of different thresholds share the finder.
 */
export function asAsked(finder: Finder, threshold: number, views: readonly ViewName[]): Finder | undefined {
  if (isHopeless({...finder, threshold})) return undefined;
  const {confidence, context, ...rest} = finder;
  const seen = new Set(views);
  const inViews =
    seen.size === VIEW_NAMES.length ? rest : {...rest, views: VIEW_NAMES.filter((view) => seen.has(view))};
  if (alwaysCounts({...finder, threshold})) return inViews;
  return {
    ...inViews,
    threshold,
    ...(confidence !== undefined && {confidence}),
    ...(context !== undefined && {context}),
  };
}
