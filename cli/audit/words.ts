import type {Exchange} from '../../proto/gen/weir/audit/v1/audit.ts';
import {Action, Outcome, outcomeToJSON, type Usage, type Verdict} from '../../proto/gen/weir/record/v1/record.ts';

const ACTION_WORDS: Readonly<Record<Action, string>> = {
  [Action.UNSPECIFIED]: '-',
  [Action.ALLOW]: 'allow',
  [Action.MASK]: 'mask',
  [Action.APPROVE]: 'approve',
  [Action.BLOCK]: 'block',
};

export function actionWord(action: Action): string {
  return ACTION_WORDS[action];
}

/** `upstream error`, or `running` before there is an end. */
export function outcomeWord(outcome: Outcome): string {
  if (outcome === Outcome.UNSPECIFIED) return 'running';
  return outcomeToJSON(outcome)
    .replace(/^OUTCOME_/, '')
    .toLowerCase()
    .replaceAll('_', ' ');
}

/** The strictest verdict that an exchange ever got: what the list is searched by. */
export function strictestAction({verdict, heldVerdict, responseVerdict}: Exchange): Action {
  const actions = [verdict, heldVerdict, responseVerdict].map((one) => one?.action ?? Action.UNSPECIFIED);
  return actions.reduce((strictest, action) => (action > strictest ? action : strictest));
}

/** `policy/rule` of every rule that matched, without repeating one. */
export function ruleNames(...verdicts: readonly (Verdict | undefined)[]): string[] {
  const names = verdicts.flatMap((verdict) => (verdict?.rules ?? []).map(ruleName));
  return [...new Set(names)];
}

/** Each matching rule on a line: what it did, and what it found where. */
export function ruleLines(verdict: Verdict): string[] {
  return verdict.rules.map((rule) => {
    const findings = rule.findings.map(({finding, place, count}) => `${finding} in ${place} ×${count}`);
    const shadow = rule.mode === 'shadow' ? ' (shadow)' : '';
    return `${ruleName(rule)}: ${actionWord(rule.action)}${shadow}${findings.length > 0 ? `, ${findings.join(', ')}` : ''}`;
  });
}

function ruleName({policy, rule}: {policy: string; rule: string}): string {
  return `${policy}/${rule}`;
}

/** `812/96`: tokens in and out; nothing where no usage was reported. */
export function tokenText(usage: Usage | undefined): string {
  return usage === undefined ? '' : `${usage.inputTokens}/${usage.outputTokens}`;
}

/** `850 µs`, `96 ms`, `1.4 s`. */
export function durationText(duration: {seconds: bigint; nanos: number} | undefined): string {
  if (duration === undefined) return '';
  const micros = Number(duration.seconds) * 1_000_000 + duration.nanos / 1_000;
  if (micros < 1_000) return `${Math.round(micros)} µs`;
  if (micros < 1_000_000) return `${Math.round(micros / 1_000)} ms`;
  return `${(micros / 1_000_000).toFixed(1)} s`;
}
