import type {FinderSet, Finding, Matcher} from '../detect/finder.ts';
import type {TextRun} from '../exchange.ts';
import {outsideEscapes} from './escapes.ts';
import {matcherBehind} from './lead.ts';

/**
 * Findings in a run: in its pieces read as one text, and in each piece read by itself.
 *
 * What stands behind a key of JSON is also read behind it. Whether a reader joins pieces without a gap is its own
 * business: a value that is whole in one piece counts whatever its neighbours end or begin with. Sorted by start, then
 * finder.
 */
export function findInRun(matcher: Matcher, run: TextRun, active: FinderSet): Finding[] {
  const {text, pieces, lead, isJson} = run;
  const joined = matcherBehind(matcher, lead).find(text, active);
  if (isJson === true && joined.length > 0) return outsideEscapes(text, joined);
  if (pieces.length < 2) return joined;
  const all = [...joined];
  let offset = 0;
  for (const {value} of pieces) {
    for (const {finder, start, end} of matcher.find(value, active)) {
      const own = {finder, start: start + offset, end: end + offset};
      if (!joined.some((finding) => contains(finding, own))) all.push(own);
    }
    offset += value.length;
  }
  return all.sort((a, b) => a.start - b.start || a.finder - b.finder);
}

function contains(outer: Finding, inner: Finding): boolean {
  return outer.finder === inner.finder && outer.start <= inner.start && inner.end <= outer.end;
}
