import {createHash, randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {Metadata, type ServiceError, status} from '@grpc/grpc-js';
import test from 'ava';
import {blobMessages} from '../../../controlplane/distribute/blob-messages.ts';
import {type BundleStore, createBundleStore} from '../../../controlplane/store/bundle-store.ts';
import {openStore} from '../../../controlplane/store/database.ts';
import {bearer} from '../../../lib/grpc/client.ts';
import {PolicySyncServiceClient, type SyncResponse} from '../../../proto/gen/weir/agent/v1/policy_sync.ts';
import {startDelivery} from '../../support/control-plane.ts';
import {createLogLines} from '../../support/log-lines.ts';
import {policyFiles} from '../../support/policies.ts';
import {createPolicyRepository} from '../../support/policy-repository.ts';
import {tempDir} from '../../support/temp-dir.ts';

const MIB = 1024 * 1024;

test('the policy stream is closed to whoever has no session', async (t) => {
  const directory = await tempDir(t);
  const {url} = await createPolicyRepository(directory, policyFiles('http://127.0.0.1:9'));
  const {log} = createLogLines();
  const plane = await startDelivery({repository: url, dataDir: join(directory, 'data'), log});
  t.teardown(plane.stop);
  const client = plane.connection.client(PolicySyncServiceClient);
  for (const metadata of [new Metadata(), bearer('not-a-real-session'), bearer('join-not-a-real-token')]) {
    const call = client.sync(metadata);
    call.resume();
    const error = await new Promise<ServiceError>((resolve) => {
      call.on('error', resolve);
    });
    t.is(error.code, status.UNAUTHENTICATED);
  }
  t.is(plane.fleet.counts().connected, 0);
});

test('large blobs travel in messages of at most 1 MiB, each once, and the last says so', async (t) => {
  const dataDir = join(await tempDir(t), 'data');
  const {log} = createLogLines();
  const store = await openStore({dataDir, log});
  t.teardown(store.close);
  const bundles: BundleStore = createBundleStore(store);
  const blobs = [700_000, 700_000, 10, 2 * MIB, 20].map((size) => {
    const bytes = randomBytes(size);
    return {bytes, sha256: createHash('sha256').update(bytes).digest()};
  });
  const bundle = {
    generation: 1n,
    digest: 'd',
    commit: 'c',
    ref: 'r',
    manifest: Buffer.from('m'),
    signature: Buffer.from('s'),
    publishedAtMs: 0,
    documents: blobs.length,
    rules: 0,
    subject: '',
    author: '',
  };
  t.true(await bundles.publish(bundle, blobs, 0n));
  const names = blobs.map(({sha256}) => sha256);
  const messages: SyncResponse[] = await Array.fromAsync(blobMessages('7', names, bundles));
  const sent = messages.map(({message}) => (message?.$case === 'blobs' ? message.value : undefined));
  t.deepEqual(
    sent.map((each) => each?.last),
    [...sent.slice(1).map(() => false), true],
  );
  t.true(sent.every((each) => each?.blobs.length === 1 || Buffer.concat(each?.blobs ?? []).length <= MIB));
  const received = sent.flatMap((each) => each?.blobs ?? []).map((bytes) => bytes.toString('hex'));
  t.deepEqual(received.toSorted(), blobs.map(({bytes}) => bytes.toString('hex')).toSorted());

  await t.throwsAsync(Array.fromAsync(blobMessages('8', [...names, Buffer.alloc(32)], bundles)), {code: 'INTERNAL'});
  const [empty] = await Array.fromAsync(blobMessages('9', [], bundles));
  t.deepEqual(empty?.message, {$case: 'blobs', value: {nonce: '9', blobs: [], last: true}});
});
