import {hash, timingSafeEqual} from 'node:crypto';
import type {ApiKey, Bundle} from '../../engine/bundle.ts';
import {WeirError} from '../../lib/errors.ts';

/**
 * The ApiKey document of a presented key; undefined where there is none.
 *
 * @throws WeirError UNAUTHENTICATED for a key that has expired.
 */
export function findApiKey(bundle: Bundle, token: string, nowMs: number): ApiKey | undefined {
  const presented = `sha256:${hash('sha256', token, 'hex')}`;
  const apiKey = bundle.apiKeys.get(presented);
  if (apiKey === undefined || !isSameHash(apiKey.hash, presented)) return undefined;
  if (apiKey.expiresAtMs !== undefined && apiKey.expiresAtMs <= nowMs) {
    throw new WeirError('UNAUTHENTICATED', 'this key has expired; ask its owner for a new one');
  }
  return apiKey;
}

/** Takes the same time whatever the difference; the look-up by hash alone would not. */
function isSameHash(known: string, presented: string): boolean {
  return known.length === presented.length && timingSafeEqual(Buffer.from(known), Buffer.from(presented));
}
