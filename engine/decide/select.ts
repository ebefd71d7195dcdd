import type {AgentFacts, CallerFacts, RequestFacts} from '../exchange.ts';
import {matchesGlob} from '../language/glob.ts';
import type {FactJudge} from './facts.ts';
import type {CallerSelector, CompiledPolicy, CompiledRule, PolicySet} from './policy-set.ts';

/** The rules that a request meets, and how sure that is. */
export interface Selection {
  /** Whether an enforcing policy certainly applies. */
  covered: boolean;
  /** Rules whose conditions hold, whatever the text says. Sorted by rank. */
  rules: readonly CompiledRule[];
  /** Restricting expressions that could not be evaluated: they block. */
  failures: readonly Failure[];
}

export interface Failure {
  policy: string;
  /** `applies` where the policy's own condition failed. */
  rule: string;
  mode: 'enforce' | 'shadow';
}

/** Finds the rules whose conditions a request meets. */
export function selectRules(
  set: PolicySet,
  {request, caller, agent}: {request: RequestFacts; caller: CallerFacts; agent: AgentFacts},
  facts: FactJudge,
): Selection {
  const rules: CompiledRule[] = [];
  const failures: Failure[] = [];
  let covered = false;
  for (const policy of candidatePolicies(set, agent.labels, request)) {
    if (!isSelected(policy.callers, caller) || !anyGlob(policy.models, request.model)) continue;
    const applies = facts.judge(policy.when);
    if (applies.failed) failures.push(...failuresOf(policy));
    if (!applies.possible) continue;
    if (policy.enforces && applies.certain) covered = true;
    for (const rule of policy.rules) {
      if (!isSelected(rule.callers, caller)) continue;
      const when = facts.judge(rule.when);
      if (rule.action === 'allow') {
        if (applies.certain && when.certain) rules.push(rule);
        continue;
      }
      if (when.failed) failures.push({policy: rule.policy, rule: rule.name, mode: rule.mode});
      if (rule.unstatedAllowed ? when.stated : when.possible) rules.push(rule);
    }
  }
  return {covered, rules, failures};
}

/** Whether a text matches one of the globs; no globs match everything. */
export function anyGlob(globs: readonly string[], text: string): boolean {
  return globs.length === 0 || globs.some((glob) => matchesGlob(glob, text));
}

/** A policy that restricts nothing only exempts: if its condition fails, it does not apply, and that is all. */
function failuresOf(policy: CompiledPolicy): Failure[] {
  const restricting = policy.rules.filter((rule) => rule.action !== 'allow');
  if (restricting.length === 0) return [];
  const mode = restricting.some((rule) => rule.mode === 'enforce') ? 'enforce' : 'shadow';
  return [{policy: policy.name, rule: 'applies', mode}];
}

function isSelected(selector: CallerSelector, caller: CallerFacts): boolean {
  const {groups, subjects} = selector;
  if (groups.size === 0 && subjects.length === 0) return true;
  return caller.groups.some((group) => groups.has(group)) || subjects.some((glob) => matchesGlob(glob, caller.subject));
}

/** Policies that an agent's labels, the provider and the operation select; remembered, as these hardly vary. */
function candidatePolicies(
  set: PolicySet,
  labels: AgentFacts['labels'],
  {provider, operation}: RequestFacts,
): readonly CompiledPolicy[] {
  let index = set.index.get(labels);
  if (index === undefined) set.index.set(labels, (index = new Map<string, readonly CompiledPolicy[]>()));
  const key = `${operation} ${provider}`;
  let candidates = index.get(key);
  if (candidates === undefined) {
    candidates = set.policies.filter(
      (policy) =>
        policy.agents.every(([label, value]) => Object.hasOwn(labels, label) && labels[label] === value) &&
        (policy.providers.size === 0 || policy.providers.has(provider)) &&
        (policy.operations.size === 0 || policy.operations.has(operation)),
    );
    // Only providers of the bundle are remembered: what callers can vary must not fill the memory.
    if (set.providers.has(provider)) index.set(key, candidates);
  }
  return candidates;
}
