import {formatDuration} from './duration.ts';
import {envName, type Flag, flagName, placeholder, type Usage} from './flags.ts';

/** The `--help` text of a command. */
export function helpText(usage: Usage): string {
  const positionals = usage.positionals ?? [];
  const words = positionals.map((positional) => (positional.required ? positional.name : `[${positional.name}]`));
  const rows = [
    ...Object.entries(usage.flags).map(([key, flag]) => [flagLeft(key, flag), flagRight(key, flag)] as const),
    ['--config FILE', 'YAML or JSON file with any of these as keys (WEIR_CONFIG)'] as const,
    ['--help', 'prints this'] as const,
  ];
  const sections = [
    `${asSentence(usage.summary)}\n`,
    `Usage:\n  ${[usage.name, ...words, '[flags]'].join(' ')}\n`,
    positionals.length === 0
      ? ''
      : `Arguments:\n${table(positionals.map((positional) => [positional.name, positional.help] as const))}`,
    `Flags:\n${table(rows)}`,
    usage.examples.length === 0 ? '' : `Examples:\n${usage.examples.map((example) => `  ${example}\n`).join('')}`,
  ];
  return sections.filter((section) => section !== '').join('\n');
}

function asSentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).replace(/\.?$/, '.');
}

/** Two columns; a left cell that is too wide takes a line of its own. */
function table(rows: readonly (readonly [left: string, right: string])[]): string {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)));
  return rows
    .map(([left, right]) =>
      left.length > width ? `  ${left}\n  ${' '.repeat(width)}  ${right}\n` : `  ${left.padEnd(width)}  ${right}\n`,
    )
    .join('');
}

function flagLeft(key: string, flag: Flag): string {
  return `--${flagName(key)} ${placeholder(flag)}`.trimEnd();
}

function flagRight(key: string, flag: Flag): string {
  const notes = [envName(key)];
  if (flag.required === true) notes.push('required');
  if (flag.type === 'list') notes.push('repeatable');
  const shown = shownDefault(flag);
  if (shown !== undefined) notes.push(`default ${shown}`);
  return `${flag.help} (${notes.join(', ')})`;
}

function shownDefault(flag: Flag): string | undefined {
  if (flag.secret === true || flag.type === 'boolean' || flag.type === 'list' || flag.default === undefined) {
    return undefined;
  }
  if (flag.default === '') return undefined;
  return flag.type === 'duration' ? formatDuration(flag.default) : String(flag.default);
}
