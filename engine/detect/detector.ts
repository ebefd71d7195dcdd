import type {ContextWords, Finder} from './finder.ts';

/** A rule may name a group where it may name a detector: it stands for all detectors in it. */
type DetectorGroup =
  | 'secrets'
  | 'secrets.ai'
  | 'secrets.cloud'
  | 'secrets.generic'
  | 'secrets.saas'
  | 'secrets.source'
  | 'pii'
  | 'pii.africa'
  | 'pii.americas'
  | 'pii.asia'
  | 'pii.eu'
  | 'pii.oceania'
  | 'pii.uk'
  | 'pii.us'
  | 'financial'
  | 'network';

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

/** What a match has to pass beside its pattern; a finding counts from 0.5 on unless a rule asks for more or less. */
interface Checks {
  validator?: string;
  minEntropy?: number;
  confidence?: number;
  context?: {raise?: readonly string[]; lower?: readonly string[]; within?: number};
}

/** A pattern of a detector: case counts unless the pattern says otherwise; any match counts unless `checks` say so. */
export function pattern(source: string, checks: Checks = {}): Omit<Finder, 'label'> {
  const {validator, minEntropy = 0, confidence = 1, context} = checks;
  const finder = {source: {kind: 'pattern', pattern: source, ignoreCase: false} as const, validator, minEntropy};
  return context === undefined ? {...finder, confidence} : {...finder, confidence, context: contextOf(context)};
}

function contextOf({raise = [], lower = [], within = 64}: NonNullable<Checks['context']>): ContextWords {
  return {raise, lower, within};
}
