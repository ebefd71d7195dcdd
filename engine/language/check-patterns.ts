import type {Finder} from '../detect/finder.ts';
import {compileMatcher} from '../detect/matcher.ts';
import type {Draft} from './draft.ts';
import type {Problem} from './problem.ts';
import type {Kind} from './schema/index.ts';
import {nodeAt, nodesAt, offsetInScalar, type ScalarNode} from './yaml-node.ts';

/** Where a kind holds patterns and keywords. */
const PLACES: Readonly<Partial<Record<Kind, Readonly<Record<'pattern' | 'keyword', readonly string[][]>>>>> = {
  Policy: {
    pattern: [['spec', 'rules', '*', 'find', 'patterns', '*']],
    keyword: [['spec', 'rules', '*', 'find', 'keywords', '*']],
  },
  Detector: {
    pattern: [
      ['spec', 'patterns', '*'],
      ['spec', 'allow', 'patterns', '*'],
    ],
    keyword: [['spec', 'keywords', '*']],
  },
};

interface Placed {
  draft: Draft;
  node: ScalarNode;
  finder: Finder;
}

/**
 * What YAML makes, between double quotes, of escapes that say something else in a pattern. Nobody means these
 * characters, and a pattern that holds one finds nothing.
 */
const LOST_ESCAPES: readonly (readonly [character: string, escape: string, name: string])[] = [
  ['\b', '\\b', 'a backspace'],
  ['\u2029', '\\P', 'a paragraph separator'],
];

/** Every pattern has to be RE2 syntax that the matcher takes, and cost no more than it allows. */
export function checkPatterns(drafts: readonly Draft[]): Problem[] {
  const placed = drafts.flatMap(findersOf);
  const lost = placed.flatMap(lostEscapes);
  if (lost.length > 0) return lost;
  const compiled = compileMatcher(placed.map(({finder}) => finder));
  if (compiled.ok) return [];
  return compiled.problems.flatMap((problem) => {
    const place = placed[problem.finder];
    return place === undefined ? [] : [problemAt(place, problem.offset, problem.message)];
  });
}

function lostEscapes({draft, node, finder}: Placed): Problem[] {
  if (finder.source.kind !== 'pattern') return [];
  const text = finder.source.pattern;
  return LOST_ESCAPES.filter(([character]) => text.includes(character)).map(([, escape, name]) => {
    const message = `pattern: between double quotes YAML reads ${escape} as ${name}; put the pattern in single quotes`;
    return draft.source.problem(node.start, 'invalid_pattern', message);
  });
}

function problemAt({draft, node, finder}: Placed, offset: number, message: string): Problem {
  const at = offsetInScalar(draft.source.text, node, offset);
  return draft.source.problem(at, 'invalid_pattern', `${finder.source.kind}: ${message}`);
}

function findersOf(draft: Draft): Placed[] {
  const places = PLACES[draft.kind];
  const flag = nodeAt(draft.root, ['spec', 'ignoreCase']);
  const ignoreCase = flag?.kind === 'scalar' && flag.value === true;
  return (['pattern', 'keyword'] as const).flatMap((kind) =>
    (places?.[kind] ?? []).flatMap((path) =>
      nodesAt(draft.root, path).flatMap(({node}) =>
        node.kind === 'scalar' && typeof node.value === 'string' && node.value.trim() !== ''
          ? [{draft, node, finder: finderOf(kind, node.value, ignoreCase)}]
          : [],
      ),
    ),
  );
}

function finderOf(kind: 'pattern' | 'keyword', text: string, ignoreCase: boolean): Finder {
  const source: Finder['source'] = kind === 'pattern' ? {kind, pattern: text, ignoreCase} : {kind, text};
  return {label: kind, source, validator: undefined, minEntropy: 0};
}
