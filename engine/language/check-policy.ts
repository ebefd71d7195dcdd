import type {createExpressionCompiler} from './cel.ts';
import {checkShape} from './check.ts';
import {checkMask} from './check-mask.ts';
import {type Draft, problemAtKey} from './draft.ts';
import type {Problem} from './problem.ts';
import {type RuleDocument, ruleSchema} from './schema/policy.ts';
import {nodesAt, offsetInScalar} from './yaml-node.ts';

type Compiler = ReturnType<typeof createExpressionCompiler>;

/** What the shapes of a Policy's fields do not say: expressions, and fields that must or must not stand together. */
export function checkPolicy(draft: Draft, compileExpression: Compiler): Problem[] {
  const rules = nodesAt(draft.root, ['spec', 'rules', '*']).map(({path}) => ({
    path,
    rule: checkShape(draft, ruleSchema, path).value,
  }));
  return [
    ...checkExpressions(draft, compileExpression),
    ...duplicateRules(draft),
    ...rules.flatMap(({path, rule}) => (rule === undefined ? [] : checkRule(draft, path, rule, compileExpression))),
  ];
}

function checkExpressions(draft: Draft, compileExpression: Compiler): Problem[] {
  const places = [
    ...nodesAt(draft.root, ['spec', 'applies', 'when']),
    ...nodesAt(draft.root, ['spec', 'rules', '*', 'when']),
  ];
  return places.flatMap(({node}) => {
    if (node.kind !== 'scalar' || typeof node.value !== 'string' || node.value === '') return [];
    const compiled = compileExpression(node.value);
    if (compiled.ok) return [];
    return compiled.problems.map(({offset, message}) => {
      const at = offsetInScalar(draft.source.text, node, offset);
      return draft.source.problem(at, 'invalid_expression', `expression: ${message}`);
    });
  });
}

function duplicateRules(draft: Draft): Problem[] {
  const seen = new Set<unknown>();
  return nodesAt(draft.root, ['spec', 'rules', '*', 'name']).flatMap(({node}) => {
    if (node.kind !== 'scalar' || typeof node.value !== 'string') return [];
    if (!seen.has(node.value)) {
      seen.add(node.value);
      return [];
    }
    const message = `rule "${node.value}" stands in this policy already; give one of them another name`;
    return [draft.source.problem(node.start, 'duplicate_name', message)];
  });
}

function checkRule(
  draft: Draft,
  path: (string | number)[],
  rule: RuleDocument,
  compileExpression: Compiler,
): Problem[] {
  const problems: Problem[] = [];
  const refuse = (field: string, message: string) => {
    problems.push(problemAtKey(draft, [...path, ...field.split('.')], message));
  };
  for (const action of ['mask', 'approve', 'block'] as const) {
    if (rule[action] !== undefined && rule.action !== action) {
      refuse(action, `"${action}" has no meaning for action: ${rule.action}; remove it or change the action`);
    }
  }
  if (rule.action === 'mask' && rule.find === undefined) {
    refuse('action', 'action: mask needs "find", which says what to mask');
  }
  if (rule.action === 'approve' && rule.approve === undefined) {
    refuse('action', 'action: approve needs "approve" with reviewers');
  }
  problems.push(...checkMask(draft, path, rule));
  if (rule.find !== undefined) checkFind(rule, rule.find, refuse);
  if (rule.on.includes('response')) checkResponse(rule, refuse);
  if (new Set(rule.on).size < rule.on.length) refuse('on', 'name request and response once each');
  if (rule.unstated !== undefined && !readsDataset(rule, compileExpression)) {
    refuse('unstated', '"unstated" has no meaning here; it belongs to a rule whose "when" reads request.dataset');
  }
  return problems;
}

function checkResponse(rule: RuleDocument, refuse: (field: string, message: string) => void): void {
  if (rule.action === 'approve') {
    const why = 'the answer would already be under way while a reviewer decides';
    refuse('on', `action: approve works on requests only, because ${why}; mask or block the response instead`);
  }
  if (rule.find === undefined) {
    refuse('on', 'a response rule needs "find"; what "when" decides is known before, so block the request instead');
  }
}

function checkFind(
  rule: RuleDocument,
  find: NonNullable<RuleDocument['find']>,
  refuse: (field: string, message: string) => void,
): void {
  if (find.detectors.length + find.patterns.length + find.keywords.length === 0) {
    refuse('find', '"find" looks for nothing; add detectors, patterns or keywords');
  }
  if (find.except.length > 0 && find.detectors.length === 0) {
    refuse('find.except', '"except" narrows "detectors", and none are named; remove it');
  }
  if (find.in === undefined) return;
  if (find.in.includes('response') && !rule.on.includes('response')) {
    refuse('find.in', 'place "response" needs "on: [response]"');
  }
  if (rule.on.includes('response') && !find.in.includes('response')) {
    refuse('find.in', 'the rule is on the response; add place "response", or leave "in" out to search everywhere');
  }
  if (rule.on.includes('request') && find.in.every((place) => place === 'response')) {
    refuse('find.in', 'the rule is on the request but searches no place of it; add one, or write "on: [response]"');
  }
}

function readsDataset(rule: RuleDocument, compileExpression: Compiler): boolean {
  if (rule.when === undefined) return false;
  const compiled = compileExpression(rule.when);
  return !compiled.ok || compiled.expression.readsDataset;
}
