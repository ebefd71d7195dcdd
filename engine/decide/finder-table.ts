import {DETECTORS} from '../detect/catalogue.ts';
import type {Finder} from '../detect/finder.ts';
import {canonicalJson} from '../language/canonical.ts';
import {compareText} from '../language/problem.ts';
import type {DetectorDocument} from '../language/schema/detector.ts';
import type {RuleDocument} from '../language/schema/policy.ts';

/** Finders of a bundle, each once, in an order that depends on their content only. */
export interface FinderTable {
  finders: Finder[];
  /** Ids of what a rule looks for. */
  idsOf: (rule: RuleDocument) => Set<number>;
}

/** @throws RangeError for a detector that is not there; names have been checked before. */
export function createFinderTable(rules: readonly RuleDocument[], detectors: readonly DetectorDocument[]): FinderTable {
  const named = namedFinders(detectors);
  const found = new Map<RuleDocument, Finder[]>(rules.map((rule) => [rule, findersOf(rule, named)]));
  const byKey = new Map([...found.values()].flat().map((finder) => [finderKey(finder), finder]));
  const keys = [...byKey.keys()].toSorted(compareText);
  const ids = new Map(keys.map((key, id) => [key, id]));
  return {
    finders: keys.flatMap((key) => byKey.get(key) ?? []),
    idsOf: (rule) => new Set((found.get(rule) ?? []).flatMap((finder) => ids.get(finderKey(finder)) ?? [])),
  };
}

function findersOf(rule: RuleDocument, named: ReadonlyMap<string, readonly Finder[]>): Finder[] {
  if (rule.find === undefined) return [];
  const {detectors, patterns, keywords} = rule.find;
  return [
    ...detectors.flatMap((name) => {
      const finders = named.get(name);
      if (finders === undefined) throw new RangeError(`no detector "${name}"`);
      return finders;
    }),
    ...ownFinders(rule.name, {patterns, keywords, ignoreCase: false, minEntropy: 0}),
  ];
}

/** Finders by detector and by group of detectors. */
function namedFinders(detectors: readonly DetectorDocument[]): Map<string, Finder[]> {
  const named = new Map<string, Finder[]>();
  for (const {name, groups, finders} of DETECTORS) {
    const labelled = finders.map((finder) => ({...finder, label: name}));
    for (const key of [name, ...groups]) named.set(key, [...(named.get(key) ?? []), ...labelled]);
  }
  for (const {metadata, spec} of detectors) named.set(metadata.name, ownFinders(metadata.name, spec));
  return named;
}

type OwnTexts = Pick<DetectorDocument['spec'], 'patterns' | 'keywords' | 'ignoreCase' | 'minEntropy'>;

function ownFinders(label: string, spec: OwnTexts): Finder[] {
  const {ignoreCase, minEntropy} = spec;
  return [
    ...spec.patterns.map((pattern) => ({label, source: {kind: 'pattern', pattern, ignoreCase} as const})),
    ...spec.keywords.map((text) => ({label, source: {kind: 'keyword', text} as const})),
  ].map((finder) => ({...finder, validator: undefined, minEntropy}));
}

function finderKey(finder: Finder): string {
  return `${finder.label}\n${canonicalJson(finder)}`;
}
