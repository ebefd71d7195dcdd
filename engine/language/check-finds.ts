import type {DetectorTable} from '../decide/detector-table.ts';
import {asAsked} from '../decide/finder-table.ts';
import {type Draft, textAt} from './draft.ts';
import type {Problem} from './problem.ts';
import type {RuleDocument} from './schema/policy.ts';
import {nodesAt, offsetAt} from './yaml-node.ts';

/** Names in `find.except` that take nothing away, and those that leave nothing. */
export function checkExcept(draft: Draft, members: ReadonlyMap<string, Set<string>>): Problem[] {
  return nodesAt(draft.root, ['spec', 'rules', '*', 'find']).flatMap(({path}) => {
    const named = (field: string) => nodesAt(draft.root, [...path, field, '*']);
    const membersAt = (at: (string | number)[]) => members.get(textAt(draft.root, at) ?? '');
    const left = new Set(named('detectors').flatMap((at) => [...(membersAt(at.path) ?? [])]));
    const all = new Set(left);
    if (all.size === 0) return [];
    const problems = named('except').flatMap((at) => {
      const taken = membersAt(at.path);
      if (taken === undefined) return [];
      for (const name of taken) left.delete(name);
      if (!taken.isDisjointFrom(all)) return [];
      const message = `"${textAt(draft.root, at.path) ?? ''}" is not among what "detectors" names; remove it`;
      return [draft.source.problem(at.node.start, 'invalid_rule', message)];
    });
    if (left.size > 0) return problems;
    const message = '"except" leaves none of what "detectors" names; remove both';
    return [...problems, draft.source.problem(offsetAt(draft.root, [...path, 'except']), 'invalid_rule', message)];
  });
}

/** Detectors that a rule names and that could never count under its threshold. */
export function checkThresholds(draft: Draft, rules: readonly RuleDocument[], table: DetectorTable): Problem[] {
  return rules.flatMap(({find}, rule) => {
    if (find === undefined) return [];
    return find.detectors.flatMap((name, index) => {
      const finders = table.select([name], find.except).flatMap((detector) => detector.finders);
      if (finders.length === 0 || finders.some((one) => asAsked(one, find.threshold, find.views) !== undefined))
        return [];
      const at = offsetAt(draft.root, ['spec', 'rules', rule, 'find', 'detectors', index]);
      const message = `nothing that "${name}" finds is ever as certain as threshold ${find.threshold}; lower the threshold`;
      return [draft.source.problem(at, 'invalid_rule', message)];
    });
  });
}
