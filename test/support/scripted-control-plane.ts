import {generateKeyPairSync, type KeyObject} from 'node:crypto';
import type {ServerDuplexStream} from '@grpc/grpc-js';
import {signLease} from '../../controlplane/distribute/lease.ts';
import {sealManifest, signBundle} from '../../controlplane/reconcile/sign-bundle.ts';
import type {Blob, StoredBundle} from '../../controlplane/store/bundle-store.ts';
import {compileRepository} from '../../engine/language/compile.ts';
import {rawPublicKey} from '../../lib/ed25519.ts';
import {listenGrpc} from '../../lib/grpc/channel.ts';
import {unary} from '../../lib/grpc/server.ts';
import {EnrollmentServiceService} from '../../proto/gen/weir/agent/v1/enrollment.ts';
import {
  PolicySyncServiceService,
  type SyncRequest,
  type SyncResponse,
} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import {waitFor} from './wait.ts';

type Message = NonNullable<SyncRequest['message']>;

/** A control plane that says what the test tells it to, true or not. */
export interface ScriptedControlPlane {
  readonly address: string;
  readonly key: KeyObject;
  /** Shows another key at the next enrolment. */
  readonly changeKey: () => void;
  readonly send: (response: NonNullable<SyncResponse['message']>) => void;
  /** Sends a manifest and its lease, hands out its blobs as asked, and waits for the agent's answer. */
  readonly offer: (bundle: StoredBundle, blobs: readonly Blob[]) => Promise<Message>;
  /** The next message of a kind that the agent sends. */
  readonly next: <Case extends Message['$case']>($case: Case) => Promise<Extract<Message, {$case: Case}>>;
  readonly stop: () => Promise<void>;
}

const WAIT_MS = 30_000;

export async function startScriptedControlPlane(): Promise<ScriptedControlPlane> {
  const {privateKey: key} = generateKeyPairSync('ed25519');
  const recordKey = rawPublicKey(generateKeyPairSync('x25519').publicKey);
  let shownKey = rawPublicKey(key);
  let stream: ServerDuplexStream<SyncRequest, SyncResponse> | undefined;
  const received: Message[] = [];
  let nonces = 0;
  const server = await listenGrpc('127.0.0.1:0', {kind: 'insecure'}, (grpc) => {
    grpc.addService(EnrollmentServiceService, {
      enroll: unary(
        () =>
          Promise.resolve({
            sessionToken: 'session-not-a-real-token',
            expiresAt: new Date(Date.now() + 3_600_000),
            labels: {env: 'test'},
            bundleKey: shownKey,
            recordKey,
            maskingKey: Buffer.alloc(32, 5),
          }),
        () => undefined,
      ),
    });
    grpc.addService(PolicySyncServiceService, {
      sync: (call: ServerDuplexStream<SyncRequest, SyncResponse>) => {
        stream = call;
        call.on('data', ({message}: SyncRequest) => {
          if (message !== undefined) received.push(message);
        });
        call.on('error', () => undefined);
        call.on('end', () => {
          call.end();
        });
      },
    });
  });

  const next: ScriptedControlPlane['next'] = async ($case) =>
    waitFor(`a ${$case} of the agent`, WAIT_MS, () => {
      const index = received.findIndex((message) => message.$case === $case);
      // Found by its $case just above.
      return index < 0 ? undefined : (received.splice(index, 1)[0] as Extract<Message, {$case: typeof $case}>);
    });
  const send: ScriptedControlPlane['send'] = (message) => {
    stream?.write({message});
  };
  return {
    address: server.address,
    key,
    changeKey: () => {
      shownKey = rawPublicKey(generateKeyPairSync('ed25519').publicKey);
    },
    send,
    next,
    offer: async ({manifest, signature, ...bundle}, blobs) => {
      nonces += 1;
      const nonce = String(nonces);
      send({$case: 'manifest', value: {nonce, manifest, signature}});
      send({$case: 'leaseRenew', value: signLease(bundle, Date.now(), key)});
      return waitFor('an answer to the manifest', WAIT_MS, () => {
        const index = received.findIndex(({$case}) => $case === 'ack' || $case === 'nack' || $case === 'wantBlobs');
        const [message] = index < 0 ? [] : received.splice(index, 1);
        if (message?.$case !== 'wantBlobs') return message;
        send({$case: 'blobs', value: {nonce, blobs: blobs.map(({bytes}) => bytes), last: true}});
        return undefined;
      });
    },
    stop: async () => {
      await server.stop(AbortSignal.abort());
    },
  };
}

/** A signed bundle made of policy texts. */
export function signedBundle(
  files: Readonly<Record<string, string>>,
  generation: bigint,
  key: KeyObject,
): {bundle: StoredBundle; blobs: Blob[]} {
  const compiled = compileRepository(Object.entries(files).map(([path, text]) => ({path, text})));
  if (!compiled.ok) throw new Error(compiled.problems.map(({message}) => message).join('\n'));
  const commit = generation.toString(16).padStart(40, '0');
  const summary = {commit, tree: '', author: '', subject: ''};
  const source = {documents: compiled.documents, generation, summary, ref: 'refs/heads/main', compiledAtMs: Date.now()};
  const sealed = sealManifest(source);
  return {bundle: signBundle({...source, rules: 1}, sealed, key), blobs: sealed.blobs};
}
