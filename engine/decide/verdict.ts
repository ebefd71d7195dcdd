import {Action, type FindingCount, type RuleMatch, type Verdict} from '../../proto/gen/weir/record/v1/record.ts';
import type {Bundle} from '../bundle.ts';
import {compareText} from '../language/problem.ts';

/** The record's action for an action word of the language. */
export const ACTIONS = {allow: Action.ALLOW, mask: Action.MASK, approve: Action.APPROVE, block: Action.BLOCK} as const;

/** A verdict: block beats approve beats mask, shadow rules count for nothing, and the order of rules is fixed. */
export function verdictOf(bundle: Bundle, matches: readonly RuleMatch[], code: string): Verdict {
  const enforced = matches.filter((match) => match.mode === 'enforce').map((match) => match.action);
  const strictest = ([Action.BLOCK, Action.APPROVE, Action.MASK] as const).find((action) => enforced.includes(action));
  const action = code === '' ? (strictest ?? Action.ALLOW) : Action.BLOCK;
  return {
    action,
    rules: merged(matches),
    commit: bundle.commit,
    bundleDigest: bundle.digest,
    generation: bundle.generation,
    code,
  };
}

/** Findings sorted by name and place. */
export function findingCounts(counts: ReadonlyMap<string, number>): FindingCount[] {
  return [...counts]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([key, count]) => {
      const [finding = '', place = ''] = key.split('\n');
      return {finding, place, count};
    });
}

/** Each rule once, with the strictest of its actions and all of its findings; sorted by name. */
function merged(matches: readonly RuleMatch[]): RuleMatch[] {
  const byRule = new Map<string, RuleMatch>();
  for (const match of matches) {
    const key = `${match.policy}/${match.rule}`;
    const before = byRule.get(key);
    if (before === undefined) {
      byRule.set(key, match);
    } else {
      const action = before.action > match.action ? before.action : match.action;
      byRule.set(key, {...before, action, findings: [...before.findings, ...match.findings]});
    }
  }
  return [...byRule.values()].toSorted((a, b) => compareText(a.policy, b.policy) || compareText(a.rule, b.rule));
}
