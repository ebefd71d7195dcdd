import type {LoadResult, Workload} from './workload.ts';

/** One target under one workload in one round. */
export interface Measurement {
  target: string;
  workload: string;
  round: number;
  load: LoadResult;
  /** CPU of the measured process per request, until it came to rest; undefined for the upstream itself. */
  cpuMicrosPerRequest: number | undefined;
  residentBytes: number | undefined;
}

/** Medians over the rounds. */
export interface Row {
  target: string;
  workload: string;
  perSecond: number;
  p50Micros: number;
  p99Micros: number;
  firstByteMicros: number;
  cpuMicrosPerRequest: number | undefined;
  residentMegabytes: number | undefined;
  errors: number;
}

/** One row a target and workload, in the order they were first measured. */
export function rowsOf(measurements: readonly Measurement[]): Row[] {
  const groups = Map.groupBy(measurements, ({target, workload}) => `${workload}\n${target}`);
  return [...groups.values()].map((group) => {
    const middle = (valueOf: (one: Measurement) => number | undefined) =>
      median(group.map(valueOf).filter((value) => value !== undefined));
    const resident = middle((one) => one.residentBytes);
    return {
      target: group[0]?.target ?? '',
      workload: group[0]?.workload ?? '',
      perSecond: middle(({load}) => load.requests / load.seconds) ?? 0,
      p50Micros: middle(({load}) => load.p50Micros) ?? 0,
      p99Micros: middle(({load}) => load.p99Micros) ?? 0,
      firstByteMicros: middle(({load}) => load.firstByteMicros) ?? 0,
      cpuMicrosPerRequest: middle((one) => one.cpuMicrosPerRequest),
      residentMegabytes: resident === undefined ? undefined : resident / 1e6,
      errors: group.reduce((total, {load}) => total + load.errors, 0),
    };
  });
}

/** The tables a person reads: one a workload, with Weir's ratios to the peers below it. */
export function reportText(rows: readonly Row[], workloads: readonly Workload[]): string {
  return workloads.map((workload) => workloadText(rows, workload)).join('\n');
}

function workloadText(rows: readonly Row[], {name, kind}: Workload): string {
  const own = rows.filter((row) => row.workload === name);
  const [unit, first] = kind === 'json' ? ['req', ''] : ['stream', 'first byte µs'];
  const header = ['', `${unit}/s`, 'p50 µs', 'p99 µs', first, `CPU µs/${unit}`, 'RSS MB', 'errors'];
  const lines = own.map((row) => [
    row.target,
    row.perSecond.toFixed(0),
    row.p50Micros.toFixed(0),
    row.p99Micros.toFixed(0),
    kind === 'json' ? '' : row.firstByteMicros.toFixed(0),
    row.cpuMicrosPerRequest?.toFixed(1) ?? '',
    row.residentMegabytes?.toFixed(0) ?? '',
    String(row.errors),
  ]);
  const columns = header.map((_, column) => [header, ...lines].map((line) => line[column] ?? ''));
  const shown = columns.filter((column, index) => index === 0 || column.some((cell) => cell !== ''));
  const widths = shown.map((column) => Math.max(...column.map((cell) => cell.length)));
  const table = [header, ...lines].map((_, line) =>
    shown
      .map((column, index) => pad(column[line] ?? '', widths[index] ?? 0, index === 0))
      .join('  ')
      .trimEnd(),
  );
  return `${name}\n${table.join('\n')}\n${ratioLines(own).join('\n')}\n`;
}

function ratioLines(rows: readonly Row[]): string[] {
  const weir = rows.find(({target}) => target === 'weir');
  if (weir === undefined) return [];
  return rows
    .filter(({target}) => target !== 'weir' && target !== 'direct')
    .map((peer) => {
      const cpu =
        weir.cpuMicrosPerRequest === undefined || peer.cpuMicrosPerRequest === undefined
          ? ''
          : `, ${(weir.cpuMicrosPerRequest / peer.cpuMicrosPerRequest).toFixed(2)}x its CPU`;
      const speed = (weir.perSecond / peer.perSecond).toFixed(2);
      const [p50, p99] = [weir.p50Micros / peer.p50Micros, weir.p99Micros / peer.p99Micros];
      return `weir to ${peer.target}: ${speed}x its throughput, ${p50.toFixed(2)}x its p50, ${p99.toFixed(2)}x its p99${cpu}`;
    });
}

function pad(cell: string, width: number, left: boolean): string {
  return left ? cell.padEnd(width) : cell.padStart(width);
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted[middle - 1];
  if (upper === undefined) return undefined;
  return sorted.length % 2 === 1 || lower === undefined ? upper : (lower + upper) / 2;
}
