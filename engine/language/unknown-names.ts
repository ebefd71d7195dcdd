import type {Draft} from './draft.ts';
import {didYouMean} from './nearest.ts';
import type {Problem} from './problem.ts';
import {nodesAt} from './yaml-node.ts';

/** Names that a message lists; where there are more, it says how many, or where they are. */
const MAX_LISTED = 20;

/** Texts at a path that are none of the known names. */
export function unknownNames(
  draft: Draft,
  path: readonly (string | number)[],
  what: string,
  known: ReadonlySet<string>,
): Problem[] {
  return nodesAt(draft.root, path).flatMap(({node}) => {
    if (node.kind !== 'scalar' || typeof node.value !== 'string' || known.has(node.value)) return [];
    const message = `no ${what} "${node.value}"${didYouMean(node.value, known) || listed(known, what)}`;
    return [draft.source.problem(node.start, 'unknown_reference', message)];
  });
}

const WHERE: Readonly<Record<string, string>> = {
  detector: '; "weir policy detectors" lists those that are built in',
  validator: '; docs/detectors.md lists them under "Checks"',
};

function listed(known: ReadonlySet<string>, what: string): string {
  if (known.size === 0) return '; there is none yet';
  if (known.size <= MAX_LISTED) return `; there are ${[...known].toSorted().join(', ')}`;
  return WHERE[what] ?? `; there are ${known.size}`;
}
