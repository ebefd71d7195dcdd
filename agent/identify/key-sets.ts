import {createRemoteJWKSet, type JWTVerifyGetKey} from 'jose';
import {LRUCache} from 'lru-cache';
import {request} from 'undici';
import type {IdentityProvider} from '../../engine/bundle.ts';
import {WeirError} from '../../lib/errors.ts';
import {isLoopback} from '../../lib/host-port.ts';

/** The public keys of identity providers: fetched when needed, refetched for an unknown key at most every 30 s. */
export interface KeySets {
  /** @throws WeirError UNAVAILABLE where the issuer's discovery document cannot be had. */
  keysOf: (provider: IdentityProvider) => Promise<JWTVerifyGetKey>;
}

const FETCH_TIMEOUT_MS = 5_000;
const COOLDOWN_MS = 30_000;
const KEYS_MAX_AGE_MS = 600_000;
const DISCOVERY_MAX_AGE_MS = 3_600_000;
const MAX_DISCOVERY_BYTES = 256 * 1024;
const MAX_ISSUERS = 100;

export function createKeySets(): KeySets {
  const keySets = new LRUCache<string, JWTVerifyGetKey>({max: MAX_ISSUERS});
  const discovered = new LRUCache<string, string>({
    max: MAX_ISSUERS,
    ttl: DISCOVERY_MAX_AGE_MS,
    fetchMethod: async (issuer, _stale, {signal}) => discoverJwksUri(issuer, signal),
  });
  return {
    keysOf: async (provider) => {
      const uri = provider.jwksUri ?? (await discovered.fetch(provider.issuer));
      if (uri === undefined || !isAuthentic(uri)) throw unreachable(provider.issuer);
      const known = keySets.get(uri);
      if (known !== undefined) return known;
      const keys = createRemoteJWKSet(new URL(uri), {
        timeoutDuration: FETCH_TIMEOUT_MS,
        cooldownDuration: COOLDOWN_MS,
        cacheMaxAge: KEYS_MAX_AGE_MS,
      });
      keySets.set(uri, keys);
      return keys;
    },
  };
}

/** @see https://openid.net/specs/openid-connect-discovery-1_0.html section 4 */
async function discoverJwksUri(issuer: string, signal: AbortSignal): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  if (!isAuthentic(url)) throw unreachable(issuer);
  try {
    const timeout = AbortSignal.timeout(FETCH_TIMEOUT_MS);
    const {statusCode, body} = await request(url, {signal: AbortSignal.any([signal, timeout])});
    const text = await readBounded(body, MAX_DISCOVERY_BYTES);
    const found = statusCode === 200 ? (JSON.parse(text) as unknown) : undefined;
    if (isDiscovery(found) && found.issuer === issuer) return found.jwks_uri;
  } catch (error) {
    throw unreachable(issuer, error);
  }
  throw unreachable(issuer);
}

/** Whether what is fetched there comes from that host: who could answer in its place could name any caller. */
function isAuthentic(url: string): boolean {
  const {hostname, protocol} = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, '')));
}

async function readBounded(body: AsyncIterable<Buffer>, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limitBytes) throw new Error(`discovery document larger than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isDiscovery(value: unknown): value is {issuer: string; jwks_uri: string} {
  return (
    typeof value === 'object' &&
    value !== null &&
    'issuer' in value &&
    'jwks_uri' in value &&
    typeof value.jwks_uri === 'string' &&
    URL.canParse(value.jwks_uri)
  );
}

function unreachable(issuer: string, cause?: unknown): WeirError {
  const detail = new Error(`no usable discovery document at ${issuer}`, {cause});
  const message = 'the identity provider cannot be reached to check this token; try again';
  return new WeirError('UNAVAILABLE', message, {cause: detail});
}
