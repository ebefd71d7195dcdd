import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {type ControlPlane, type ControlPlaneOptions, startControlPlane} from '../../controlplane/server.ts';
import {createLogger} from '../../lib/log.ts';
import {policyFiles} from '../support/policies.ts';
import {createPolicyRepository, type PolicyRepository} from '../support/policy-repository.ts';

export const ADMIN = 'admin-not-a-real-token';
export const ANA = 'ana-not-a-real-token';
const JOIN = 'join-not-a-real-token';

export interface Running {
  plane: ControlPlane;
  repository: PolicyRepository;
  dataDir: string;
  logLines: string[];
}

/** A whole control plane over a real policy repository, stopped with the test. */
export async function startRunning(t: ExecutionContext, options: Partial<ControlPlaneOptions> = {}): Promise<Running> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-controlplane-'));
  const repository = await createPolicyRepository(directory, policyFiles('http://127.0.0.1:9'));
  const logLines: string[] = [];
  const dataDir = join(directory, 'data');
  const plane = await startControlPlane({
    repository: repository.url,
    branch: 'main',
    path: '.',
    dataDir,
    grpcListen: '127.0.0.1:0',
    httpListen: '127.0.0.1:0',
    transport: {kind: 'insecure'},
    pollIntervalMs: 60_000,
    joinTokens: [`${JOIN}:env=test`],
    adminTokens: [ADMIN, `${ANA}:subject=ana@example.com,group=finance-leads`],
    otlpEndpoint: undefined,
    acceptRewrite: undefined,
    log: createLogger({level: 'info', write: (line) => logLines.push(line)}),
    ...options,
  });
  t.teardown(async () => {
    await plane.stop();
    rmSync(directory, {recursive: true, force: true});
  });
  return {plane, repository, dataDir, logLines};
}
