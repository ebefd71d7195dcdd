import {type Draft, problemAtKey} from './draft.ts';
import type {Problem} from './problem.ts';
import type {RuleDocument} from './schema/policy.ts';
import {offsetAt} from './yaml-node.ts';

/** What a rule's `mask` says that its shape allows and that cannot be. */
export function checkMask(draft: Draft, path: readonly (string | number)[], rule: RuleDocument): Problem[] {
  const {mask} = rule;
  if (mask === undefined) return [];
  const problems: Problem[] = [];
  const refuse = (field: string, message: string) => {
    problems.push(problemAtKey(draft, [...path, 'mask', field], message));
  };
  const [first = '', ...others] = (['with', 'keep', 'hash', 'restore'] as const).filter(
    (field) => mask[field] !== undefined,
  );
  for (const field of others) refuse(field, `a finding is replaced in one way; remove "${field}" or "${first}"`);
  if (mask.keep !== undefined && mask.keep.first === undefined && mask.keep.last === undefined) {
    refuse('keep', '"keep" needs first or last, the number of characters that stay');
  }
  if (mask.restore !== undefined && rule.on.includes('response')) {
    const advice = 'write "on: [request]", and mask what the model itself says in another rule';
    refuse('restore', `"restore" puts values that a request lost back into its answer; ${advice}`);
  }
  return [...problems, ...checkToken(draft, path, mask.with)];
}

/** The only placeholder is `{finding}`; a token is one line. */
function checkToken(draft: Draft, path: readonly (string | number)[], token: string | undefined): Problem[] {
  if (token === undefined) return [];
  const at = offsetAt(draft.root, [...path, 'mask', 'with']);
  const wrong = /\{(?!finding\})[^}]*\}?/.exec(token)?.[0];
  const problems: Problem[] = [];
  if (wrong !== undefined) {
    const message = `"${wrong}" in "with" stands for nothing; the placeholder is {finding}`;
    problems.push(draft.source.problem(at, 'invalid_value', message));
  }
  if (/\p{Cc}/u.test(token)) {
    problems.push(draft.source.problem(at, 'invalid_value', '"with" must not contain control characters'));
  }
  return problems;
}
