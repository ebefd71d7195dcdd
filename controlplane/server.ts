import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Server} from '@grpc/grpc-js';
import {HealthImplementation} from 'grpc-health-check';
import {compileRepository} from '../engine/language/compile.ts';
import {loadBundle} from '../engine/load-bundle.ts';
import {SYSTEM_CLOCK} from '../lib/clock.ts';
import {WeirError} from '../lib/errors.ts';
import {checkListener, listenGrpc, type ServerTransport} from '../lib/grpc/channel.ts';
import {parseHostPort} from '../lib/host-port.ts';
import type {Logger} from '../lib/log.ts';
import {ApprovalServiceService} from '../proto/gen/weir/admin/v1/approval.ts';
import {FleetServiceService} from '../proto/gen/weir/admin/v1/fleet.ts';
import {PolicyServiceService} from '../proto/gen/weir/admin/v1/policy.ts';
import {EnrollmentServiceService} from '../proto/gen/weir/agent/v1/enrollment.ts';
import {HoldServiceService} from '../proto/gen/weir/agent/v1/hold.ts';
import {PolicySyncServiceService} from '../proto/gen/weir/agent/v1/policy_sync.ts';
import {RecordIntakeServiceService} from '../proto/gen/weir/agent/v1/record_intake.ts';
import {AuditServiceService} from '../proto/gen/weir/audit/v1/audit.ts';
import {createAdminAccess, parseAdminTokens, requireFull} from './access/admin.ts';
import {firstAdminToken} from './access/first-token.ts';
import {createApprovalService} from './approvals/approval-service.ts';
import {createHoldChanges} from './approvals/changes.ts';
import {createHoldService} from './approvals/hold-service.ts';
import {createAuditService} from './audit/service.ts';
import {createPolicySyncService} from './distribute/service.ts';
import {createAgentAuthority} from './enroll/authority.ts';
import {parseJoinToken} from './enroll/join-token.ts';
import {createEnrollmentService} from './enroll/service.ts';
import {createFleet} from './fleet/fleet.ts';
import {createFleetService} from './fleet/service.ts';
import {openMirror} from './git/mirror.ts';
import {listenHttp} from './http.ts';
import {createRecordIntake} from './ingest/intake.ts';
import {loadKeys} from './keys.ts';
import {createPolicyService} from './reconcile/policy-service.ts';
import {startReconciler} from './reconcile/reconciler.ts';
import {indexDescriptors} from './reflection/descriptor-index.ts';
import {addReflection} from './reflection/reflection-service.ts';
import {createAgentStore} from './store/agent-store.ts';
import {createAuditStore} from './store/audit-store.ts';
import {createBundleStore} from './store/bundle-store.ts';
import {openStore, type Store} from './store/database.ts';
import {createHoldStore} from './store/hold-store.ts';
import {createRecordStore} from './store/record-store.ts';
import {addOtlpIntake} from './telemetry/otlp-intake.ts';
import {startOtlpRelay} from './telemetry/otlp-relay.ts';

export interface ControlPlaneOptions {
  /** Any address Git takes. */
  repository: string;
  branch: string;
  /** Folder of the repository that holds policy. */
  path: string;
  /** Holds keys, database and mirror; open in one control plane at a time. */
  dataDir: string;
  /** HOST:PORT; port 0 takes a free one. */
  grpcListen: string;
  httpListen: string;
  transport: ServerTransport;
  pollIntervalMs: number;
  /** `TOKEN` or `TOKEN:key=value,key=value`. */
  joinTokens: readonly string[];
  /** `TOKEN` or `TOKEN:subject=…,group=…`; with none, a token is made on the first start. */
  adminTokens: readonly string[];
  /** Where telemetry is passed on to; undefined drops it. */
  otlpEndpoint: string | undefined;
  /** A commit that may replace the active one although it does not descend from it. */
  acceptRewrite: string | undefined;
  log: Logger;
}

export interface ControlPlane {
  /** HOST:PORT as bound. */
  readonly grpcAddress: string;
  readonly httpAddress: string;
  /** There on the first start without admin tokens only; to be shown to a person, and kept nowhere. */
  readonly firstAdminToken: string | undefined;
  /** Ends streams, lets calls finish for a moment, closes the store. */
  readonly stop: () => Promise<void>;
}

/** How long running calls and waiting telemetry get when the control plane stops. */
const STOP_GRACE_MS = 1_500;
const DESCRIPTORS = new URL('../proto/gen/descriptors.binpb', import.meta.url);

/**
 * Starts a control plane; resolves when agents and people may call.
 *
 * The repository need not be reachable: what was published last is served until it is.
 *
 * @throws WeirError USAGE, PORT_IN_USE, DATA_IN_USE, DATA_NEWER or CONFIG_INVALID; nothing is left running then.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  // Configuration first: a wrong flag must not leave a data directory behind.
  checkRepository(options.repository);
  checkListener(options.grpcListen, options.transport);
  parseHostPort(options.httpListen);
  const configured = {admins: parseAdminTokens(options.adminTokens), joins: options.joinTokens.map(parseJoinToken)};
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
      // One part that cannot end must not keep the store open.
      await step().catch((error: unknown) => {
        options.log.error('stopping failed', {}, error);
      });
    }
  };
  try {
    const store = await openStore({dataDir: options.dataDir, log: options.log});
    undo.push(store.close);
    return {...(await serve(options, {...configured, store, undo})), stop};
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Opened {
  admins: ReturnType<typeof parseAdminTokens>;
  joins: ReturnType<typeof parseJoinToken>[];
  store: Store;
  /** What to do to stop, last thing first. */
  undo: (() => Promise<void>)[];
}

async function serve(options: ControlPlaneOptions, opened: Opened): Promise<Omit<ControlPlane, 'stop'>> {
  const {branch, dataDir, log, path} = options;
  const {store, undo} = opened;
  const now = SYSTEM_CLOCK.nowMs;
  const stopping = new AbortController();
  const onError = (method: string, error: unknown) => {
    log.error('call failed', {method}, error);
  };
  const keys = await loadKeys(dataDir);
  const first = opened.admins.length === 0 ? await firstAdminToken(dataDir) : undefined;
  const adminOf = createAdminAccess(first === undefined ? opened.admins : [first.known]);
  const authorize = (metadata: Parameters<typeof adminOf>[0]) => {
    requireFull(adminOf(metadata));
  };
  const relay = startOtlpRelay(options.otlpEndpoint, log);
  undo.push(async () => relay.stop(AbortSignal.timeout(STOP_GRACE_MS)));

  const bundles = createBundleStore(store);
  const agents = createAgentStore(store);
  const records = createRecordStore(store);
  const mirror = openMirror({repository: options.repository, branch, directory: join(dataDir, 'mirror')});
  const reconciler = await startReconciler({
    store: bundles,
    mirror,
    path,
    acceptRewrite: options.acceptRewrite,
    compiler: {compile: compileRepository, load: loadBundle},
    signingKey: keys.bundle.privateKey,
    pollIntervalMs: options.pollIntervalMs,
    now,
    random: Math.random,
    log,
  });
  undo.push(reconciler.stop);

  const authority = createAgentAuthority({joinTokens: opened.joins, keys, agents, now, log});
  const fleet = createFleet({agents, wantedDigest: () => reconciler.feed.active()?.digest, now, log});
  const {agentOf} = authority;
  const approvals = {holds: createHoldStore(store), changes: createHoldChanges(), now, log, onError};
  const sync = {feed: reconciler.feed, store: bundles, fleet, authority, signingKey: keys.bundle.privateKey};
  const source = {repository: mirror.address, branch, path};
  const descriptors = indexDescriptors(await readFile(DESCRIPTORS));
  const health = new HealthImplementation({'': 'SERVING'});

  const addServices = (server: Server) => {
    server.addService(EnrollmentServiceService, createEnrollmentService(authority, onError));
    server.addService(
      PolicySyncServiceService,
      createPolicySyncService({...sync, now, random: Math.random, log, onError}, stopping.signal),
    );
    server.addService(
      RecordIntakeServiceService,
      createRecordIntake({records, recordKey: keys.record.privateKey, agentOf, nowMs: now, log, onError}),
    );
    server.addService(HoldServiceService, createHoldService({...approvals, agentOf, stopping: stopping.signal}));
    server.addService(ApprovalServiceService, createApprovalService({...approvals, adminOf}));
    server.addService(
      PolicyServiceService,
      createPolicyService({reconciler, store: bundles, source, fleet, authorize, onError}),
    );
    server.addService(
      FleetServiceService,
      createFleetService({agents, fleet, cursorOf: records.cursorOf, authorize, onError}),
    );
    server.addService(
      AuditServiceService,
      createAuditService({audit: createAuditStore(store), authorize, clock: SYSTEM_CLOCK, onError}),
    );
    addOtlpIntake(server, {relay, agentOf, onError});
    addReflection(server, descriptors, onError);
    health.addToServer(server);
  };
  const grpc = await listenGrpc(options.grpcListen, options.transport, addServices);
  undo.push(async () => {
    health.setStatus('', 'NOT_SERVING');
    stopping.abort();
    await grpc.stop(AbortSignal.timeout(STOP_GRACE_MS));
  });
  const isReady = () => !stopping.signal.aborted;
  const http = await listenHttp({address: options.httpListen, isReady, reconcile: reconciler.poke});
  undo.push(http.stop);
  await first?.made?.keep();
  return {grpcAddress: grpc.address, httpAddress: http.address, firstAdminToken: first?.made?.shownOnce};
}

/** What can never become reachable is refused at once; all else may heal. */
function checkRepository(repository: string): void {
  const scheme = /^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(repository)?.groups?.['scheme']?.toLowerCase();
  const isKnown = scheme === undefined || ['https', 'http', 'ssh', 'git', 'file'].includes(scheme);
  if (isKnown && repository.trim() !== '' && !repository.startsWith('-') && !repository.includes('::')) return;
  throw new WeirError('USAGE', '--repo must be a path, or an https, ssh, git or file address of a Git repository');
}
