import type {KeyObject} from 'node:crypto';
import {Metadata} from '@grpc/grpc-js';
import {createRecordIntake} from '../../../controlplane/ingest/intake.ts';
import {createAuditStore} from '../../../controlplane/store/audit-store.ts';
import {openStore, type Store} from '../../../controlplane/store/database.ts';
import {createRecordStore} from '../../../controlplane/store/record-store.ts';
import {WeirError} from '../../../lib/errors.ts';
import {connectGrpc, type GrpcConnection, listenGrpc} from '../../../lib/grpc/channel.ts';
import {bearer} from '../../../lib/grpc/client.ts';
import type {Logger} from '../../../lib/log.ts';
import {RecordIntakeServiceService} from '../../../proto/gen/weir/agent/v1/record_intake.ts';

/** Record intake over a real store, behind a real gRPC server. */
export interface IntakeServer {
  readonly address: string;
  readonly port: number;
  readonly store: Store;
  readonly audit: ReturnType<typeof createAuditStore>;
  readonly stop: () => Promise<void>;
}

/** The bearer token is the agent's uid. */
export async function startIntake(options: {
  dataDir: string;
  recordKey: KeyObject;
  log: Logger;
  port?: number;
}): Promise<IntakeServer> {
  const {dataDir, recordKey, log, port = 0} = options;
  const store = await openStore({dataDir, log});
  const intake = createRecordIntake({
    records: createRecordStore(store),
    recordKey,
    agentOf: (metadata) => {
      const [token] = metadata.get('authorization');
      if (typeof token !== 'string') throw new WeirError('UNAUTHENTICATED', 'no token');
      return {uid: token.replace('Bearer ', ''), labels: {env: 'test'}};
    },
    nowMs: Date.now,
    log,
    onError: (method, error) => {
      log.error('call failed', {method}, error);
    },
  });
  const server = await listenGrpc(`127.0.0.1:${port}`, {kind: 'insecure'}, (grpc) => {
    grpc.addService(RecordIntakeServiceService, intake);
  });
  return {
    address: server.address,
    port: server.port,
    store,
    audit: createAuditStore(store),
    stop: async () => {
      await server.stop(AbortSignal.abort());
      await store.close();
    },
  };
}

/** What shipping needs of an agent's session. */
export function testSession(
  address: string,
  uid: string,
): {connection: GrpcConnection; metadata: () => Promise<Metadata>; refused: () => void} {
  return {
    connection: connectGrpc(address, {kind: 'insecure'}),
    metadata: async () => Promise.resolve(bearer(uid)),
    refused: () => undefined,
  };
}
