import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import type {Bench} from '../bench.ts';
import {canPin, cpuMicros, nextMessage, residentBytes, settle, startScript, stopProcess} from './processes.ts';
import {type Measurement, reportText, rowsOf} from './report.ts';
import {startDirect, startNginx, startPortkey, type Target, type TargetOptions} from './targets.ts';
import {startWeir} from './weir-target.ts';
import {type LoadJob, type LoadResult, STREAM_CHUNKS, type Workload, workloadsAt} from './workload.ts';

/**
 * Requests, at least, that a target has answered before anything is measured: a target that is compiled while it runs
 * needs some thousands until its code is settled. Given up after a while: a slow target is slow.
 */
const WARM_UP = {requests: {json: 25_000, sse: 1_500}, seconds: 1, rounds: 20};

/** The agent with everything on, beside the upstream itself, nginx and Portkey. */
export const PROXY_BENCH: Bench = {
  name: 'proxy',
  summary: 'the agent with everything on, beside the upstream itself, nginx and Portkey, in interleaved rounds',
  usage: 'proxy [--seconds 3] [--rounds 3] [--concurrency 64] [--only direct,nginx,portkey,weir] [--output table|json]',
  run: async (argv, signal) => {
    const {values} = parseArgs({
      args: [...argv],
      options: {
        seconds: {type: 'string', default: '3'},
        rounds: {type: 'string', default: '3'},
        concurrency: {type: 'string', default: '64'},
        output: {type: 'string', default: 'table'},
        only: {type: 'string', default: ''},
      },
    });
    const seconds = Number(values.seconds);
    const rounds = Number(values.rounds);
    const concurrency = Number(values.concurrency);
    if (!(seconds > 0) || !(rounds >= 1) || !Number.isInteger(concurrency) || concurrency < 2) {
      return refuse('--seconds and --rounds take numbers above 0, --concurrency a whole number above 1');
    }
    const names = values.only === '' ? Object.keys(STARTERS) : values.only.split(',');
    const unknown = names.find((name) => !Object.hasOwn(STARTERS, name));
    if (unknown !== undefined) {
      return refuse(`there is no target "${unknown}"; there are ${Object.keys(STARTERS).join(', ')}`);
    }
    const workloads = workloadsAt(concurrency);
    const measurements = await measureAll({seconds, rounds, workloads, names}, signal);
    if (values.output === 'json') process.stdout.write(`${JSON.stringify(measurements, null, 2)}\n`);
    else process.stdout.write(`\n${reportText(rowsOf(measurements), workloads)}`);
    return 0;
  },
};

function refuse(problem: string): number {
  say(problem);
  return 2;
}

interface Plan {
  seconds: number;
  rounds: number;
  workloads: readonly Workload[];
  /** Targets, by name. */
  names: readonly string[];
}

async function measureAll(plan: Plan, signal: AbortSignal): Promise<Measurement[]> {
  const {seconds, rounds, names} = plan;
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
      if (!names.includes(name)) continue;
      const own = join(directory, name);
      await mkdir(own);
      const target = await start({upstreamPort, directory: own, pinned});
      if (target !== undefined) targets.push(target);
    }
    const measure = async (job: LoadJob): Promise<LoadResult> => {
      load.send(job);
      return (await nextMessage(load, signal)) as LoadResult; // load.ts sends nothing else
    };
    for (const target of targets) await warmUp(target, plan.workloads, measure, signal);
    return await rotate(targets, plan, measure, signal);
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
async function warmUp(
  target: Target,
  workloads: readonly Workload[],
  measure: (job: LoadJob) => Promise<LoadResult>,
  signal: AbortSignal,
): Promise<void> {
  const most = workloads.filter(({connections}) => connections > 1);
  for (const workload of most) {
    let requests = 0;
    for (let round = 0; round < WARM_UP.rounds && requests < WARM_UP.requests[workload.kind]; round++) {
      const result = await measure({workload, address: target.address, seconds: WARM_UP.seconds});
      if (result.requests === 0 || result.errors > 0) {
        throw new Error(
          `${target.name}, ${workload.name}: ${result.requests} answers were right, ${result.errors} were not (${result.firstError})`,
        );
      }
      requests += result.requests;
    }
  }
  await settle([...(target.pid === undefined ? [] : [target.pid]), ...target.helpers], signal);
  say(`warm: ${target.name}`);
}

async function rotate(
  targets: readonly Target[],
  {seconds, rounds, workloads}: Plan,
  measure: (job: LoadJob) => Promise<LoadResult>,
  signal: AbortSignal,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const workload of workloads) {
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
