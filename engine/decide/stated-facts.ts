import type {Bundle} from '../bundle.ts';
import type {ExternalFacts} from '../detect/external/external-facts.ts';
import {statedMatcher} from '../detect/external/stated-matcher.ts';
import type {Matcher} from '../detect/finder.ts';

/** The bundle's matcher, which knows what external detectors said. */
export function matcherOf({matcher, policies}: Bundle, facts: ExternalFacts): Matcher {
  const {finders, analyzers} = policies;
  return analyzers.size === 0 ? matcher : statedMatcher({matcher, finders, analyzers, facts});
}
