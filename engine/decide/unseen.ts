import type {Uninspectable} from '../exchange.ts';
import type {BlockAnswer} from './decision.ts';
import type {CompiledRule, PolicySet} from './policy-set.ts';

/** A rule that would have to look into content which nobody can look into. */
export interface Unseen {
  rule: CompiledRule;
  /** Number of such contents by `label\nplace`. */
  counts: Map<string, number>;
}

/** Rules that look for something, and content that they cannot look into and nothing lets pass by name. */
export function unseenBy(
  set: PolicySet,
  provider: string,
  contents: readonly Uninspectable[],
  {rules, place}: {rules: readonly CompiledRule[]; place: string},
): Unseen[] {
  if (contents.length === 0) return [];
  const allowed = set.providers.get(provider)?.allowUninspectable;
  return rules.flatMap((rule) => {
    if (rule.finders === undefined || rule.action === 'allow') return [];
    const counts = new Map<string, number>();
    for (const {category} of contents) {
      if (allowed?.has(category) === true || rule.allowUninspectable.has(category)) continue;
      const key = `uninspectable:${category}\n${place}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts.size === 0 ? [] : [{rule, counts}];
  });
}

/** What the caller is told where an enforcing rule cannot look. */
export function unseenAnswer(unseen: readonly Unseen[]): BlockAnswer | undefined {
  const first = unseen.find(({rule}) => rule.mode === 'enforce');
  if (first === undefined) return undefined;
  const {rule, counts} = first;
  const categories = [...counts.keys()].map((key) => key.slice('uninspectable:'.length, key.indexOf('\n')));
  const what = categories.toSorted().join(', ');
  const message = `policy rule ${rule.policy}/${rule.name} cannot look into ${what}, so it is refused`;
  return {status: 400, code: 'uninspectable', message};
}
