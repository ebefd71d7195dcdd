import {type AnyFinder, isExternal} from '../detect/external/external-finder.ts';
import type {Replacement, StreamWait, WaitReason} from './policy-set.ts';

/** What a rule on responses makes a lane wait for, given what it looks for and puts in its place. */
export function createStreamWaits(
  finders: readonly AnyFinder[],
): (ids: ReadonlySet<number>, replacement: Replacement | undefined) => StreamWait {
  const external = finders.map(isExternal);
  const judged = finders.map(isJudged);
  return (ids, replacement) => {
    let isExternalRule = false;
    let isJudgedRule = false;
    for (const id of ids) {
      isExternalRule ||= external[id] === true;
      isJudgedRule ||= judged[id] === true;
    }
    if (isExternalRule) return {until: 'responseEnd', because: ['analyzer']};
    const because: WaitReason[] = isJudgedRule ? ['check'] : [];
    if (replacement !== undefined && replacement.kind !== 'text') because.push('replacement');
    return {until: because.length === 0 ? 'certain' : 'valueEnd', because};
  };
}

/** Whether more than its pattern decides about a match. */
function isJudged(finder: AnyFinder): boolean {
  if (isExternal(finder)) return false;
  const {validator, minEntropy, threshold, allow} = finder;
  return validator !== undefined || minEntropy > 0 || threshold !== undefined || allow !== undefined;
}
