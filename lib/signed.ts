import {type KeyObject, sign, verify} from 'node:crypto';

/**
 * The byte strings that are signed, each with its own prefix, so that a signature over one thing never passes for another.
 *
 * @see proto/weir/agent/v1/policy_sync.proto, proto/weir/agent/v1/enrollment.proto
 */
export const SIGNED = {
  bundle: (manifest: Uint8Array): Buffer => Buffer.concat([Buffer.from('weir/bundle/v1\n'), manifest]),
  lease: (lease: {digest: string; issuedAtMs: number; validUntilMs: number}): Buffer =>
    Buffer.from(`weir/lease/v1\n${lease.digest}\n${lease.issuedAtMs}\n${lease.validUntilMs}`),
  enrolment: (proof: {agentUid: string; sentAtMs: bigint}): Buffer =>
    Buffer.from(`weir/enroll/v1\n${proof.agentUid}\n${proof.sentAtMs}`),
};

/** An Ed25519 signature. */
export function signEd25519(bytes: Buffer, key: KeyObject): Buffer {
  return sign(null, bytes, key);
}

/** Whether an Ed25519 signature is right; false also for one that is malformed. */
export function verifyEd25519(bytes: Buffer, key: KeyObject, signature: Buffer): boolean {
  return signature.length === 64 && verify(null, bytes, key, signature);
}
