import {generateKeyPairSync} from 'node:crypto';
import test from 'ava';
import {type Conversation, createConversation} from '../../../controlplane/distribute/conversation.ts';
import {signLease} from '../../../controlplane/distribute/lease.ts';
import type {StoredBundle} from '../../../controlplane/store/bundle-store.ts';
import {
  AgentMode,
  BundleManifest,
  type Nack,
  NackClass,
  type Status,
  type SyncResponse,
} from '../../../proto/gen/weir/agent/v1/policy_sync.ts';

const {privateKey} = generateKeyPairSync('ed25519');
const HEARTBEAT_MS = 15_000;

function bundle(generation: bigint): StoredBundle {
  const documents = [{kind: 'Policy', name: 'p', file: 'p.yaml', line: 1, sha256: Buffer.alloc(32, 1), sizeBytes: 2}];
  const manifest = BundleManifest.encode({
    schemaVersion: 1,
    generation,
    commit: '',
    tree: '',
    ref: '',
    compiledAt: undefined,
    documents,
  });
  return {
    generation,
    digest: `digest-${generation}`,
    commit: '',
    ref: '',
    manifest: Buffer.from(manifest.finish()),
    signature: Buffer.alloc(64),
    publishedAtMs: 0,
    documents: 1,
    rules: 1,
    subject: '',
    author: '',
  };
}

/** A conversation with everything around it in the test's hands. */
function setUp(generation?: bigint, refused = new Set<string>()) {
  let nowMs = 1_000_000;
  let wanted = generation === undefined ? undefined : bundle(generation);
  const conversation = createConversation({
    wanted: () => wanted,
    lease: (of) => signLease(of, nowMs, privateKey),
    refused,
    heartbeatMs: HEARTBEAT_MS,
    now: () => nowMs,
    random: () => 0.5,
  });
  return {
    conversation,
    refused,
    want: (next: bigint) => {
      wanted = bundle(next);
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

const hello = (digest = '') => ({bootId: 'b', version: '1', generation: 0n, digest, clock: undefined});
const kinds = (messages: SyncResponse[]) => messages.map(({message}) => message?.$case);
const ack = (conversation: Conversation, nonce: string, digest: string) =>
  conversation.onAck({nonce, generation: 0n, digest, compileMs: 1, rules: 1});
const nack = (nonce: string, nackClass: NackClass): Nack => ({
  nonce,
  generation: 0n,
  digest: '',
  activeGeneration: 0n,
  class: nackClass,
  problems: [],
});
const status = (activeDigest: string): Status => ({
  activeGeneration: 0n,
  activeDigest,
  mode: AgentMode.FRESH,
  spoolBytes: 0n,
  spoolRecords: 0n,
  nextSeq: 0n,
  openExchanges: 0n,
});

test('every hello is answered, also without a bundle', (t) => {
  t.deepEqual(kinds(setUp().conversation.onHello(hello())), ['welcome']);
});

test('an agent that has the wanted bundle gets a lease, one that has not gets the manifest first', (t) => {
  t.deepEqual(kinds(setUp(1n).conversation.onHello(hello('digest-1'))), ['welcome', 'leaseRenew']);
  t.deepEqual(kinds(setUp(1n).conversation.onHello(hello('digest-0'))), ['welcome', 'manifest', 'leaseRenew']);
});

test('one manifest is in flight; of what is published meanwhile only the newest follows', (t) => {
  const {conversation, want} = setUp(1n);
  conversation.onHello(hello());
  for (const generation of [2n, 3n, 4n]) {
    want(generation);
    t.deepEqual(conversation.onPublish(), []);
  }
  const [next] = ack(conversation, '1', 'digest-1');
  t.is(next?.message?.$case, 'manifest');
  t.deepEqual(next?.message?.value, {nonce: '2', manifest: bundle(4n).manifest, signature: Buffer.alloc(64)});
});

for (const nackClass of [NackClass.PERMANENT, NackClass.UNSUPPORTED]) {
  test(`a bundle refused for good (class ${nackClass}) is never offered again, the next one is`, (t) => {
    const {conversation, want, pass, refused} = setUp(1n);
    conversation.onHello(hello());
    t.deepEqual(conversation.onNack(nack('1', nackClass)), []);
    t.deepEqual([...refused], ['digest-1']);
    for (let minute = 0; minute < 60; minute += 1) {
      pass(60_000);
      const sent = [
        ...conversation.onStatus(status('digest-0')),
        ...conversation.onTick(),
        ...conversation.onPublish(),
      ];
      t.false(kinds(sent).includes('manifest'));
    }
    want(2n);
    t.deepEqual(kinds(conversation.onPublish()), ['manifest', 'leaseRenew']);
  });
}

test('a bundle that this run of the agent refused on another stream is not offered', (t) => {
  const {conversation} = setUp(1n, new Set(['digest-1']));
  t.deepEqual(kinds(conversation.onHello(hello())), ['welcome', 'leaseRenew']);
});

test('a bundle refused for the moment is offered again after a growing wait', (t) => {
  const {conversation, pass} = setUp(1n);
  conversation.onHello(hello());
  t.deepEqual(conversation.onNack(nack('1', NackClass.TRANSIENT)), []);
  t.deepEqual(conversation.onTick(), []);
  pass(500);
  t.deepEqual(kinds(conversation.onTick()), ['manifest', 'leaseRenew']);
  conversation.onNack(nack('2', NackClass.TRANSIENT));
  pass(500);
  t.deepEqual(conversation.onTick(), []);
  pass(500);
  t.deepEqual(kinds(conversation.onTick()), ['manifest', 'leaseRenew']);
});

test('the lease is renewed every heartbeat', (t) => {
  const {conversation, pass} = setUp(1n);
  conversation.onHello(hello('digest-1'));
  pass(HEARTBEAT_MS - 1);
  t.deepEqual(conversation.onTick(), []);
  pass(1);
  t.deepEqual(kinds(conversation.onTick()), ['leaseRenew']);
});

test('an agent that reports another bundle than the wanted one is offered it', (t) => {
  const {conversation} = setUp(1n);
  conversation.onHello(hello('digest-1'));
  t.deepEqual(kinds(conversation.onStatus(status('digest-0'))), ['manifest', 'leaseRenew']);
});

test('a silent agent, and one that never answers a manifest, are cut off', (t) => {
  const silent = setUp(1n);
  silent.conversation.onHello(hello('digest-1'));
  silent.pass(4 * HEARTBEAT_MS + 1);
  t.throws(silent.conversation.onTick, {code: 'DEADLINE_EXCEEDED', message: /nothing heard/});

  const dumb = setUp(1n);
  dumb.conversation.onHello(hello());
  dumb.pass(120_001);
  dumb.conversation.onStatus(status(''));
  t.throws(dumb.conversation.onTick, {code: 'DEADLINE_EXCEEDED', message: /not answered/});
});

test('what does not belong to the conversation ends it', (t) => {
  const greeted = () => {
    const {conversation} = setUp(1n);
    conversation.onHello(hello());
    return conversation;
  };
  const protocol = {code: 'PROTOCOL'};
  t.throws(() => setUp(1n).conversation.onStatus(status('')), protocol);
  t.throws(() => greeted().onHello(hello()), protocol);
  t.throws(() => ack(greeted(), '7', 'digest-1'), protocol);
  t.throws(() => ack(greeted(), '1', 'digest-9'), protocol);
  t.throws(() => greeted().onNack(nack('1', NackClass.UNSPECIFIED)), protocol);
  t.throws(() => greeted().onNack(nack('1', 99 as NackClass)), protocol);
  t.throws(() => greeted().onWantBlobs({nonce: '2', sha256: []}), protocol);
  t.throws(() => greeted().onWantBlobs({nonce: '1', sha256: [Buffer.alloc(32, 9)]}), protocol);
  const conversation = greeted();
  t.is(conversation.onWantBlobs({nonce: '1', sha256: [Buffer.alloc(32, 1)]}).length, 1);
  t.throws(() => conversation.onWantBlobs({nonce: '1', sha256: [Buffer.alloc(32, 1)]}), protocol);
});
