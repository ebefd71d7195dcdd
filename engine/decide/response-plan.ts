import {Action, type RuleMatch} from '../../proto/gen/weir/record/v1/record.ts';
import type {Bundle} from '../bundle.ts';
import {type AnyFinder, isExternal} from '../detect/external/external-finder.ts';
import type {FinderSet} from '../detect/finder.ts';
import type {Uninspectable} from '../exchange.ts';
import type {BlockAnswer} from './decision.ts';
import type {PlannedResponse, PlannedTreatment} from './exchange-tokens.ts';
import type {CompiledRule, PolicySet} from './policy-set.ts';
import {maskTreatment} from './scan.ts';
import {
  blocksUnanswered,
  onUnanswered,
  splitUnanswered,
  unansweredAnswer,
  unansweredBlock,
  unansweredMatch,
} from './unanswered.ts';
import {type Unseen, unseenAnswer, unseenBy} from './unseen.ts';
import {ACTIONS, findingCounts, verdictOf} from './verdict.ts';

/** How a provider's response is guarded for a set of rules; undefined where none looks at responses. */
export function createResponsePlan(
  bundle: Bundle,
  rules: readonly CompiledRule[],
  provider: string,
): PlannedResponse | undefined {
  const guarding = rules.filter((rule) => rule.onResponse);
  if (guarding.length === 0) return undefined;
  const set = bundle.policies;
  const finders: FinderSet = new Uint8Array(set.finders.length);
  const treatments = new Map<number, PlannedTreatment>();
  const answers = new Map<number, BlockAnswer>();
  for (const rule of guarding) {
    for (const finder of rule.finders ?? []) {
      finders[finder] = 1;
      const treatment = treatmentBy(rule, finder);
      const before = treatments.get(finder);
      if (before === undefined || STRICTNESS[treatment.action] > STRICTNESS[before.action]) {
        treatments.set(finder, treatment);
        if (blocksUnanswered(set, rule, finder)) answers.set(finder, unansweredBlock(rule));
        else if (rule.action === 'block') answers.set(finder, rule.answer);
      }
    }
  }
  function treatmentBy(rule: CompiledRule, finder: number): PlannedTreatment {
    const priority = rule.rank * set.finders.length + finder;
    if (onUnanswered(set, finder) !== undefined) {
      return {action: blocksUnanswered(set, rule, finder) ? 'block' : 'observe', token: '', priority};
    }
    if (rule.mode === 'enforce' && rule.action === 'mask') return maskTreatment(set, rule, finder);
    return {action: rule.mode === 'enforce' && rule.action === 'block' ? 'block' : 'observe', token: '', priority};
  }
  const unseenIn = (contents: readonly Uninspectable[]) =>
    unseenBy(set, provider, contents, {rules: guarding, place: 'response'});
  const plainFinders = finders.map((active, finder) => (isPlain(set.finders[finder]) ? active : 0));
  return {
    finders,
    plainFinders,
    isExternal: finders.some((active, finder) => active !== plainFinders[finder]),
    hasPseudonyms: [...treatments.values()].some(({pseudonym}) => pseudonym !== undefined),
    needsValues: [...treatments.values()].some(({tokenOf}) => tokenOf !== undefined),
    treatmentOf: (finder) => treatments.get(finder) ?? {action: 'block', token: '', priority: 0},
    blockAnswerOf: (finder) => answers.get(finder) ?? {status: 400, code: 'guard_failed', message: 'the guard failed'},
    unseenAnswer: (contents) => unseenAnswer(unseenIn(contents)),
    verdictOf: (counts, contents = []) => {
      const unseen = unseenIn(contents);
      const {found, unanswered} = splitUnanswered(set, foundBy(set, guarding, counts));
      const matched = guarding.filter((rule) => found.has(rule.rank));
      const matches = [
        ...matched.map((rule) => responseMatch(rule, found.get(rule.rank)?.counts ?? new Map())),
        ...unanswered.map(unansweredMatch),
        ...unseen.map((one) => unseenMatch(one)),
      ];
      const blocked = matched.find((rule) => rule.action === 'block' && rule.mode === 'enforce');
      const answer =
        blocked?.action === 'block' ? blocked.answer : (unansweredAnswer(unanswered) ?? unseenAnswer(unseen));
      return verdictOf(bundle, matches, answer?.code ?? '');
    },
  };
}

function unseenMatch({rule: {policy, name, mode}, counts}: Unseen): RuleMatch {
  return {policy, rule: name, mode, action: Action.BLOCK, findings: findingCounts(counts)};
}

const STRICTNESS = {observe: 0, mask: 1, block: 2} as const;

function isPlain(finder: AnyFinder | undefined): boolean {
  return finder === undefined || !isExternal(finder);
}

/** What each rule found, by rank, from the number of findings by finder. */
function foundBy(
  set: PolicySet,
  rules: readonly CompiledRule[],
  counts: ReadonlyMap<number, number>,
): Map<number, {counts: ReadonlyMap<string, number>}> {
  const found = new Map<number, {counts: ReadonlyMap<string, number>}>();
  for (const {rank, finders} of rules) {
    const byLabel = new Map<string, number>();
    for (const [finder, count] of counts) {
      if (count === 0 || finders?.has(finder) !== true) continue;
      const key = `${set.finders[finder]?.label ?? ''}\nresponse`;
      byLabel.set(key, (byLabel.get(key) ?? 0) + count);
    }
    if (byLabel.size > 0) found.set(rank, {counts: byLabel});
  }
  return found;
}

function responseMatch({policy, name, mode, action}: CompiledRule, counts: ReadonlyMap<string, number>): RuleMatch {
  return {policy, rule: name, action: ACTIONS[action], mode, findings: findingCounts(counts)};
}
