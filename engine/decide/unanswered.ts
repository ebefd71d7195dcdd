import {Action, type RuleMatch} from '../../proto/gen/weir/record/v1/record.ts';
import {isExternal} from '../detect/external/external-finder.ts';
import type {Place} from '../exchange.ts';
import type {BlockAnswer} from './decision.ts';
import type {CompiledRule, PolicySet} from './policy-set.ts';
import {findingCounts} from './verdict.ts';

/** What callers read where a check could not be made; trying again can help. */
export const UNANSWERED_CODE = 'external_detector_failed';
export const UNANSWERED_STATUS = 503;

/** A rule whose external detector gave no answer for texts that it looks at. */
export interface Unanswered {
  rule: CompiledRule;
  /** Number of such texts by `label\nplace`. */
  counts: ReadonlyMap<string, number>;
  /** Whether that stops the exchange: unless the rule only watches, or every detector's failures may be ignored. */
  blocks: boolean;
}

/** What a finder does where an external detector gave no answer; undefined for a finder of anything else. */
export function onUnanswered({finders, analyzers}: PolicySet, finder: number): 'block' | 'ignore' | undefined {
  const found = finders[finder];
  if (found === undefined || !isExternal(found) || found.external.entity !== undefined) return undefined;
  return analyzers.get(found.external.detector)?.onFailure ?? 'block';
}

/** Whether a rule stops an exchange where this finder finds a text that nobody answered for. */
export function blocksUnanswered(set: PolicySet, rule: CompiledRule, finder: number): boolean {
  return rule.mode === 'enforce' && rule.action !== 'allow' && onUnanswered(set, finder) === 'block';
}

/**
 * Where people and models write. External detectors look there unless a rule names its places: what is left of an
 * exchange are definitions of tools, names of models and parameters, in which a model trained on prose sees persons.
 */
export const PROSE: ReadonlySet<Place> = new Set([
  'system',
  'prompt',
  'assistant',
  'toolCall',
  'toolResult',
  'response',
]);

/** Whether a rule looks for a finder at a place that the rule looks at. */
export function isSoughtAt({finders}: PolicySet, rule: CompiledRule, finder: number, place: Place): boolean {
  const found = finders[finder];
  return found === undefined || !isExternal(found) || rule.places !== undefined || PROSE.has(place);
}

/** Takes out of what rules found the texts that nobody answered for. */
export function splitUnanswered<Findings extends {counts: ReadonlyMap<string, number>}>(
  set: PolicySet,
  found: ReadonlyMap<number, Findings>,
): {found: ReadonlyMap<number, Findings>; unanswered: Unanswered[]} {
  if (set.analyzers.size === 0) return {found, unanswered: []};
  const kept = new Map<number, Findings>();
  const unanswered: Unanswered[] = [];
  for (const [rank, findings] of found) {
    const entries = [...findings.counts];
    const own = entries.filter(([key]) => !key.startsWith(LABEL));
    if (own.length > 0) kept.set(rank, own.length < entries.length ? {...findings, counts: new Map(own)} : findings);
    const rule = set.rules[rank];
    if (rule === undefined || own.length === entries.length) continue;
    unanswered.push(unansweredBy(set, rule, new Map(entries.filter(([key]) => key.startsWith(LABEL)))));
  }
  return {found: kept, unanswered: unanswered.sort((a, b) => a.rule.rank - b.rule.rank)};
}

/** How the label begins of a finder that finds texts without an answer; a detector's name follows. */
const LABEL = 'unanswered:';

function unansweredBy(set: PolicySet, rule: CompiledRule, counts: ReadonlyMap<string, number>): Unanswered {
  const isStrict = [...counts.keys()].some((key) => {
    const detector = key.slice(LABEL.length, key.indexOf('\n'));
    return set.analyzers.get(detector)?.onFailure !== 'ignore';
  });
  return {rule, counts, blocks: isStrict && rule.action !== 'allow'};
}

/** What the caller is told where an enforcing rule got no answer; undefined where none stops the exchange. */
export function unansweredAnswer(unanswered: readonly Unanswered[]): BlockAnswer | undefined {
  const first = unanswered.find(({rule, blocks}) => blocks && rule.mode === 'enforce');
  return first === undefined ? undefined : unansweredBlock(first.rule);
}

/** What the caller is told where a rule got no answer from its external detector. */
export function unansweredBlock({policy, name}: CompiledRule): BlockAnswer {
  const why = 'its external detector gave no answer';
  const message = `policy rule ${policy}/${name} could not be checked, because ${why}; try again`;
  return {status: UNANSWERED_STATUS, code: UNANSWERED_CODE, message};
}

/** As a verdict holds it: a failure that was ignored is recorded, too. */
export function unansweredMatch({rule: {policy, name, mode}, counts, blocks}: Unanswered): RuleMatch {
  return {policy, rule: name, mode, action: blocks ? Action.BLOCK : Action.ALLOW, findings: findingCounts(counts)};
}
