import type {Bundle} from '../bundle.ts';
import type {ExternalFacts} from '../detect/external/external-facts.ts';
import {statedMatcher} from '../detect/external/stated-matcher.ts';
import type {WholeTextsOfRun} from '../detect/external/stated-scan.ts';
import type {Matcher} from '../detect/finder.ts';

/**
 * The bundle's matcher, which knows what external detectors said.
 *
 * @param runs the texts of a stream that is judged several times: of the run before, and of this one.
 */
export function matcherOf(
  {matcher, policies}: Bundle,
  facts: ExternalFacts,
  runs?: {before: WholeTextsOfRun | undefined; now: WholeTextsOfRun},
): Matcher {
  const {finders, analyzers} = policies;
  if (analyzers.size === 0) return matcher;
  return statedMatcher({matcher, finders, analyzers, facts, ...(runs !== undefined && {runs})});
}
