import {type Backoff, backoffMs} from '../../lib/backoff.ts';
import {WeirError} from '../../lib/errors.ts';
import {
  type Ack,
  BundleManifest,
  type Hello,
  type LeaseRenew,
  type Nack,
  NackClass,
  type Status,
  type SyncResponse,
  type WantBlobs,
} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import type {StoredBundle} from '../store/bundle-store.ts';
import {LEASE_TTL_MS} from './lease.ts';

export interface ConversationOptions {
  /** The bundle that every agent should enforce. */
  wanted: () => StoredBundle | undefined;
  lease: (bundle: StoredBundle) => LeaseRenew;
  /** What this run of the agent refused for good. */
  refused: {readonly has: (digest: string) => boolean; readonly add: (digest: string) => void};
  heartbeatMs: number;
  now: () => number;
  random: () => number;
}

/**
 * One agent's side of the policy stream, without the stream: each event in, the messages to send out.
 *
 * One manifest is in flight at most, so that newer bundles coalesce; a digest the agent refused for good is never
 * offered to it again; every hello is answered.
 */
export interface Conversation {
  readonly onHello: (hello: Hello) => SyncResponse[];
  readonly onAck: (ack: Ack) => SyncResponse[];
  readonly onNack: (nack: Nack) => SyncResponse[];
  readonly onStatus: (status: Status) => SyncResponse[];
  /** The blobs asked for, checked against the manifest in flight. */
  readonly onWantBlobs: (want: WantBlobs) => Buffer[];
  /** Something was published. */
  readonly onPublish: () => SyncResponse[];
  /** Call about once a second. Throws when the agent has gone silent. */
  readonly onTick: () => SyncResponse[];
}

interface InFlight {
  nonce: string;
  bundle: StoredBundle;
  sentAtMs: number;
  blobsSent: boolean;
}

const RETRY: Backoff = {firstMs: 1_000, maxMs: 5 * 60_000};
/** An agent that neither takes nor refuses a manifest for this long is cut off. */
const ANSWER_MS = 120_000;
/** Heartbeats an agent may miss. */
const MISSED_HEARTBEATS = 4;

export function createConversation(options: ConversationOptions): Conversation {
  const {wanted, lease, refused, heartbeatMs, now, random} = options;
  const startedAtMs = now();
  let greeted = false;
  let activeDigest = '';
  let inFlight: InFlight | undefined;
  let retry: {digest: string; attempt: number; notBeforeMs: number} | undefined;
  let nonces = 0;
  let heardAtMs = startedAtMs;
  let leasedAtMs = 0;

  return {
    onHello: (hello) => {
      if (greeted) throw protocol('a second hello on one stream');
      greeted = true;
      heard();
      activeDigest = hello.digest;
      const serverTime = new Date(now());
      const welcome: SyncResponse = {
        message: {$case: 'welcome', value: {leaseTtlMs: LEASE_TTL_MS, heartbeatMs, serverTime}},
      };
      const offered = offer();
      return [welcome, ...(offered.length > 0 ? offered : renew())];
    },
    onAck: (ack) => {
      const {bundle} = answered(ack.nonce);
      if (ack.digest !== bundle.digest) throw protocol('an ack that names another digest than its manifest');
      activeDigest = ack.digest;
      retry = undefined;
      const offered = offer();
      return offered.length > 0 ? offered : renew();
    },
    onNack: (nack) => {
      const {bundle} = answered(nack.nonce);
      switch (nack.class) {
        case NackClass.PERMANENT:
        case NackClass.UNSUPPORTED:
          refused.add(bundle.digest);
          break;
        case NackClass.TRANSIENT: {
          const attempt = retry?.digest === bundle.digest ? retry.attempt + 1 : 0;
          const waitMs = Math.max(RETRY.firstMs / 2, backoffMs(RETRY, attempt, random));
          retry = {digest: bundle.digest, attempt, notBeforeMs: now() + waitMs};
          break;
        }
        default:
          throw protocol('a nack of an unknown class');
      }
      return offer();
    },
    onStatus: (status) => {
      requireHello();
      heard();
      activeDigest = status.activeDigest;
      return offer();
    },
    onWantBlobs: (want) => {
      heard();
      if (inFlight?.nonce !== want.nonce) throw protocol('blobs asked for under a nonce that is not in flight');
      if (inFlight.blobsSent) throw protocol('blobs asked for twice under one nonce');
      inFlight.blobsSent = true;
      const {documents} = BundleManifest.decode(inFlight.bundle.manifest);
      const listed = new Set(documents.map(({sha256}) => sha256.toString('hex')));
      const asked = new Set(want.sha256.map((sha256) => sha256.toString('hex')));
      if (!asked.isSubsetOf(listed)) throw protocol('a blob asked for that the manifest does not list');
      return [...asked].map((hex) => Buffer.from(hex, 'hex'));
    },
    onPublish: () => (greeted ? offer() : []),
    onTick: () => {
      if (now() - heardAtMs > MISSED_HEARTBEATS * heartbeatMs) {
        throw new WeirError('DEADLINE_EXCEEDED', `nothing heard for ${MISSED_HEARTBEATS} heartbeats`);
      }
      if (inFlight !== undefined && now() - inFlight.sentAtMs > ANSWER_MS) {
        throw new WeirError('DEADLINE_EXCEEDED', `a manifest was not answered within ${ANSWER_MS} ms`);
      }
      if (!greeted) return [];
      const offered = offer();
      if (offered.length > 0) return offered;
      return now() - leasedAtMs >= heartbeatMs ? renew() : [];
    },
  };

  function offer(): SyncResponse[] {
    const bundle = wanted();
    if (bundle === undefined || inFlight !== undefined) return [];
    if (bundle.digest === activeDigest || refused.has(bundle.digest)) return [];
    if (retry?.digest === bundle.digest && now() < retry.notBeforeMs) return [];
    nonces += 1;
    const nonce = String(nonces);
    inFlight = {nonce, bundle, sentAtMs: now(), blobsSent: false};
    const {manifest, signature} = bundle;
    // The lease follows at once, so that the bundle is fresh from the moment it is active.
    return [{message: {$case: 'manifest', value: {nonce, manifest, signature}}}, ...renew()];
  }

  function renew(): SyncResponse[] {
    const bundle = wanted();
    if (bundle === undefined) return [];
    leasedAtMs = now();
    return [{message: {$case: 'leaseRenew', value: lease(bundle)}}];
  }

  function answered(nonce: string): InFlight {
    heard();
    const answeredFlight = inFlight;
    if (answeredFlight?.nonce !== nonce) throw protocol('an answer to a nonce that is not in flight');
    inFlight = undefined;
    return answeredFlight;
  }

  function heard(): void {
    heardAtMs = now();
  }

  function requireHello(): void {
    if (!greeted) throw protocol('a message before hello');
  }
}

function protocol(what: string): WeirError {
  return new WeirError('PROTOCOL', `the agent sent ${what}`);
}
