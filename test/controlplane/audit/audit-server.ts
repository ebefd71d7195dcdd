import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import type {Recorder} from '../../../agent/record/recorder.ts';
import {startShipping} from '../../../agent/record/shipping.ts';
import {createAuditService} from '../../../controlplane/audit/service.ts';
import {SYSTEM_CLOCK} from '../../../lib/clock.ts';
import {WeirError} from '../../../lib/errors.ts';
import {diskFiles} from '../../../lib/file-layer.ts';
import {connectGrpc, listenGrpc} from '../../../lib/grpc/channel.ts';
import {createLogger} from '../../../lib/log.ts';
import {AuditServiceClient, AuditServiceService} from '../../../proto/gen/weir/audit/v1/audit.ts';
import {AGENT_UID, openTestRecorder, recordKeys} from '../../agent/record/records.ts';
import {tempDir} from '../../support/temp-dir.ts';
import {waitFor} from '../../support/wait.ts';
import {startIntake, testSession} from '../ingest/intake-server.ts';

export const ADMIN_TOKEN = 'admin-not-a-real-token';

/** The audit API over records that a real agent spool shipped. */
export interface AuditServer {
  readonly address: string;
  readonly client: AuditServiceClient;
  readonly recorder: Recorder;
  /** Resolves once everything recorded so far can be asked for. */
  readonly shipped: () => Promise<void>;
}

export async function startAudit(t: ExecutionContext): Promise<AuditServer> {
  const log = createLogger({level: 'error', write: () => undefined});
  const keys = recordKeys();
  const dir = await tempDir(t);
  const intake = await startIntake({dataDir: join(dir, 'data'), recordKey: keys.privateKey, log});
  const service = createAuditService({
    audit: intake.audit,
    authorize: (metadata) => {
      const [header] = metadata.get('authorization');
      if (header !== `Bearer ${ADMIN_TOKEN}`) throw new WeirError('UNAUTHENTICATED', 'not an admin');
    },
    clock: SYSTEM_CLOCK,
    onError: (method, error) => {
      t.log(method, error);
    },
  });
  const server = await listenGrpc('127.0.0.1:0', {kind: 'insecure'}, (grpc) => {
    grpc.addService(AuditServiceService, service);
  });
  const recorder = await openTestRecorder(diskFiles, keys, {dir: join(dir, 'spool')});
  const session = testSession(intake.address, AGENT_UID);
  const shipping = startShipping({session, spool: recorder.spool, log, random: () => 0.05});
  const admin = connectGrpc(server.address, {kind: 'insecure'});
  t.teardown(async () => {
    await shipping.stop();
    session.connection.close();
    admin.close();
    await recorder.close();
    await server.stop(AbortSignal.abort());
    await intake.stop();
  });
  return {
    address: server.address,
    client: admin.client(AuditServiceClient),
    recorder,
    shipped: async () => {
      await waitFor('an empty spool', 20_000, () => (recorder.spool.status.records === 0 ? true : undefined));
    },
  };
}
