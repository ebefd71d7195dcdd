import {alwaysCounts, isHopeless} from '../detect/acceptance.ts';
import {type AnyFinder, externalFinders} from '../detect/external/external-finder.ts';
import {type Finder, VIEW_NAMES, type ViewName} from '../detect/finder.ts';
import {canonicalJson} from '../language/canonical.ts';
import {compareText} from '../language/problem.ts';
import type {DetectorDocument} from '../language/schema/detector.ts';
import type {RuleDocument} from '../language/schema/policy.ts';
import {createDetectorTable, type NamedDetector, ownFinders} from './detector-table.ts';

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
  const table = createDetectorTable(documents);
  const byDetector = new Map<string, Sought[]>();
  const soughtBy = ({name, find}: RuleDocument): Sought[] => {
    if (find === undefined) return [];
    const detectors = table.select(find.detectors, find.except).flatMap((detector) => {
      const key = `${detector.name} ${find.threshold} ${find.views.join(' ')}`;
      let sought = byDetector.get(key);
      if (sought === undefined) byDetector.set(key, (sought = seekDetector(detector, find)));
      return sought;
    });
    const own = ownFinders(name, {...find, ignoreCase: false, minEntropy: 0});
    return [...detectors, ...own.flatMap((finder) => seek(finder, find))];
  };
  const sought = new Map(rules.map((rule) => [rule, soughtBy(rule)]));
  const byKey = new Map([...sought.values()].flat().map(({key, finder}) => [key, finder]));
  const keys = [...byKey.keys()].toSorted(compareText);
  const ids = new Map(keys.map((key, id) => [key, id]));
  return {
    finders: keys.flatMap((key) => byKey.get(key) ?? []),
    idsOf: (rule) => new Set((sought.get(rule) ?? []).flatMap(({key}) => ids.get(key) ?? [])),
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
