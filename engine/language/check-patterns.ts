import type {Finder} from '../detect/finder.ts';
import {compileMatcher} from '../detect/matcher.ts';
import type {Draft} from './draft.ts';
import type {Problem} from './problem.ts';
import {nodesAt, offsetInScalar, type ScalarNode} from './yaml-node.ts';

/** Every pattern has to be RE2 syntax that the matcher takes. */
export function checkPatterns(drafts: readonly Draft[]): Problem[] {
  const places = drafts.flatMap((draft) => {
    const path = patternPath(draft.kind);
    return path === undefined ? [] : nodesAt(draft.root, path).map(({node}) => ({draft, node}));
  });
  const checked = places.flatMap(({draft, node}) =>
    node.kind === 'scalar' && typeof node.value === 'string' && node.value !== ''
      ? [{draft, node, finder: finderOf(node.value)}]
      : [],
  );
  const compiled = compileMatcher(checked.map(({finder}) => finder));
  if (compiled.ok) return [];
  return compiled.problems.flatMap((problem) => {
    const place = checked[problem.finder];
    return place === undefined ? [] : [problemAt(place.draft, place.node, problem.offset, problem.message)];
  });
}

function problemAt(draft: Draft, node: ScalarNode, offset: number, message: string): Problem {
  const at = offsetInScalar(draft.source.text, node, offset);
  return draft.source.problem(at, 'invalid_pattern', `pattern: ${message}`);
}

function patternPath(kind: Draft['kind']): string[] | undefined {
  if (kind === 'Policy') return ['spec', 'rules', '*', 'find', 'patterns', '*'];
  return kind === 'Detector' ? ['spec', 'patterns', '*'] : undefined;
}

function finderOf(pattern: string): Finder {
  const source = {kind: 'pattern', pattern, ignoreCase: false} as const;
  return {label: 'pattern', source, validator: undefined, minEntropy: 0};
}
