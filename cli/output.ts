import {dump} from 'js-yaml';
import type {Output} from './command.ts';

/** The `--output` flag of every command that prints something. */
export const OUTPUT_FLAG = {
  output: {
    type: 'string',
    choices: ['table', 'json', 'yaml'],
    default: 'table',
    help: 'table for people; json is the API’s own JSON form',
  },
} as const;

export type OutputForm = 'table' | 'json' | 'yaml';

/**
 * Prints a message in the form asked for.
 *
 * @param json the message's own `toJSON`.
 * @param table made only when it is asked for; ends with a newline.
 */
export function print(stdout: Output, form: OutputForm, json: unknown, table: () => string): void {
  if (form === 'json') stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else if (form === 'yaml') stdout.write(dump(json, {lineWidth: -1}));
  else stdout.write(table());
}

/** Columns under their heads, as wide as they need to be; the last one is not padded. */
export function formatTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [heads, ...rows.map((row) => row.map(oneLine))];
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => displayWidth(row[column] ?? ''))));
  return cells
    .map((row) => {
      const padded = row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - displayWidth(cell)));
      return `${padded.join('  ').trimEnd()}\n`;
    })
    .join('');
}

/**
 * A table for a terminal: where it would be wider, the last column stands below each row instead.
 *
 * @param columns undefined where nobody reads along: every row is one line.
 */
export function fitTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number | undefined,
): string {
  const whole = formatTable(heads, rows);
  if (columns === undefined || whole.split('\n').every((line) => displayWidth(line) <= columns)) return whole;
  const [head = '', ...lines] = formatTable(
    heads.slice(0, -1),
    rows.map((row) => row.slice(0, -1)),
  )
    .trimEnd()
    .split('\n');
  const below = (row: readonly string[]) => ((row.at(-1) ?? '') === '' ? '' : `    ${oneLine(row.at(-1) ?? '')}\n`);
  return [`${head}\n`, ...lines.map((line, index) => `${line}\n${below(rows[index] ?? [])}`)].join('');
}

/** `Name:  value` lines; entries without a value are left out. */
export function formatFields(fields: readonly (readonly [name: string, value: string | undefined])[]): string {
  const present = fields.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(...present.map(([name]) => name.length)) + 1;
  return present.map(([name, value = '']) => `${`${name}:`.padEnd(width)}  ${oneLine(value)}\n`).join('');
}

/**
 * Text of others, made safe to print: control and direction characters show as `\u{…}` instead of moving the cursor,
 * colouring the terminal, or swapping what a reviewer reads. Newlines and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** How long ago, or how far ahead, in one unit: `12s`, `5m`, `3h`, `9d`. */
export function span(fromMs: number, toMs: number): string {
  const seconds = Math.max(0, Math.round((toMs - fromMs) / 1_000));
  if (seconds < 100) return `${seconds}s`;
  if (seconds < 6_000) return `${Math.round(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)}h`;
  return `${Math.round(seconds / 86_400)}d`;
}

/** `2026-11-22 14:03:07Z`, or nothing for an unset time. */
export function timeText(at: Date | undefined): string {
  return at === undefined ? '' : `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

function oneLine(text: string): string {
  return visible(text).replace(/[\n\t]+/g, ' ');
}

function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += /\p{M}/u.test(character) ? 0 : isWide(character) ? 2 : 1;
  return width;
}

/** East Asian wide characters and emoji take two columns. */
function isWide(character: string): boolean {
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u.test(
    character,
  );
}
