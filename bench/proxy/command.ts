import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import type {Bench} from '../main.ts';
import {canPin, cpuMicros, nextMessage, residentBytes, settle, startScript, stopProcess} from './processes.ts';
import {type Measurement, reportText, rowsOf} from './report.ts';
import {startDirect, startNginx, startPortkey, type Target, type TargetOptions} from './targets.ts';
import {startWeir} from './weir-target.ts';
import {type LoadJob, type LoadResult, STREAM_CHUNKS, WORKLOADS} from './workload.ts';

const WARM_UP_SECONDS = 1;

/** The agent with everything on, beside the upstream itself, nginx and Portkey. */
export const PROXY_BENCH: Bench = {
  name: 'proxy',
  summary: 'the agent with everything on, beside the upstream itself, nginx and Portkey, in interleaved rounds',
  usage: 'proxy [--seconds 3] [--rounds 3] [--output table|json] [--only weir,nginx,…]',
  run: async (argv, signal) => {
    const {values} = parseArgs({
      args: [...argv],
      options: {
        seconds: {type: 'string', default: '3'},
        rounds: {type: 'string', default: '3'},
        output: {type: 'string', default: 'table'},
        only: {type: 'string', default: ''},
      },
    });
    const seconds = Number(values.seconds);
    const rounds = Number(values.rounds);
    if (!(seconds > 0) || !(rounds >= 1)) throw new Error('--seconds and --rounds take numbers above 0');
    const only = values.only === '' ? undefined : new Set(values.only.split(','));
    const measurements = await measureAll({seconds, rounds, only}, signal);
    if (values.output === 'json') process.stdout.write(`${JSON.stringify(measurements, null, 2)}\n`);
    else process.stdout.write(`\n${reportText(rowsOf(measurements), WORKLOADS)}`);
    return 0;
  },
};

async function measureAll(
  options: {seconds: number; rounds: number; only: ReadonlySet<string> | undefined},
  signal: AbortSignal,
): Promise<Measurement[]> {
  const {seconds, rounds, only} = options;
  const pinned = canPin();
  const directory = await mkdtemp(join(tmpdir(), 'weir-bench-'));
  const upstream = startScript('./upstream.ts', pinned);
  const load = startScript('./load.ts', pinned);
  const targets: Target[] = [];
  try {
    const [{port: upstreamPort}] = (await Promise.all([nextMessage(upstream, signal), nextMessage(load, signal)])) as [
      {port: number},
      unknown,
    ];
    say(
      `${availableParallelism()} cores, Node ${process.version}; ` +
        `${pinned ? 'the measured process has core 0, everything else the others' : 'processes are not pinned'}; ` +
        `1 KB JSON each way, streams of ${STREAM_CHUNKS} chunks; ` +
        `${rounds} rounds of ${seconds} s a target and workload, medians`,
    );
    for (const [name, start] of Object.entries(STARTERS)) {
      if (only?.has(name) === false) continue;
      const own = join(directory, name);
      await mkdir(own);
      const target = await start({upstreamPort, directory: own, pinned});
      if (target !== undefined) targets.push(target);
    }
    const measure = async (job: LoadJob): Promise<LoadResult> => {
      load.send(job);
      return (await nextMessage(load, signal)) as LoadResult; // load.ts sends nothing else
    };
    for (const target of targets) await warmUp(target, measure);
    return await rotate(targets, {seconds, rounds}, measure, signal);
  } finally {
    await Promise.all(targets.map(async (target) => target.stop()));
    await Promise.all([stopProcess(upstream), stopProcess(load)]);
    await rm(directory, {recursive: true, force: true});
  }
}

const STARTERS: Record<string, (options: TargetOptions) => Promise<Target | undefined>> = {
  direct: async (options) => Promise.resolve(startDirect(options)),
  nginx: async (options) => startNginx(options, say),
  portkey: startPortkey,
  weir: startWeir,
};

/** Also proves that the target answers as it should: a figure for refusals is worth nothing. */
async function warmUp(target: Target, measure: (job: LoadJob) => Promise<LoadResult>): Promise<void> {
  for (const workload of WORKLOADS) {
    const result = await measure({workload, address: target.address, seconds: WARM_UP_SECONDS});
    if (result.requests === 0 || result.errors > 0) {
      throw new Error(
        `${target.name}, ${workload.name}: ${result.requests} answers were right, ${result.errors} were not (${result.firstError})`,
      );
    }
  }
}

async function rotate(
  targets: readonly Target[],
  {seconds, rounds}: {seconds: number; rounds: number},
  measure: (job: LoadJob) => Promise<LoadResult>,
  signal: AbortSignal,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const workload of WORKLOADS) {
    for (let round = 0; round < rounds; round++) {
      const order = targets.map((_, index) => targets[(index + round) % targets.length]);
      for (const target of order) {
        if (target === undefined) continue;
        const pids = target.pid === undefined ? [] : [target.pid];
        const before = pids.map(cpuMicros);
        const load = await measure({workload, address: target.address, seconds});
        await settle([...pids, ...target.helpers], signal); // what it still ships counts as its own
        const [used] = pids.map((pid, index) => cpuMicros(pid) - (before[index] ?? 0));
        measurements.push({
          target: target.name,
          workload: workload.name,
          round,
          load,
          cpuMicrosPerRequest: used === undefined ? undefined : used / load.requests,
          residentBytes: target.pid === undefined ? undefined : residentBytes(target.pid),
        });
      }
    }
    say(`measured: ${workload.name}`);
  }
  return measurements;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
