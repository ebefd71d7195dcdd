import type {AnyFinder, ExternalAnalyzer} from '../detect/external/external-finder.ts';
import type {FinderSet} from '../detect/finder.ts';
import type {AgentFacts, Operation, Place, Uninspectable} from '../exchange.ts';
import type {Expression} from '../language/cel.ts';
import type {BlockAnswer} from './decision.ts';
import type {PlannedResponse, PlannedTreatment} from './exchange-tokens.ts';

/** The enforcing and shadow policies of a bundle, compiled; opaque outside of `engine/decide`. */
export interface PolicySet {
  /** Names of the policies that are not off, sorted. */
  readonly names: readonly string[];
  /** Sorted by name. */
  readonly policies: readonly CompiledPolicy[];
  /** Rules that are not off; a rule's rank is its index here. Sorted by policy, then name. */
  readonly rules: readonly CompiledRule[];
  readonly providers: ReadonlyMap<string, ProviderLimits>;
  /** In the order of their ids: first those of the matcher, then external ones. */
  readonly finders: readonly AnyFinder[];
  /** The external detectors that rules look with, by name. */
  readonly analyzers: ReadonlyMap<string, ExternalAnalyzer>;
  /** Policies by what hardly varies between requests; filled on demand, decides nothing. */
  readonly index: WeakMap<AgentFacts['labels'], Map<string, readonly CompiledPolicy[]>>;
  /** Of each bundle that holds this set: plans by provider and the ranks of their rules; filled on demand, decides nothing. */
  readonly plans: WeakMap<object, Map<string, Plan>>;
}

/** What follows from a set of rules and a provider alone. */
export interface Plan {
  scan: RequestScan;
  response: PlannedResponse | undefined;
}

/** How requests are searched for a set of rules. */
export interface RequestScan {
  /** Undefined where no rule looks. */
  place: (place: Place) => PlaceScan | undefined;
}

/** How one place of a request is searched. */
export interface PlaceScan {
  active: FinderSet;
  /** The rules that look for a finder here. */
  rulesOf: ReadonlyMap<number, readonly CompiledRule[]>;
  /** What masking rules ask for here. */
  treatments: ReadonlyMap<number, PlannedTreatment>;
  /** Whether any of these gives its values back. */
  restores: boolean;
}

/** Whom a policy or rule is about; both lists empty: everyone. */
export interface CallerSelector {
  groups: ReadonlySet<string>;
  /** Globs. */
  subjects: readonly string[];
}

/** What a Provider document says about requests. */
interface ProviderLimits {
  /** Globs; empty allows every model. */
  models: readonly string[];
  allowUninspectable: ReadonlySet<Uninspectable['category']>;
}

export interface CompiledPolicy {
  name: string;
  /** Whether an exchange that this policy applies to is covered by policy. */
  enforces: boolean;
  agents: readonly (readonly [label: string, value: string])[];
  callers: CallerSelector;
  /** Empty sets select all. */
  providers: ReadonlySet<string>;
  operations: ReadonlySet<Operation>;
  /** Globs; empty selects all. */
  models: readonly string[];
  when: Expression | undefined;
  rules: readonly CompiledRule[];
}

interface RuleHead {
  rank: number;
  policy: string;
  name: string;
  mode: 'enforce' | 'shadow';
  onRequest: boolean;
  onResponse: boolean;
  callers: CallerSelector;
  when: Expression | undefined;
  /** Whether a request of unknown data set escapes a `when` that reads it. */
  unstatedAllowed: boolean;
  /** What to look for, by finder id; undefined for a rule that looks for nothing. */
  finders: ReadonlySet<number> | undefined;
  /** Undefined for every place. */
  places: ReadonlySet<Place> | undefined;
  allowUninspectable: ReadonlySet<Uninspectable['category']>;
  /** What it makes a lane of a streamed response wait for; undefined where it does not look at responses. */
  streams: StreamWait | undefined;
}

/**
 * How long a rule holds back a lane of a streamed response.
 *
 * `certain`: text is released as soon as nothing that follows can make a finding of it, and a finding is replaced as
 * soon as it is one. `valueEnd`: what may be a finding waits until it has ended. `responseEnd`: everything waits.
 */
export interface StreamWait {
  until: 'certain' | 'valueEnd' | 'responseEnd';
  /** What has to see the whole of a value or text; empty for `certain`. */
  because: readonly WaitReason[];
}

/** `check`: a validator, entropy, confidence or an allow-list judges findings. */
export type WaitReason = 'analyzer' | 'check' | 'replacement';

/** A rule with what its action needs. */
export type CompiledRule = RuleHead &
  (
    | {action: 'mask'; replacement: Replacement}
    | {action: 'approve'; approval: CompiledApproval}
    | {action: 'block'; answer: BlockAnswer}
    | {action: 'allow'}
  );

/** What replaces a finding unless a rule says otherwise, or where what it says cannot be had. */
export const DEFAULT_TOKEN = '[REDACTED:{finding}]';

/** What a masking rule puts in a finding's place. */
export type Replacement =
  /** With `{finding}` for the finder's label. */
  | {kind: 'text'; token: string}
  /** At most so many characters of either end stay, the others become `*`. */
  | {kind: 'keep'; first: number; last: number}
  /** A digest of the value under the agent group's key. */
  | {kind: 'hash'}
  /** A placeholder that the caller gets the value back for: in text, and in arguments of tools whose name matches a glob. */
  | {kind: 'restore'; tools: readonly string[]};

interface CompiledApproval {
  ruleDigest: Buffer;
  reviewers: readonly string[];
  count: number;
  withinMs: number;
  rememberMs: number;
  reasonRequired: boolean;
}
