import type {Finder} from '../finder.ts';

/** What an external detector is asked for, and how; compiled from a Detector document. */
export interface ExternalAnalyzer {
  /** Name of the Detector. */
  detector: string;
  /** Base URL, without trailing slash; `/analyze` is appended. */
  url: string;
  /** As the analyzer names it, e.g. `en`. */
  language: string;
  /** Entity types that count, e.g. `PERSON`; sorted. */
  entities: readonly string[];
  /** Findings of a lower score are not asked for; 0 to 1. */
  minScore: number;
  /** For one call, its wait for a free place included. */
  timeoutMs: number;
  /** Calls at a time. */
  maxConcurrent: number;
  /** Name of a credential that the agent's own configuration defines; undefined for an analyzer without key. */
  credential: string | undefined;
  /** What becomes of a text that the analyzer gave no answer for. */
  onFailure: 'block' | 'ignore';
}

/**
 * Stands for what an external detector says of a text. No pattern: the matcher knows nothing of it; its findings are
 * facts that are stated beside the text (`statedMatcher`).
 */
export interface ExternalFinder {
  label: string;
  external: {
    /** Name of the Detector. */
    detector: string;
    /** Undefined: finds the whole of a text that the detector gave no answer for. */
    entity: string | undefined;
  };
  /** Score that a finding has to reach; nothing is asked of a finding that stands for a missing answer. */
  threshold?: number;
}

/** Whatever a rule looks for. */
export type AnyFinder = Finder | ExternalFinder;

export function isExternal(finder: AnyFinder): finder is ExternalFinder {
  return 'external' in finder;
}

/** The finders that the matcher knows. */
export function matchedFinders(finders: readonly AnyFinder[]): Finder[] {
  return finders.filter((finder): finder is Finder => !isExternal(finder));
}

/**
 * The finders of one external detector: one an entity type, and one for texts it gave no answer for.
 *
 * @param threshold score that a finding has to reach.
 */
export function externalFinders(detector: string, entities: readonly string[], threshold: number): ExternalFinder[] {
  return [
    ...entities.map((entity) => ({label: labelOf(entity), external: {detector, entity}, threshold})),
    {label: `unanswered:${detector}`, external: {detector, entity: undefined}},
  ];
}

/** `US_SSN` is called `us-ssn`, like the detectors that Weir brings along. */
function labelOf(entity: string): string {
  return entity.toLowerCase().replaceAll('_', '-');
}
