import type {ResponsePlan} from '../../../../engine/decide/decision.ts';
import type {Finder, Matcher} from '../../../../engine/detect/finder.ts';
import {compileMatcher} from '../../../../engine/detect/matcher.ts';
import {Action, type Verdict} from '../../../../proto/gen/weir/record/v1/record.ts';

export const EMAIL = /[a-z]{1,20}@[a-z]{1,20}\.(?:com|org)/g;

/** The address that must not pass, as a rule's pattern: bounded, so that a lane holds little. */
const EMAIL_PATTERN = '[a-z]{1,20}@[a-z]{1,20}\\.(?:com|org)';

const NO_VERDICT: Verdict = {
  action: Action.ALLOW,
  rules: [],
  commit: '',
  bundleDigest: '',
  generation: 0n,
  code: '',
};

/** A plan with one pattern. */
export function planFor(
  pattern: string,
  action: 'mask' | 'block' = 'mask',
  token = '[EMAIL]',
): {matcher: Matcher; plan: ResponsePlan} {
  const finder: Finder = {
    label: 'test',
    source: {kind: 'pattern', pattern, ignoreCase: false},
    validator: undefined,
    minEntropy: 0,
  };
  const compiled = compileMatcher([finder]);
  if (!compiled.ok) throw new Error(compiled.problems.map(({message}) => message).join('; '));
  const plan: ResponsePlan = {
    finders: new Uint8Array([1]),
    plainFinders: new Uint8Array([1]),
    isExternal: false,
    treatmentOf: () => ({action, token, priority: 0}),
    needsValues: false,
    blockAnswerOf: () => ({status: 400, code: 'no_addresses', message: 'addresses may not be sent'}),
    unseenAnswer: () => undefined,
    verdictOf: () => NO_VERDICT,
  };
  return {matcher: compiled.matcher, plan};
}

export const emails = (action: 'mask' | 'block' = 'mask'): ReturnType<typeof planFor> => planFor(EMAIL_PATTERN, action);

/** Finds nothing in any fixture, and no fixture holds even its first character. */
export const nothing = (): ReturnType<typeof planFor> => planFor('\u00a7[0-9]{4}');
