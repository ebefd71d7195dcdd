import {hash, timingSafeEqual} from 'node:crypto';
import type {ApiKey, Bundle} from '../../engine/bundle.ts';
import {WeirError} from '../../lib/errors.ts';

/**
 * The ApiKey document of a presented key; undefined where there is none.
 *
 * @throws WeirError UNAUTHENTICATED for a key that has expired.
 */
export function findApiKey(bundle: Bundle, token: string, nowMs: number): ApiKey | undefined {
  const presented = hash('sha256', token, 'buffer');
  const apiKey = bundle.apiKeys.get(`sha256:${presented.toString('hex')}`);
  if (apiKey === undefined || !timingSafeEqual(digestOf(apiKey), presented)) return undefined;
  if (apiKey.expiresAtMs !== undefined && apiKey.expiresAtMs <= nowMs) {
    throw new WeirError('UNAUTHENTICATED', 'this key has expired; ask its owner for a new one');
  }
  return apiKey;
}

const digests = new WeakMap<ApiKey, Buffer>();

/** Compared in the same time whatever the difference; the look-up by hash alone would not be. */
function digestOf(apiKey: ApiKey): Buffer {
  let digest = digests.get(apiKey);
  if (digest === undefined) {
    digest = Buffer.from(apiKey.hash.slice('sha256:'.length), 'hex');
    digests.set(apiKey, digest);
  }
  return digest;
}
