import {DETECTORS} from '../detect/catalogue.ts';
import type {AllowList, ContextWords, Finder} from '../detect/finder.ts';
import {membersByName} from '../detect/members.ts';
import type {DetectorDocument} from '../language/schema/detector.ts';
import type {ExternalSpec} from '../language/schema/external.ts';

/** A detector with everything it looks for: built in, or of the policy's own. */
export interface NamedDetector {
  name: string;
  description: string;
  groups: readonly string[];
  /** What it inherits keeps the name of the detector that it comes from. */
  finders: readonly Finder[];
  /** Analyzers outside of Weir that it asks, those of what it extends included. */
  externals: readonly NamedExternal[];
  /** The document of a policy's own. */
  own: DetectorDocument | undefined;
}

interface NamedExternal {
  /** Name of the Detector that describes it. */
  name: string;
  spec: ExternalSpec;
}

/** Every detector that rules of a bundle may name. */
export interface DetectorTable {
  /** Sorted by name. */
  readonly all: readonly NamedDetector[];
  /**
   * The detectors that names of detectors and groups stand for, each once, without those that `except` stands for.
   *
   * @throws RangeError for a name that is not there.
   */
  select: (names: readonly string[], except?: readonly string[]) => NamedDetector[];
}

/** Units before a match that context words are looked for in, unless a detector says otherwise. */
const CONTEXT_WITHIN = 64;

/** @throws RangeError for detectors that extend each other, or what is not there. */
export function createDetectorTable(documents: readonly DetectorDocument[]): DetectorTable {
  const own = new Map(documents.map((document) => [document.metadata.name, document]));
  // A bundle that was compiled before a built-in detector came along means its own of that name.
  const known = DETECTORS.filter(({name}) => !own.has(name));
  const heads = [...known, ...documents.map(({metadata, spec}) => ({name: metadata.name, groups: spec.groups}))];
  const members = membersByName(heads);
  const detectors = new Map(known.map((detector) => [detector.name, builtIn(detector)]));
  const membersOf = (name: string): Set<string> => {
    const found = members.get(name);
    if (found === undefined) throw new RangeError(`no detector "${name}"`);
    return found;
  };
  const resolve = (name: string, path: readonly string[]): NamedDetector => {
    const resolved = detectors.get(name);
    if (resolved !== undefined) return resolved;
    const document = own.get(name);
    if (document === undefined) throw new RangeError(`no detector "${name}"`);
    if (path.includes(name)) throw new RangeError(`detectors extend each other: ${[...path, name].join(' → ')}`);
    const {extends: base} = document.spec;
    const bases = base === undefined ? [] : [...membersOf(base)].sort();
    const inherited = bases.map((member) => resolve(member, [...path, name]));
    const detector = ownDetector(document, inherited);
    detectors.set(name, detector);
    return detector;
  };
  for (const name of own.keys()) resolve(name, []);
  return {
    all: [...detectors.values()].sort(byName),
    select: (names, except = []) => {
      const left = new Set(except.flatMap((name) => [...membersOf(name)]));
      const chosen = new Set(names.flatMap((name) => [...membersOf(name)])).difference(left);
      return [...chosen].map((name) => resolve(name, [])).sort(byName);
    },
  };
}

function byName(a: NamedDetector, b: NamedDetector): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function builtIn({name, description, groups, finders}: (typeof DETECTORS)[number]): NamedDetector {
  return {
    name,
    description,
    groups,
    finders: finders.map((finder) => ({...finder, label: name})),
    externals: [],
    own: undefined,
  };
}

function ownDetector(document: DetectorDocument, inherited: readonly NamedDetector[]): NamedDetector {
  const {metadata, spec} = document;
  const {name, description = ''} = metadata;
  const finders = inherited.flatMap((base) => base.finders.map((finder) => changed(finder, spec)));
  const externals = new Map(inherited.flatMap((base) => base.externals.map((external) => [external.name, external])));
  if (spec.external !== undefined) externals.set(name, {name, spec: spec.external});
  return {
    name,
    description,
    groups: spec.groups,
    finders: [...finders, ...ownFinders(name, spec)],
    externals: [...externals.values()],
    own: document,
  };
}

/** An inherited finder with what the extending detector says of it. */
function changed(finder: Finder, spec: DetectorDocument['spec']): Finder {
  const {confidence = finder.confidence} = spec;
  const context = mergedContext(finder.context, spec.context);
  const allow = mergedAllow(finder.allow, spec.allow);
  return {
    ...finder,
    minEntropy: Math.max(finder.minEntropy, spec.minEntropy),
    ...(confidence !== undefined && {confidence}),
    ...(context !== undefined && {context}),
    ...(allow !== undefined && {allow}),
  };
}

function mergedContext(
  base: ContextWords | undefined,
  own: DetectorDocument['spec']['context'],
): ContextWords | undefined {
  if (own === undefined) return base;
  return {
    raise: union(base?.raise, own.raise),
    lower: union(base?.lower, own.lower),
    within: own.within ?? base?.within ?? CONTEXT_WITHIN,
  };
}

/** The detector's own list where there is nothing to merge, so that many finders share one. */
function mergedAllow(base: AllowList | undefined, own: AllowList | undefined): AllowList | undefined {
  if (base === undefined || own === undefined) return own ?? base;
  return {values: union(base.values, own.values), patterns: union(base.patterns, own.patterns)};
}

function union(a: readonly string[] = [], b: readonly string[] = []): string[] {
  return [...new Set([...a, ...b])];
}

/** What a detector or rule looks for by its own patterns and keywords. */
export function ownFinders(label: string, spec: OwnTexts): Finder[] {
  const {ignoreCase, minEntropy, validator, confidence, allow} = spec;
  const context = mergedContext(undefined, spec.context);
  const checks = {
    validator,
    minEntropy,
    ...(confidence !== undefined && {confidence}),
    ...(context !== undefined && {context}),
    ...(allow !== undefined && {allow}),
  };
  return [
    ...spec.patterns.map((pattern) => ({label, source: {kind: 'pattern', pattern, ignoreCase} as const, ...checks})),
    ...spec.keywords.map((text) => ({label, source: {kind: 'keyword', text} as const, ...checks})),
  ];
}

type OwnTexts = Pick<DetectorDocument['spec'], 'patterns' | 'keywords' | 'ignoreCase' | 'minEntropy'> &
  Partial<Pick<DetectorDocument['spec'], 'validator' | 'confidence' | 'context' | 'allow'>>;
