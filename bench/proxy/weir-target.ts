import {join} from 'node:path';
import {prepareRepository} from '../../cli/dev/demo-repository.ts';
import {keyHash} from '../../cli/dev/dev-keys.ts';
import {EXAMPLE_POLICIES} from '../../cli/dev/providers.ts';
import {startWeirProcess} from '../../test/support/weir-process.ts';
import {seated} from './processes.ts';
import type {Target, TargetOptions} from './targets.ts';

const CALLER_KEY = 'weir_bench_not-a-real-key';
const POLICY_TIMEOUT_MS = 20_000;

/**
 * The agent as a company would run it: callers identified, the example policies scanning both ways, every exchange
 * durable on disk and shipped, every exchange traced. The control plane is a process of its own and is not measured.
 */
export async function startWeir({upstreamPort, directory, pinned}: TargetOptions): Promise<Target> {
  const upstream = `127.0.0.1:${upstreamPort}`;
  const repository = join(directory, 'policies');
  await prepareRepository(
    {
      directory: repository,
      examples: EXAMPLE_POLICIES,
      callerKeyHash: keyHash(CALLER_KEY),
      standIns: new Map([['https://api.openai.com/v1', `http://${upstream}/v1`]]),
    },
    AbortSignal.timeout(POLICY_TIMEOUT_MS),
  );
  const controlPlane = await startWeirProcess(
    [
      'controlplane',
      ...['--repo', repository, '--data', join(directory, 'data'), '--insecure'],
      ...['--grpc-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0'],
      ...['--join-token', 'bench-join-token:env=bench', '--admin-token', 'bench-admin-token'],
    ],
    {prefix: seatedPrefix('rest', pinned)},
  );
  const agent = await startWeirProcess(
    [
      'agent',
      ...['--controlplane', String(controlPlane.ready['grpc']), '--token', 'bench-join-token', '--insecure'],
      ...['--state', join(directory, 'state'), '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'],
      ...['--credential', `openai-key=env:OPENAI_API_KEY@${upstream}`],
    ],
    {prefix: seatedPrefix('target', pinned), env: {OPENAI_API_KEY: 'not-a-real-key'}},
  );
  const {pid} = agent.child;
  const controlPlanePid = controlPlane.child.pid;
  if (pid === undefined || controlPlanePid === undefined) throw new Error('weir could not be started');
  return {
    name: 'weir',
    address: {
      port: Number(new URL(`http://${String(agent.ready['listen'])}`).port),
      headers: {authorization: `Bearer ${CALLER_KEY}`},
    },
    pid,
    helpers: [controlPlanePid],
    stop: async () => {
      await agent.stop();
      await controlPlane.stop();
    },
  };
}

function seatedPrefix(seat: 'target' | 'rest', pinned: boolean): string[] {
  return seated([''], seat, pinned).slice(0, -1);
}
