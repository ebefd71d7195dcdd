import type {MaskEdit, ResponsePlan} from '../decide/decision.ts';
import type {Finding, Matcher} from '../detect/finder.ts';
import type {TextRun} from '../exchange.ts';
import {maskClusters} from '../mask/clusters.ts';
import {findInRun} from '../mask/run-findings.ts';

/** What a plan makes of whole texts. */
export interface RunMasking {
  edits: MaskEdit[];
  /** The first finding whose rule blocks. */
  blocking: Finding | undefined;
}

/**
 * Looks for findings in texts that are whole.
 *
 * @param counts receives the number of findings by finder.
 */
export function maskRuns(
  runs: readonly TextRun[],
  matcher: Matcher,
  plan: ResponsePlan,
  counts: Map<number, number>,
): RunMasking {
  const edits: MaskEdit[] = [];
  let blocking: Finding | undefined;
  runs.forEach((texts, run) => {
    const findings = findInRun(matcher, texts, texts.place === 'other' ? plan.plainFinders : plan.finders);
    if (findings.length === 0) return;
    for (const {finder} of findings) counts.set(finder, (counts.get(finder) ?? 0) + 1);
    blocking ??= findings.find(({finder}) => plan.treatmentOf(finder).action === 'block');
    const clusters = maskClusters(texts.text, findings, plan.treatmentOf);
    for (const {start, end, token} of clusters) edits.push({run, start, end, token});
  });
  return {edits, blocking};
}
