import type {FinderSet, Finding, Matcher} from '../detect/finder.ts';
import type {Place, RequestFacts, TextRun} from '../exchange.ts';
import {maskClusters} from '../mask/clusters.ts';
import type {Treatment} from '../mask/lane.ts';
import {findInRun} from '../mask/run-findings.ts';
import type {MaskEdit} from './decision.ts';
import {
  type CompiledRule,
  DEFAULT_TOKEN,
  type PlaceScan,
  type PolicySet,
  type Replacement,
  type RequestScan,
} from './policy-set.ts';

/** What a rule found in a request. */
export interface RuleFindings {
  /** Number of separate findings by `label\nplace`. */
  counts: Map<string, number>;
  /** Index of the last message with a finding. */
  lastMessage: number;
}

export interface ScanResult {
  edits: MaskEdit[];
  /** By rank. */
  found: Map<number, RuleFindings>;
}

/**
 * Prepares, once for a set of rules, how requests are searched.
 *
 * @param rules those that look for something in requests.
 */
export function createRequestScan(set: PolicySet, rules: readonly CompiledRule[]): RequestScan {
  const places = new Map<Place, PlaceScan | undefined>();
  return {
    place: (place) => {
      if (!places.has(place)) places.set(place, placeScan(set, rules, place));
      return places.get(place);
    },
  };
}

/** What a masking rule does with a finding; which of several wins depends on their names only. */
export function maskTreatment(set: PolicySet, rule: CompiledRule & {action: 'mask'}, finder: number): Treatment {
  const label = set.finders[finder]?.label ?? '';
  const token = textOf(rule.replacement).replaceAll('{finding}', () => label);
  return {action: 'mask', token, priority: rule.rank * set.finders.length + finder};
}

/** The fixed text of a replacement. */
function textOf(replacement: Replacement): string {
  return replacement.kind === 'text' ? replacement.token : DEFAULT_TOKEN;
}

/** Searches the raw text of a request. */
export function scanRequest(set: PolicySet, scan: RequestScan, matcher: Matcher, request: RequestFacts): ScanResult {
  const result: ScanResult = {edits: [], found: new Map()};
  const hasMessages = request.runs.some((run) => run.message >= 0);
  for (const [index, run] of request.runs.entries()) {
    const place = scan.place(run.place);
    if (place === undefined || run.text === '') continue;
    const findings = findInRun(matcher, run, place.active);
    if (findings.length === 0) continue;
    // What stands outside of the messages is bound by every approval anyway: the first message stands for it.
    const message = run.message < 0 && hasMessages ? 0 : run.message;
    countFindings(set, place, findings, run, message, result.found);
    const masked = findings.filter((finding) => place.treatments.has(finding.finder));
    if (masked.length === 0) continue;
    const clusters = maskClusters(run.text, masked, (finder) => place.treatments.get(finder) ?? OBSERVE);
    for (const {start, end, token} of clusters) result.edits.push({run: index, start, end, token});
  }
  return result;
}

const OBSERVE: Treatment = {action: 'observe', token: '', priority: Number.MAX_SAFE_INTEGER};

function placeScan(set: PolicySet, rules: readonly CompiledRule[], place: Place): PlaceScan | undefined {
  const active: FinderSet = new Uint8Array(set.finders.length);
  const rulesOf = new Map<number, CompiledRule[]>();
  const treatments = new Map<number, Treatment>();
  for (const rule of rules) {
    if (rule.places?.has(place) === false) continue;
    for (const finder of rule.finders ?? []) {
      active[finder] = 1;
      rulesOf.set(finder, [...(rulesOf.get(finder) ?? []), rule]);
      // Rules come sorted by rank: the first that masks decides the token.
      if (rule.action === 'mask' && rule.mode === 'enforce' && !treatments.has(finder)) {
        treatments.set(finder, maskTreatment(set, rule, finder));
      }
    }
  }
  return rulesOf.size === 0 ? undefined : {active, rulesOf, treatments};
}

/** Counts overlapping findings of one name once. */
function countFindings(
  set: PolicySet,
  place: PlaceScan,
  findings: readonly Finding[],
  run: TextRun,
  message: number,
  found: Map<number, RuleFindings>,
): void {
  const ends = new Map<string, number>();
  for (const {finder, start, end} of findings) {
    const key = `${set.finders[finder]?.label ?? ''}\n${run.place}`;
    for (const rule of place.rulesOf.get(finder) ?? []) {
      let ruleFindings = found.get(rule.rank);
      if (ruleFindings === undefined) found.set(rule.rank, (ruleFindings = {counts: new Map(), lastMessage: -1}));
      ruleFindings.lastMessage = Math.max(ruleFindings.lastMessage, message);
      const spanKey = `${rule.rank}\n${key}`;
      const lastEnd = ends.get(spanKey) ?? -1;
      if (start >= lastEnd) ruleFindings.counts.set(key, (ruleFindings.counts.get(key) ?? 0) + 1);
      ends.set(spanKey, Math.max(lastEnd, end));
    }
  }
}
