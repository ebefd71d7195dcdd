import {Action} from '../../proto/gen/weir/record/v1/record.ts';
import type {MaskEdit, ResponsePlan} from '../decide/decision.ts';
import type {Matcher} from '../detect/finder.ts';
import type {TextRun} from '../exchange.ts';
import {matchesGlob} from '../language/glob.ts';
import type {Treatment} from '../mask/lane.ts';
import {placeholderMatcher} from '../mask/placeholder-matcher.ts';
import type {Restorable, RestoreTable} from '../mask/restore-table.ts';
import {createTextOrJsonLaneMasker} from '../mask/text-or-json-lane.ts';

/**
 * Gives a caller the values back that its conversation's placeholders stand for.
 *
 * To restore is to mask once more, with placeholders for findings and the value for the token: so whatever holds for
 * masking (every cutting, escapes, final copies) holds for it. What is restored is not looked at again.
 */
export interface Restoration {
  /** By what text for a reader is restored, or the arguments of a tool of this name; `''` for one nobody knows. */
  rulesOf: (tool: string | undefined) => RestoringRules;
  /** The edits that restore texts which are whole. */
  editsOf: (runs: readonly TextRun[]) => MaskEdit[];
}

interface RestoringRules {
  matcher: Matcher;
  plan: ResponsePlan;
}

export function createRestoration(table: RestoreTable): Restoration {
  const plan = restoringPlan((placeholder) => table.get(placeholder)?.value ?? placeholder);
  const byTool = new Map<string | undefined, RestoringRules>();
  const rulesOf = (tool: string | undefined): RestoringRules => {
    let rules = byTool.get(tool);
    if (rules === undefined) {
      rules = {plan, matcher: placeholderMatcher(table, (entry) => tool === undefined || isAllowed(entry, tool))};
      // Tools are few; where a provider makes up names without end, none of them is remembered.
      if (byTool.size < MAX_TOOLS) byTool.set(tool, rules);
    }
    return rules;
  };
  const editsOf = (runs: readonly TextRun[]): MaskEdit[] =>
    runs.flatMap((run, index) => {
      const isArgument = run.place === 'toolCall' && run.tool !== undefined;
      const isShown = run.place === 'response' || run.place === 'toolResult' || isArgument;
      if (!isShown || !run.text.includes('[') || run.pieces.some(({layer}) => layer === 'base64')) return [];
      const edits = laneEdits(run.text, rulesOf(isArgument ? run.tool : undefined));
      return edits.map((edit) => ({...edit, run: index}));
    });
  return {rulesOf, editsOf};
}

const MAX_TOOLS = 1_000;
const ANY = new Uint8Array([1]);

/** Whether a value may stand in the arguments of a tool: every rule that masked it has to say so. */
function isAllowed({tools}: Restorable, tool: string): boolean {
  return tool !== '' && tools.length > 0 && tools.every((globs) => globs.some((glob) => matchesGlob(glob, tool)));
}

/** The same way as a live lane goes, so that deltas and whole texts agree. */
function laneEdits(text: string, {matcher, plan}: RestoringRules): Omit<MaskEdit, 'run'>[] {
  const edits: Omit<MaskEdit, 'run'>[] = [];
  let at = 0;
  const masker = createTextOrJsonLaneMasker({
    matcher,
    finders: plan.finders,
    treatmentOf: plan.treatmentOf,
    needsValues: plan.needsValues,
    onFinding: nothing,
    sink: {
      keep: (count) => {
        at += count;
      },
      replace: (count, token) => {
        edits.push({start: at, end: at + count, token});
        at += count;
      },
      block: nothing,
    },
  });
  masker.push(text);
  masker.end();
  return edits;
}

const nothing = (): void => {
  // Nothing is counted, and nothing blocks.
};

function restoringPlan(tokenOf: (placeholder: string) => string): ResponsePlan {
  const treatment: Treatment = {action: 'mask', token: '', tokenOf, priority: 0};
  return {
    finders: ANY,
    plainFinders: ANY,
    isExternal: false,
    treatmentOf: () => treatment,
    needsValues: true,
    blockAnswerOf: () => ({status: 400, code: 'guard_failed', message: 'the guard failed'}),
    unseenAnswer: () => undefined,
    verdictOf: () => ({action: Action.ALLOW, rules: [], commit: '', bundleDigest: '', generation: 0n, code: ''}),
  };
}
