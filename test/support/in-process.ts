import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {LLMock} from '@copilotkit/aimock';
import {parseCredentialBinding} from '../../agent/credentials/binding.ts';
import {type AgentOptions, type RunningAgent, startAgent} from '../../agent/server.ts';
import {type ControlPlane, startControlPlane} from '../../controlplane/server.ts';
import {createLogLines, type LogLines} from './log-lines.ts';
import {policyFiles, UPSTREAM_KEY} from './policies.ts';
import {createPolicyRepository, type PolicyRepository} from './policy-repository.ts';

/** Control plane and agent in this process, in front of an upstream that demands its own key. */
export interface InProcess {
  readonly mock: LLMock;
  readonly mockUrl: string;
  readonly agentUrl: string;
  readonly agent: RunningAgent;
  readonly controlPlane: ControlPlane;
  readonly repository: PolicyRepository;
  readonly directory: string;
  readonly logs: LogLines;
  readonly stop: () => Promise<void>;
}

const ADMIN_TOKEN = 'admin-not-a-real-token';

/**
 * @param more policy files beside those of `policyFiles`.
 * @param options of the agent beside those that every test needs.
 */
export async function startInProcess(
  more: (urls: {mockUrl: string}) => Record<string, string> = () => ({}),
  options: Pick<AgentOptions, 'analyzerHosts' | 'heartbeatEveryMs'> = {},
): Promise<InProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-sdk-'));
  const mock = new LLMock({port: 0, chunkSize: 5, latency: 1, auth: {apiKeys: [UPSTREAM_KEY]}, journalMaxEntries: 0});
  const mockUrl = await mock.start();
  const logs = createLogLines();
  const files = {...policyFiles(mockUrl), ...more({mockUrl})};
  const repository = await createPolicyRepository(directory, files);
  const controlPlane = await startControlPlane({
    repository: repository.url,
    branch: 'main',
    path: '.',
    dataDir: join(directory, 'controlplane'),
    grpcListen: '127.0.0.1:0',
    httpListen: '127.0.0.1:0',
    transport: {kind: 'insecure'},
    pollIntervalMs: 1_000,
    joinTokens: ['join-not-a-real-token:env=test'],
    adminTokens: [ADMIN_TOKEN],
    otlpEndpoint: undefined,
    acceptRewrite: undefined,
    log: logs.log,
  });
  const agent = await startAgent({
    controlplane: controlPlane.grpcAddress,
    transport: {kind: 'insecure'},
    joinToken: 'join-not-a-real-token',
    stateDir: join(directory, 'agent'),
    listen: '127.0.0.1:0',
    adminListen: '127.0.0.1:0',
    credentials: [parseCredentialBinding(`upstream-key=env:KEY@${new URL(mockUrl).host}`)],
    environment: {KEY: UPSTREAM_KEY},
    drainMs: 500,
    log: logs.log,
    ...options,
  });
  await agent.ready(AbortSignal.timeout(20_000));
  return {
    mock,
    mockUrl,
    agentUrl: `http://${agent.address}`,
    agent,
    controlPlane,
    repository,
    directory,
    logs,
    stop: async () => {
      await agent.stop();
      await controlPlane.stop();
      await mock.stop();
      await rm(directory, {recursive: true, force: true, maxRetries: 3});
    },
  };
}
