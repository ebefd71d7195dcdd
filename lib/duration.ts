import {WeirError} from './errors.ts';

const UNITS = {ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000} as const;

/**
 * Milliseconds of a written duration: `500ms`, `15s`, `1h30m`, `7d`.
 *
 * @throws WeirError INVALID_ARGUMENT for anything else.
 */
export function parseDuration(text: string): number {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) {
    throw new WeirError('INVALID_ARGUMENT', `"${text}" is not a duration; write it like 500ms, 15s, 5m or 1h30m`);
  }
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    totalMs += Number(amount) * UNITS[unit as keyof typeof UNITS];
  }
  return Math.round(totalMs);
}

/** A duration as a person writes it: `15s`, `1h30m`, `250ms`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)}ms`;
  let restSeconds = Math.round(durationMs / 1_000);
  let text = '';
  for (const [unit, seconds] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(restSeconds / seconds);
    restSeconds -= count * seconds;
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}
