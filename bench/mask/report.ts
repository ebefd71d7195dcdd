import type {ActivationCost} from './activation.ts';
import {FLOOR, type HostileResult} from './hostile.ts';
import type {DeltaCost, HoldBack} from './streams.ts';
import type {Throughput} from './throughput.ts';

/** All that the benchmark measured; parts that were not asked for are missing. */
export interface MaskReport {
  finders: number;
  throughput?: Throughput[];
  deltas?: DeltaCost[];
  holdBack?: HoldBack[];
  activation?: ActivationCost;
  hostile?: HostileResult[];
}

const FAST_TEXTS = ['prose', 'code', 'logs', 'JSON'];
const MAX_PROMPT_MICROS = 6;
const MAX_DELTA_MICROS = 3;
const HOLD_BACK: Record<string, {p50?: number; p99: number}> = {
  prose: {p50: 4, p99: 24},
  code: {p99: 48},
  'lock files': {p99: 80},
};

/** What a person reads: goals beside the figures. */
export function reportText(report: MaskReport): string {
  const {throughput, deltas, holdBack, activation, hostile} = report;
  return [
    ...(throughput === undefined ? [] : [throughputText(throughput)]),
    ...(deltas === undefined ? [] : [deltasText(deltas)]),
    ...(holdBack === undefined ? [] : [holdBackText(holdBack)]),
    ...(activation === undefined ? [] : [activationText(activation)]),
    ...(hostile === undefined ? [] : [hostileText(hostile)]),
  ].join('\n');
}

function throughputText(results: readonly Throughput[]): string {
  const maskers = [...new Set(results.map(({masker}) => masker))];
  const speeds = matrix(results, maskers, ({megabytesPerSecond}) => figure(megabytesPerSecond));
  const rows = speeds
    .filter(([text]) => text !== '1 KB prompt')
    .map((row) => [...row, goalOf(row[0] ?? ''), changedOf(results, row[0] ?? '')]);
  const prompts = results.filter(({text}) => text === '1 KB prompt');
  const prompt = matrix(prompts, maskers, ({microseconds}) => figure(microseconds));
  return (
    `Masking whole texts of 16 KB, MB/s\n${table(['', ...maskers, 'goal', 'documents changed by weir, %'], rows)}\n` +
    `Masking a prompt of 1 KB, µs\n${table(['', ...maskers, 'goal'], [...prompt.map((row) => [...row, `≤ ${MAX_PROMPT_MICROS}`])])}`
  );
}

function goalOf(text: string): string {
  if (text === 'dense') return '≥ 60';
  return FAST_TEXTS.includes(text) ? '≥ 200' : '';
}

function changedOf(results: readonly Throughput[], text: string): string {
  return results.find((result) => result.text === text)?.changedPercent.toFixed(0) ?? '';
}

function deltasText(results: readonly DeltaCost[]): string {
  const maskers = [...new Set(results.map(({masker}) => masker))];
  const rows = matrix(results, maskers, ({microseconds}) => figure(microseconds));
  return (
    'A delta of 4 characters of a live stream, µs (peers have no streams: each delta by itself, which leaks)\n' +
    table(
      ['', ...maskers, 'goal'],
      rows.map((row) => [...row, row[0] === 'dense' ? '' : `≤ ${MAX_DELTA_MICROS}`]),
    )
  );
}

function holdBackText(results: readonly HoldBack[]): string {
  const rows = results.map(({text, masker, mean, p50, p99, max}) => {
    const goal = HOLD_BACK[text];
    const goals = goal === undefined ? '' : `${goal.p50 === undefined ? '' : `p50 ≤ ${goal.p50}, `}p99 ≤ ${goal.p99}`;
    return [text, masker, mean.toFixed(1), String(p50), String(p99), String(max), goals];
  });
  return `Characters held back after each delta (peers need the whole answer)\n${table(['', '', 'mean', 'p50', 'p99', 'max', 'goal'], rows)}`;
}

function activationText({rules, finders, compileMs, loadMs, worstStallMs, firstPromptMs}: ActivationCost): string {
  const rows = [
    ['compiling the repository, ms', compileMs.toFixed(0), ''],
    ['loading the bundle, ms', loadMs.toFixed(0), '< 300'],
    ['longest stall of the event loop while it is activated, ms', worstStallMs.toFixed(1), '≤ 5'],
    ['first prompt afterwards, ms', firstPromptMs.toFixed(1), '≤ 5'],
  ];
  return `A bundle of ${rules} rules and ${finders} patterns\n${table(['', 'measured', 'goal'], rows)}`;
}

function hostileText(results: readonly HostileResult[]): string {
  const rows = results.map(({name, refused, weir, v8MegabytesPerSecond: v8}) => {
    if (refused !== undefined) return [name, `refused: ${refused}`];
    if (weir === undefined) return [name, 'did not end'];
    const {wholeMegabytesPerSecond: whole, streamMegabytesPerSecond: stream, memoryMegabytes, held} = weir;
    return [
      name,
      figure(whole),
      figure(stream),
      memoryMegabytes.toFixed(0),
      String(held),
      v8 === undefined ? 'did not end' : figure(v8),
      Math.min(whole, stream) < FLOOR ? 'below the floor' : '',
    ];
  });
  const header = ['', 'whole', 'in pieces', 'memory MB', 'most held', 'V8 on 64 KB', ''];
  return `Hostile rules and texts of 1 MB, MB/s (floor ${FLOOR})\n${table(header, rows)}`;
}

/** One row a text, one column a masker. */
function matrix<T extends {text: string; masker: string}>(
  results: readonly T[],
  maskers: readonly string[],
  cell: (result: T) => string,
): string[][] {
  return [...Map.groupBy(results, ({text}) => text)].map(([text, group]) => [
    text,
    ...maskers.map((masker) => {
      const result = group.find((one) => one.masker === masker);
      return result === undefined ? '' : cell(result);
    }),
  ]);
}

function figure(value: number): string {
  if (!Number.isFinite(value)) return '';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows];
  const isRefusal = (line: readonly string[]) => line.length === 2 && header.length > 2;
  const widths = header.map((_, column) =>
    Math.max(0, ...lines.filter((line) => column === 0 || !isRefusal(line)).map((line) => (line[column] ?? '').length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 || isRefusal(line) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
