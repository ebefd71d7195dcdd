import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {type AddressInfo, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {type StandInModel, startStandInModel} from '../../cli/dev/stand-in-model.ts';
import {CALLER_KEY, policyFiles, UPSTREAM_KEY} from './policies.ts';
import {createPolicyRepository, type PolicyRepository} from './policy-repository.ts';
import {type Finished, runWeir, startWeirProcess, type WeirProcess} from './weir-process.ts';

const JOIN_TOKEN = 'join-not-a-real-token';
const ADMIN_TOKENS = {
  admin: 'admin-not-a-real-token',
  /** ana@example.com of finance-leads. */
  reviewer: 'reviewer-not-a-real-token',
  /** eve@example.com of no group that reviews anything. */
  stranger: 'stranger-not-a-real-token',
};

/** A control plane and an agent as real processes, a policy repository and a model; ports stay over restarts. */
export interface Deployment {
  readonly directory: string;
  readonly repository: PolicyRepository;
  readonly model: StandInModel;
  readonly agentUrl: string;
  /** Data directory of the control plane. */
  readonly dataDirectory: string;
  controlPlane: WeirProcess;
  agent: WeirProcess;
  readonly startControlPlane: () => Promise<void>;
  readonly startAgent: () => Promise<void>;
  /** Runs a command against the control plane. */
  readonly weir: (argv: readonly string[], as?: keyof typeof ADMIN_TOKENS) => Promise<Finished>;
  /** The exchanges as the auditor's command lists them. */
  readonly exchanges: () => Promise<ListedExchange[]>;
}

/** What the tests read of a listed exchange. */
interface ListedExchange {
  exchangeId: string;
  model: string;
  /** Missing while the exchange runs. */
  endedAt?: string;
}

/** Starts everything in a temporary directory and takes it down with the test. */
export async function startDeployment(t: ExecutionContext, options: {paceMs?: number} = {}): Promise<Deployment> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-e2e-'));
  const dataDirectory = join(directory, 'controlplane');
  const model = await startStandInModel({listen: '127.0.0.1:0', paceMs: options.paceMs ?? 0});
  const repository = await createPolicyRepository(directory, policyFiles(model.url));
  const [grpcPort, httpPort, agentPort] = await freePorts(3);
  const grpc = `127.0.0.1:${String(grpcPort)}`;

  const startControlPlane = async () =>
    startWeirProcess([
      'controlplane',
      ...['--repo', repository.url, '--data', dataDirectory, '--poll-interval', '1s', '--insecure'],
      ...['--grpc-listen', grpc, '--http-listen', `127.0.0.1:${String(httpPort)}`],
      ...['--join-token', `${JOIN_TOKEN}:env=test`, '--admin-token', ADMIN_TOKENS.admin],
      ...['--admin-token', `${ADMIN_TOKENS.reviewer}:subject=ana@example.com,group=finance-leads`],
      ...['--admin-token', `${ADMIN_TOKENS.stranger}:subject=eve@example.com,group=marketing`],
    ]);
  const startAgent = async () =>
    startWeirProcess(
      [
        'agent',
        ...['--controlplane', grpc, '--token', JOIN_TOKEN, '--state', join(directory, 'agent'), '--insecure'],
        ...['--listen', `127.0.0.1:${String(agentPort)}`, '--admin-listen', '127.0.0.1:0'],
        ...['--credential', `upstream-key=env:UPSTREAM_KEY@${new URL(model.url).host}`],
      ],
      {env: {UPSTREAM_KEY}},
    );

  const deployment: Deployment = {
    directory,
    repository,
    model,
    agentUrl: `http://127.0.0.1:${String(agentPort)}`,
    dataDirectory,
    controlPlane: await startControlPlane(),
    agent: await startAgent(),
    startControlPlane: async () => {
      deployment.controlPlane = await startControlPlane();
    },
    startAgent: async () => {
      deployment.agent = await startAgent();
    },
    weir: async (argv, as = 'admin') =>
      runWeir(argv, {
        WEIR_CONTROLPLANE: grpc,
        WEIR_INSECURE: 'true',
        WEIR_ADMIN_TOKEN: ADMIN_TOKENS[as],
      }),
    exchanges: async () => {
      const {code, stdout, stderr} = await deployment.weir([
        'audit',
        'exchanges',
        '--limit',
        '100000',
        '--output',
        'json',
      ]);
      if (code !== 0) throw new Error(stderr);
      return (JSON.parse(stdout) as {exchanges?: ListedExchange[]}).exchanges ?? [];
    },
  };
  t.teardown(async () => {
    await Promise.all([deployment.agent.stop(), deployment.controlPlane.stop()]);
    await model.stop();
    await rm(directory, {recursive: true, force: true});
  });
  return deployment;
}

/** Sends one chat completion through the agent, with the caller's key. */
export async function chat(agentUrl: string, content: string, more: Record<string, unknown> = {}): Promise<Response> {
  return fetch(`${agentUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: {authorization: `Bearer ${CALLER_KEY}`, 'content-type': 'application/json'},
    body: JSON.stringify({model: 'gpt-test', messages: [{role: 'user', content}], ...more}),
  });
}

/** Ports that nobody listens on, for servers that have to come back on the same one. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({length: count}, () => createServer());
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port); // a TCP server that listens has one
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  return ports;
}
