import {join} from 'node:path';
import {createPolicySyncService} from '../../controlplane/distribute/service.ts';
import {type AgentAuthority, createAgentAuthority} from '../../controlplane/enroll/authority.ts';
import type {JoinToken} from '../../controlplane/enroll/join-token.ts';
import {createEnrollmentService} from '../../controlplane/enroll/service.ts';
import {createFleet, type Fleet} from '../../controlplane/fleet/fleet.ts';
import {createFleetService} from '../../controlplane/fleet/service.ts';
import {openMirror} from '../../controlplane/git/mirror.ts';
import {type ControlPlaneKeys, loadKeys} from '../../controlplane/keys.ts';
import type {Compiler} from '../../controlplane/reconcile/judge-commit.ts';
import {createPolicyService} from '../../controlplane/reconcile/policy-service.ts';
import {type Reconciler, startReconciler} from '../../controlplane/reconcile/reconciler.ts';
import {type AgentStore, createAgentStore} from '../../controlplane/store/agent-store.ts';
import {type BundleStore, createBundleStore} from '../../controlplane/store/bundle-store.ts';
import {openStore} from '../../controlplane/store/database.ts';
import {compileRepository} from '../../engine/language/compile.ts';
import {loadBundle} from '../../engine/load-bundle.ts';
import {connectGrpc, type GrpcConnection, listenGrpc} from '../../lib/grpc/channel.ts';
import type {Logger} from '../../lib/log.ts';
import {FleetServiceService} from '../../proto/gen/weir/admin/v1/fleet.ts';
import {PolicyServiceService} from '../../proto/gen/weir/admin/v1/policy.ts';
import {EnrollmentServiceService} from '../../proto/gen/weir/agent/v1/enrollment.ts';
import {PolicySyncServiceService} from '../../proto/gen/weir/agent/v1/policy_sync.ts';

export const JOIN: JoinToken = {token: 'join-not-a-real-token', labels: {env: 'test'}};

export interface DeliveryOptions {
  repository: string;
  /** Holds keys, store and mirror; a second start in it is a restart. */
  dataDir: string;
  log: Logger;
  branch?: string;
  path?: string;
  /** HOST:PORT; port 0 takes a free one. */
  listen?: string;
  joinTokens?: readonly JoinToken[];
  acceptRewrite?: string;
  pollIntervalMs?: number;
  heartbeatMs?: number;
  now?: () => number;
  compiler?: Partial<Compiler>;
}

/** The part of a control plane that brings policy from Git to agents, on a real port. */
export interface Delivery {
  readonly address: string;
  readonly keys: ControlPlaneKeys;
  readonly reconciler: Reconciler;
  readonly bundles: BundleStore;
  readonly agents: AgentStore;
  readonly authority: AgentAuthority;
  readonly fleet: Fleet;
  readonly connection: GrpcConnection;
  readonly stop: () => Promise<void>;
}

/** Starts what `controlplane/server.ts` starts for policy, without access control. */
export async function startDelivery(options: DeliveryOptions): Promise<Delivery> {
  const {dataDir, log, repository, branch = 'main', path = '.', now = Date.now} = options;
  const store = await openStore({dataDir, log});
  const keys = await loadKeys(dataDir);
  const bundles = createBundleStore(store);
  const agents = createAgentStore(store);
  const mirror = openMirror({repository, branch, directory: join(dataDir, 'mirror')});
  const reconciler = await startReconciler({
    store: bundles,
    mirror,
    path,
    acceptRewrite: options.acceptRewrite,
    compiler: {compile: compileRepository, load: loadBundle, ...options.compiler},
    signingKey: keys.bundle.privateKey,
    pollIntervalMs: options.pollIntervalMs ?? 200,
    now,
    random: Math.random,
    log,
  }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const authority = createAgentAuthority({joinTokens: options.joinTokens ?? [JOIN], keys, agents, now, log});
  const fleet = createFleet({agents, wantedDigest: () => reconciler.feed.active()?.digest, now, log});
  const stopping = new AbortController();
  const onError = (method: string, error: unknown) => {
    log.error('call failed', {method}, error);
  };
  const syncOptions = {
    feed: reconciler.feed,
    store: bundles,
    fleet,
    authority,
    signingKey: keys.bundle.privateKey,
    now,
    random: Math.random,
    log,
    onError,
    ...(options.heartbeatMs === undefined ? {} : {heartbeatMs: options.heartbeatMs}),
  };
  const open = {authorize: () => undefined, onError};
  const server = await listenGrpc(options.listen ?? '127.0.0.1:0', {kind: 'insecure'}, (grpc) => {
    grpc.addService(EnrollmentServiceService, createEnrollmentService(authority, onError));
    grpc.addService(PolicySyncServiceService, createPolicySyncService(syncOptions, stopping.signal));
    const source = {repository: mirror.address, branch, path};
    grpc.addService(PolicyServiceService, createPolicyService({reconciler, store: bundles, source, fleet, ...open}));
    const cursorOf = () => Promise.resolve(undefined);
    grpc.addService(FleetServiceService, createFleetService({agents, fleet, cursorOf, ...open}));
  });
  const connection = connectGrpc(server.address, {kind: 'insecure'});
  let stopped: Promise<void> | undefined;
  return {
    address: server.address,
    keys,
    reconciler,
    bundles,
    agents,
    authority,
    fleet,
    connection,
    stop: async () => {
      stopped ??= stop();
      return stopped;
    },
  };

  async function stop(): Promise<void> {
    stopping.abort();
    connection.close();
    await reconciler.stop();
    await server.stop(AbortSignal.timeout(2_000));
    await store.close();
  }
}
