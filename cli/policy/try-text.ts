import type {NamedDetector} from '../../engine/decide/detector-table.ts';
import {asAsked} from '../../engine/decide/finder-table.ts';
import {DEFAULT_TOKEN} from '../../engine/decide/policy-set.ts';
import {confidenceAt} from '../../engine/detect/acceptance.ts';
import {type Finder, VIEW_NAMES, type ViewName} from '../../engine/detect/finder.ts';
import {compileMatcher} from '../../engine/detect/matcher.ts';
import {withViews} from '../../engine/detect/views/with-views.ts';
import {applyEdits, maskClusters} from '../../engine/mask/clusters.ts';

/** A place in a text that a detector finds. */
interface Found {
  detector: string;
  /** UTF-16 offsets, end exclusive. */
  start: number;
  end: number;
  text: string;
  /** With what the words before it add or take. */
  confidence: number;
}

/** What detectors find in a text, and the text as a rule that names them would mask it. */
export interface Tried {
  found: Found[];
  masked: string;
}

/**
 * Searches a text as an agent would for a rule that names these detectors.
 *
 * @throws RangeError for a pattern that does not compile; a repository's own have been checked before.
 */
export function tryText(text: string, detectors: readonly NamedDetector[], threshold: number): Tried {
  const asked = detectors
    .flatMap(({finders}) => finders)
    .flatMap((finder) => {
      const one = asAsked(finder, threshold, VIEW_NAMES);
      return one === undefined ? [] : [{finder, asked: one}];
    });
  const compiled = compileMatcher(asked.map((one) => one.asked));
  if (!compiled.ok) throw new RangeError(`pattern: ${compiled.problems[0]?.message ?? 'cannot be read'}`);
  const views: ReadonlySet<ViewName> = new Set(VIEW_NAMES);
  const findings = withViews(compiled.matcher, () => views).find(text, new Uint8Array(asked.length).fill(1));
  const finderOf = (id: number): Finder | undefined => asked[id]?.finder;
  const edits = maskClusters(text, findings, (id) => {
    const label = finderOf(id)?.label ?? '';
    return {action: 'mask', token: DEFAULT_TOKEN.replaceAll('{finding}', () => label), priority: id};
  });
  const found = new Map<string, Found>();
  for (const {finder: id, start, end} of findings) {
    const finder = finderOf(id);
    if (finder === undefined) continue;
    const confidence = confidenceAt(finder, text, start);
    const key = `${finder.label} ${start} ${end}`;
    // Patterns of one detector that meet at the same place count once, as the surest of them.
    if ((found.get(key)?.confidence ?? -1) >= confidence) continue;
    found.set(key, {detector: finder.label, start, end, text: text.slice(start, end), confidence});
  }
  return {found: [...found.values()], masked: applyEdits(text, edits)};
}
