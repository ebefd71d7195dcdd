import {randomUUID} from 'node:crypto';
import {WeirError} from '../../lib/errors.ts';
import type {Logger} from '../../lib/log.ts';
import {
  type Blobs,
  type Hello,
  type Manifest,
  type Nack,
  NackClass,
  type Problem,
  type SyncRequest,
  type SyncResponse,
} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import type {ActivePolicy} from './active-policy.ts';
import type {Trust} from './trust.ts';
import {type BundleFault, missingBlobs, nameBlobs, type VerifiedManifest, verifyManifest} from './verify-bundle.ts';

/** A manifest whose blobs are on their way. */
interface Pending {
  nonce: string;
  verified: VerifiedManifest;
  blobs: Map<string, Buffer>;
  missing: Set<string>;
}

export interface ConversationOptions {
  policy: ActivePolicy;
  trust: Trust;
  log: Logger;
}

/** The agent's side of one policy stream, without the stream: each message in, what to answer. */
export interface Conversation {
  readonly receive: (response: SyncResponse) => Promise<SyncRequest[]>;
}

export function createConversation({policy, trust, log}: ConversationOptions): Conversation {
  let pending: Pending | undefined;
  return {
    receive: async ({message}) => {
      switch (message?.$case) {
        case 'manifest':
          return onManifest(message.value);
        case 'blobs':
          return onBlobs(message.value);
        case 'leaseRenew':
          await policy.renew(message.value, trust.bundleKey);
          return [];
        default:
          // Welcome and GoAway are the stream's; a kind this agent does not know asks nothing of it.
          return [];
      }
    },
  };

  async function onManifest(message: Manifest): Promise<SyncRequest[]> {
    if (pending !== undefined) throw new WeirError('PROTOCOL', 'the control plane sent a manifest before an answer');
    const check = verifyManifest(message, trust.bundleKey);
    if (!check.ok) return refuse(message.nonce, {generation: 0n, digest: check.digest}, check.fault);
    const {verified} = check;
    const fault = policy.admits(verified);
    if (fault !== undefined) return refuse(message.nonce, named(verified), fault);
    const blobs = new Map(policy.blobs());
    const missing = missingBlobs(verified.manifest, blobs);
    pending = {nonce: message.nonce, verified, blobs, missing: new Set(missing)};
    if (missing.length === 0) return activate(pending);
    const sha256 = missing.map((name) => Buffer.from(name, 'hex'));
    return [{message: {$case: 'wantBlobs', value: {nonce: message.nonce, sha256}}}];
  }

  async function onBlobs(message: Blobs): Promise<SyncRequest[]> {
    if (pending?.nonce !== message.nonce) throw new WeirError('PROTOCOL', 'the control plane sent blobs nobody wanted');
    for (const [name, bytes] of nameBlobs(message.blobs)) {
      if (!pending.missing.delete(name)) {
        const what = `a blob has the digest ${name}, which the manifest does not list or which came before`;
        return refusePending(pending, {class: NackClass.TRANSIENT, code: 'blob_unexpected', message: what});
      }
      pending.blobs.set(name, bytes);
    }
    if (!message.last) return [];
    const [lacking] = pending.missing;
    if (lacking === undefined) return activate(pending);
    const what = `${pending.missing.size} blobs of the manifest did not come, among them ${lacking}`;
    return refusePending(pending, {class: NackClass.TRANSIENT, code: 'blob_missing', message: what});
  }

  async function activate(candidate: Pending): Promise<SyncRequest[]> {
    pending = undefined;
    const {verified, blobs, nonce} = candidate;
    const listed = new Set(missingBlobs(verified.manifest, new Map()));
    const own = new Map([...blobs].filter(([name]) => listed.has(name)));
    const activation = await policy.activate({verified, blobs: own});
    if (!activation.ok) return nack(nonce, named(verified), activation.class, activation.problems);
    const {compileMs, rules} = activation;
    return [{message: {$case: 'ack', value: {nonce, ...named(verified), compileMs, rules}}}];
  }

  function refusePending(candidate: Pending, fault: BundleFault): SyncRequest[] {
    pending = undefined;
    return refuse(candidate.nonce, named(candidate.verified), fault);
  }

  function refuse(nonce: string, bundle: {generation: bigint; digest: string}, fault: BundleFault): SyncRequest[] {
    const problem = {file: '', line: 0, column: 0, code: fault.code, message: fault.message};
    return nack(nonce, bundle, fault.class, [problem]);
  }

  function nack(
    nonce: string,
    bundle: {generation: bigint; digest: string},
    nackClass: NackClass,
    problems: Problem[],
  ): SyncRequest[] {
    const activeGeneration = policy.current()?.bundle.generation ?? 0n;
    log.error('bundle refused', {...bundle, activeGeneration, reason: problems[0]?.message});
    const value: Nack = {nonce, ...bundle, activeGeneration, class: nackClass, problems};
    return [{message: {$case: 'nack', value}}];
  }
}

function named({manifest, digest}: VerifiedManifest): {generation: bigint; digest: string} {
  return {generation: manifest.generation, digest};
}

/** The first message of a stream. */
export function helloOf(policy: ActivePolicy, run: {bootId: string; version: string; nowMs: number}): Hello {
  const bundle = policy.current()?.bundle;
  const {bootId, version, nowMs} = run;
  return {bootId, version, generation: bundle?.generation ?? 0n, digest: bundle?.digest ?? '', clock: new Date(nowMs)};
}

/** Names one run of the agent process. */
export function newBootId(): string {
  return randomUUID();
}
