import type {KeyObject} from 'node:crypto';
import {SIGNED, signEd25519} from '../../lib/signed.ts';
import type {LeaseRenew} from '../../proto/gen/weir/agent/v1/policy_sync.ts';

/** How long an agent counts as fresh after a lease. */
export const LEASE_TTL_MS = 45_000;

/** A signed statement that this bundle is the wanted one now. */
export function signLease(
  bundle: {generation: bigint; digest: string},
  issuedAtMs: number,
  key: KeyObject,
): LeaseRenew {
  const {generation, digest} = bundle;
  const validUntilMs = issuedAtMs + LEASE_TTL_MS;
  return {
    generation,
    digest,
    issuedAt: new Date(issuedAtMs),
    validUntil: new Date(validUntilMs),
    signature: signEd25519(SIGNED.lease({digest, issuedAtMs, validUntilMs}), key),
  };
}
