import type {FinderSet, Finding, Matcher} from '../detect/finder.ts';
import type {Place, RequestFacts, TextRun} from '../exchange.ts';
import {maskClusters} from '../mask/clusters.ts';
import {keepEnds} from '../mask/keep-ends.ts';
import {KnownValues} from '../mask/known-values.ts';
import type {Treatment} from '../mask/lane.ts';
import {findInRun} from '../mask/run-findings.ts';
import type {MaskEdit} from './decision.ts';
import type {ExchangeTokens, PlannedTreatment} from './exchange-tokens.ts';
import {type CompiledRule, DEFAULT_TOKEN, type PlaceScan, type PolicySet, type RequestScan} from './policy-set.ts';
import {isSoughtAt, onUnanswered} from './unanswered.ts';

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
export function maskTreatment(
  set: PolicySet,
  {replacement, rank}: CompiledRule & {action: 'mask'},
  finder: number,
): PlannedTreatment {
  const label = set.finders[finder]?.label ?? '';
  const text = replacement.kind === 'text' ? replacement.token : DEFAULT_TOKEN;
  const token = text.replaceAll('{finding}', () => label);
  const treatment = {action: 'mask', token, priority: rank * set.finders.length + finder} as const;
  switch (replacement.kind) {
    case 'text':
      return treatment;
    case 'keep':
      return {...treatment, tokenOf: (value) => keepEnds(value, replacement)};
    case 'hash':
      return {...treatment, pseudonym: {label}};
    case 'restore':
      return {...treatment, pseudonym: {label, tools: replacement.tools}};
  }
}

/** Searches the raw text of a request. */
export function scanRequest(
  set: PolicySet,
  {scan, matcher, tokens}: {scan: RequestScan; matcher: Matcher; tokens: ExchangeTokens},
  request: RequestFacts,
): ScanResult {
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
    const clusters = maskClusters(run.text, masked, (finder) => {
      const planned = place.treatments.get(finder);
      return planned === undefined ? OBSERVE : tokens.bind(planned);
    });
    for (const {start, end, token} of clusters) result.edits.push({run: index, start, end, token});
  }
  if (tokens.table.size > 0) result.edits = repeatRestored(result.edits, scan, request, tokens);
  return result;
}

/**
 * What was masked once in a conversation is masked wherever a restoring rule looks, also where nothing but the value
 * itself tells what it is: a model may have taken it out of the context that gave it away. Placeholders that an
 * earlier response left in the conversation stay: they hide nothing.
 */
function repeatRestored(
  edits: readonly MaskEdit[],
  scan: RequestScan,
  {runs}: RequestFacts,
  {table}: ExchangeTokens,
): MaskEdit[] {
  const placeholders = new Map<string, string>();
  for (const [placeholder, {value}] of table.entries()) {
    if (!table.isPlaceholder(value)) placeholders.set(value, placeholder);
  }
  const values = new KnownValues(placeholders.keys());
  const byRun = Map.groupBy(edits, (edit) => edit.run);
  return runs.flatMap(({place, text}, run) => {
    const own = (byRun.get(run) ?? []).filter(({start, end}) => !table.isPlaceholder(text.slice(start, end)));
    if (scan.place(place)?.restores !== true) return own;
    const repeated = values.find(text).filter((found) => !own.some((edit) => overlaps(edit, found)));
    const more = repeated.map(({start, end, value}) => ({run, start, end, token: placeholders.get(value) ?? ''}));
    return [...own, ...more].sort((a, b) => a.start - b.start);
  });
}

function overlaps(a: {start: number; end: number}, b: {start: number; end: number}): boolean {
  return a.start < b.end && b.start < a.end;
}

const OBSERVE: Treatment = {action: 'observe', token: '', priority: Number.MAX_SAFE_INTEGER};

function placeScan(set: PolicySet, rules: readonly CompiledRule[], place: Place): PlaceScan | undefined {
  const active: FinderSet = new Uint8Array(set.finders.length);
  const rulesOf = new Map<number, CompiledRule[]>();
  const treatments = new Map<number, PlannedTreatment>();
  for (const rule of rules) {
    if (!looksAt(rule, place)) continue;
    for (const finder of rule.finders ?? []) {
      if (!isSoughtAt(set, rule, finder, place)) continue;
      active[finder] = 1;
      rulesOf.set(finder, [...(rulesOf.get(finder) ?? []), rule]);
      // Rules come sorted by rank: the first that masks decides the token.
      if (isMasking(set, rule, finder) && !treatments.has(finder)) {
        treatments.set(finder, maskTreatment(set, rule, finder));
      }
    }
  }
  const restores = [...treatments.values()].some(({pseudonym}) => pseudonym?.tools !== undefined);
  return rulesOf.size === 0 ? undefined : {active, rulesOf, treatments, restores};
}

function isMasking(set: PolicySet, rule: CompiledRule, finder: number): rule is CompiledRule & {action: 'mask'} {
  return rule.action === 'mask' && rule.mode === 'enforce' && onUnanswered(set, finder) !== 'ignore';
}

/** What a caller got back comes again with the conversation: a rule that restores looks where that may stand, too. */
function looksAt(rule: CompiledRule, place: Place): boolean {
  if (rule.places === undefined || rule.places.has(place)) return true;
  return rule.action === 'mask' && rule.replacement.kind === 'restore' && RETURNED.has(place);
}

const RETURNED: ReadonlySet<Place> = new Set(['assistant', 'toolCall', 'toolResult']);

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
