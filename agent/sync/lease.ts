import type {KeyObject} from 'node:crypto';
import type {Clock} from '../../lib/clock.ts';
import {SIGNED, verifyEd25519} from '../../lib/signed.ts';
import type {LeaseRenew} from '../../proto/gen/weir/agent/v1/policy_sync.ts';

/** How far an agent is from its control plane's last word, by the age of its lease. */
export type LeaseMode = 'FRESH' | 'STALE_SOFT' | 'STALE' | 'EXPIRED';

const FRESH_MS = 45_000;
const STALE_SOFT_MS = 5 * 60_000;
/** How far our clock may be from the control plane's: before a stored lease, or after one that comes in. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** The mode at a lease age. The group's limit wins where it is shorter than the others. */
export function modeAt(ageMs: number, maxStalenessMs: number): LeaseMode {
  if (!(ageMs <= maxStalenessMs)) return 'EXPIRED';
  if (ageMs <= FRESH_MS) return 'FRESH';
  return ageMs <= STALE_SOFT_MS ? 'STALE_SOFT' : 'STALE';
}

/** A lease whose signature was checked. */
export interface VerifiedLease {
  generation: bigint;
  digest: string;
  issuedAtMs: number;
  /** As it came, to be kept. */
  message: LeaseRenew;
}

/** The lease if this key signed it; undefined for anything else. */
export function verifyLease(message: LeaseRenew, key: KeyObject): VerifiedLease | undefined {
  const {digest, generation} = message;
  const issuedAtMs = message.issuedAt?.getTime();
  const validUntilMs = message.validUntil?.getTime();
  if (issuedAtMs === undefined || validUntilMs === undefined) return undefined;
  if (!verifyEd25519(SIGNED.lease({digest, issuedAtMs, validUntilMs}), key, message.signature)) return undefined;
  return {generation, digest, issuedAtMs, message};
}

/** Measures the age of the last lease: on the monotonic clock while running, on the signed time over a restart. */
export interface LeaseAge {
  /**
   * A lease came in just now. False, and nothing changed, for one of the future, or that says less than is known:
   * a replay.
   * Its age counts as nothing within the difference that clocks may have, which enrolment checks; beyond it, as it is,
   * so that repeating an old lease keeps nothing fresh.
   */
  readonly renew: (lease: VerifiedLease) => boolean;
  /** A lease was found on disk. False if the clock stands so far before it that it cannot be believed. */
  readonly restore: (lease: VerifiedLease) => boolean;
  /** Infinity before any lease. */
  readonly ageMs: () => number;
}

export function createLeaseAge(clock: Clock): LeaseAge {
  let base: {ageMs: number; atMs: number} | undefined;
  return {
    renew: ({issuedAtMs}) => {
      const atMs = clock.monotonicMs();
      const ageMs = Math.max(0, clock.nowMs() - issuedAtMs - CLOCK_SKEW_MS);
      if (issuedAtMs > clock.nowMs() + CLOCK_SKEW_MS) return false;
      if (base !== undefined && ageMs > base.ageMs + atMs - base.atMs) return false;
      base = {ageMs, atMs};
      return true;
    },
    restore: ({issuedAtMs}) => {
      const ageMs = clock.nowMs() - issuedAtMs;
      if (ageMs < -CLOCK_SKEW_MS) return false;
      base = {ageMs: Math.max(0, ageMs), atMs: clock.monotonicMs()};
      return true;
    },
    ageMs: () => (base === undefined ? Number.POSITIVE_INFINITY : base.ageMs + clock.monotonicMs() - base.atMs),
  };
}
