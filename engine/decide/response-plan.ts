import {Action, type RuleMatch} from '../../proto/gen/weir/record/v1/record.ts';
import type {Bundle} from '../bundle.ts';
import type {FinderSet} from '../detect/finder.ts';
import type {Uninspectable} from '../exchange.ts';
import type {BlockAnswer} from './decision.ts';
import type {PlannedResponse, PlannedTreatment} from './exchange-tokens.ts';
import type {CompiledRule} from './policy-set.ts';
import {maskTreatment} from './scan.ts';
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
        if (rule.action === 'block') answers.set(finder, rule.answer);
      }
    }
  }
  function treatmentBy(rule: CompiledRule, finder: number): PlannedTreatment {
    const priority = rule.rank * set.finders.length + finder;
    if (rule.mode === 'enforce' && rule.action === 'mask') return maskTreatment(set, rule, finder);
    return {action: rule.mode === 'enforce' && rule.action === 'block' ? 'block' : 'observe', token: '', priority};
  }
  const unseenIn = (contents: readonly Uninspectable[]) =>
    unseenBy(set, provider, contents, {rules: guarding, place: 'response'});
  return {
    finders,
    hasPseudonyms: [...treatments.values()].some(({pseudonym}) => pseudonym !== undefined),
    needsValues: [...treatments.values()].some(({tokenOf}) => tokenOf !== undefined),
    treatmentOf: (finder) => treatments.get(finder) ?? {action: 'block', token: '', priority: 0},
    blockAnswerOf: (finder) => answers.get(finder) ?? {status: 400, code: 'guard_failed', message: 'the guard failed'},
    unseenAnswer: (contents) => unseenAnswer(unseenIn(contents)),
    verdictOf: (counts, contents = []) => {
      const unseen = unseenIn(contents);
      const matches = [
        ...guarding.flatMap((rule) => responseMatch(bundle, rule, counts)),
        ...unseen.map((one) => unseenMatch(one)),
      ];
      const blocked = guarding.find(
        (rule) => rule.action === 'block' && rule.mode === 'enforce' && hasFinding(rule, counts),
      );
      return verdictOf(
        bundle,
        matches,
        blocked?.action === 'block' ? blocked.answer.code : (unseenAnswer(unseen)?.code ?? ''),
      );
    },
  };
}

function unseenMatch({rule: {policy, name, mode}, counts}: Unseen): RuleMatch {
  return {policy, rule: name, mode, action: Action.BLOCK, findings: findingCounts(counts)};
}

const STRICTNESS = {observe: 0, mask: 1, block: 2} as const;

function hasFinding(rule: CompiledRule, counts: ReadonlyMap<number, number>): boolean {
  return [...counts].some(([finder, count]) => count > 0 && rule.finders?.has(finder) === true);
}

function responseMatch(bundle: Bundle, rule: CompiledRule, counts: ReadonlyMap<number, number>): RuleMatch[] {
  if (!hasFinding(rule, counts)) return [];
  const byLabel = new Map<string, number>();
  for (const [finder, count] of counts) {
    if (count === 0 || rule.finders?.has(finder) !== true) continue;
    const key = `${bundle.policies.finders[finder]?.label ?? ''}\nresponse`;
    byLabel.set(key, (byLabel.get(key) ?? 0) + count);
  }
  const {policy, name, mode, action} = rule;
  return [{policy, rule: name, action: ACTIONS[action], mode, findings: findingCounts(byLabel)}];
}
