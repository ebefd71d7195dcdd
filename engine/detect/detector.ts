import type {Finder} from './finder.ts';

type DetectorGroup = 'secrets' | 'pii' | 'financial';

/** A named finder of sensitive text that Weir brings along. */
export interface Detector {
  name: string;
  description: string;
  groups: readonly DetectorGroup[];
  finders: readonly Omit<Finder, 'label'>[];
  /** Texts in which it finds something. */
  examples: readonly string[];
  /** Texts that look alike and in which it finds nothing. */
  nearMisses: readonly string[];
}

/** A pattern of a detector: case counts unless the pattern says otherwise; any match counts unless `checks` say so. */
export function pattern(source: string, checks: {validator?: string; minEntropy?: number} = {}): Omit<Finder, 'label'> {
  return {
    source: {kind: 'pattern', pattern: source, ignoreCase: false},
    validator: checks.validator,
    minEntropy: checks.minEntropy ?? 0,
  };
}
