import {hash} from 'node:crypto';
import {decodeJwt, errors, type JWTPayload, jwtVerify} from 'jose';
import {LRUCache} from 'lru-cache';
import type {Bundle, IdentityProvider} from '../../engine/bundle.ts';
import type {CallerFacts} from '../../engine/exchange.ts';
import {WeirError} from '../../lib/errors.ts';
import type {KeySets} from './key-sets.ts';

/** Verifies OIDC tokens against the identity providers of a bundle. */
export interface TokenVerifier {
  /** @throws WeirError UNAUTHENTICATED, or UNAVAILABLE where the issuer's keys cannot be had. */
  verify: (bundle: Bundle, token: string) => CallerFacts | Promise<CallerFacts>;
}

interface VerifiedToken {
  caller: CallerFacts;
  /** The document that vouched; a token is verified anew under a bundle that has another one. */
  provider: IdentityProvider;
  validUntilMs: number;
}

const ASYMMETRIC = /^(?:(?:RS|PS|ES)(?:256|384|512)|EdDSA|Ed25519)$/;
/** Accepted difference between our clock and the issuer's. */
const CLOCK_SKEW_SECONDS = 30;
/** A verified token is believed this long without looking at its signature again. */
const CACHE_MS = 60_000;
const CACHE_ENTRIES = 10_000;

/** Whether a token has the form of a signed JWT. */
export function looksLikeJwt(token: string): boolean {
  return /^ey[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
}

/** @param now milliseconds since the epoch. */
export function createTokenVerifier(options: {keySets: KeySets; now: () => number}): TokenVerifier {
  const {keySets, now} = options;
  const verified = new LRUCache<string, VerifiedToken>({max: CACHE_ENTRIES});

  const verifyAnew = async (bundle: Bundle, token: string, key: string): Promise<CallerFacts> => {
    const issuer = statedIssuer(token);
    const providers = bundle.identityProviders.filter((provider) => provider.issuer === issuer);
    let refusal = notAccepted();
    for (const provider of providers) {
      try {
        const payload = await verifySignature({provider, token, keySets, nowMs: now()});
        const caller = callerOf(provider, payload);
        const expiresAtMs = (payload.exp ?? 0) * 1000;
        verified.set(key, {caller, provider, validUntilMs: Math.min(now() + CACHE_MS, expiresAtMs)});
        return caller;
      } catch (error) {
        refusal = refusalOf(error);
      }
    }
    throw refusal;
  };

  return {
    verify: (bundle, token) => {
      const key = hash('sha256', token, 'base64url');
      const known = verified.get(key);
      const isCurrent = known !== undefined && known.validUntilMs > now();
      if (isCurrent && bundle.identityProviders.includes(known.provider)) return known.caller;
      return verifyAnew(bundle, token, key);
    },
  };
}

/** Read before anything is verified: only chooses which provider's keys to try. */
function statedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

async function verifySignature(options: {
  provider: IdentityProvider;
  token: string;
  keySets: KeySets;
  nowMs: number;
}): Promise<JWTPayload> {
  const {provider, token, keySets, nowMs} = options;
  const keys = await keySets.keysOf(provider);
  const {payload} = await jwtVerify(token, keys, {
    issuer: provider.issuer,
    audience: [...provider.audiences],
    algorithms: provider.algorithms.filter((algorithm) => ASYMMETRIC.test(algorithm)),
    clockTolerance: CLOCK_SKEW_SECONDS,
    currentDate: new Date(nowMs),
    requiredClaims: ['exp'],
  });
  return payload;
}

function callerOf(provider: IdentityProvider, payload: JWTPayload): CallerFacts {
  const {claims} = provider;
  const subject = claimAt(payload, claims.subject);
  if (typeof subject !== 'string' || subject === '') {
    throw new WeirError('UNAUTHENTICATED', 'the token does not name its owner; ask for one with the right scopes');
  }
  // Some providers let people write any address into their own account; such a token names whoever they like.
  if (claims.subject === 'email' && isDenied(payload['email_verified'])) {
    throw new WeirError('UNAUTHENTICATED', 'the address in the token is not verified; verify it, then get a new token');
  }
  return {
    subject,
    groups: stringsAt(payload, claims.groups),
    datasets: claims.datasets === undefined ? [] : stringsAt(payload, claims.datasets),
    kind: 'oidc',
    authority: provider.name,
  };
}

/** Providers write truth values as texts, too. */
function isDenied(claim: unknown): boolean {
  return claim !== undefined && claim !== true && claim !== 'true';
}

/** A claim by its whole name, else by walking its dotted parts. */
function claimAt(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  let value: unknown = payload;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part]; // an object, as the line above established
  }
  return value;
}

function stringsAt(payload: JWTPayload, name: string): readonly string[] {
  const value = claimAt(payload, name);
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Only the holder of a token with a good signature learns what is wrong with its claims. */
function refusalOf(error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  if (error instanceof errors.JWTExpired) {
    return new WeirError('UNAUTHENTICATED', 'the token has expired; get a new one', {cause: error});
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const reason = error.claim === 'aud' ? 'is not meant for this gateway' : `has an unacceptable ${error.claim} claim`;
    return new WeirError('UNAUTHENTICATED', `the token ${reason}; ask for the right one`, {cause: error});
  }
  if (error instanceof errors.JWKSTimeout || error instanceof TypeError) return keysUnavailable(error);
  return notAccepted(error);
}

function keysUnavailable(cause: unknown): WeirError {
  return new WeirError('UNAVAILABLE', 'the identity provider cannot be reached to check this token; try again', {
    cause,
  });
}

function notAccepted(cause?: unknown): WeirError {
  const message = 'this key or token is not accepted here; check that it is the company one';
  return new WeirError('UNAUTHENTICATED', message, cause === undefined ? undefined : {cause});
}
