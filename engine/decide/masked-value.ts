import type {TextRun} from '../exchange.ts';
import {applyEdits, type Edit} from '../mask/clusters.ts';
import type {MaskEdit} from './decision.ts';

/** A text of a request as it may be repeated outside of the body: with the edits of every run that says the same. */
export function maskedValue(text: string, runs: readonly TextRun[], edits: readonly MaskEdit[]): string {
  const own = edits.filter(({run}) => runs[run]?.text === text).sort((a, b) => a.start - b.start || b.end - a.end);
  if (own.length === 0) return text;
  const apart: Edit[] = [];
  for (const {start, end, token} of own) {
    const last = apart.at(-1);
    if (last === undefined || start >= last.end) apart.push({start, end, token});
    else last.end = Math.max(last.end, end);
  }
  return applyEdits(text, apart);
}
