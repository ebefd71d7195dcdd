import {z} from 'zod';
import {DIALECT_NAMES, documentOf, duration, glob, labels, name, uninspectable, word, words} from './common.ts';

const MEBIBYTE = 1_048_576;

/** A URL of HTTP without anything that does not belong into a base: no user, query or fragment. */
export const httpUrl = z
  .string()
  .max(2000)
  .refine((text) => isHttpUrl(text), 'must be an http(s) URL without user, query or fragment');

export const providerSchema = documentOf(
  'Provider',
  z.strictObject({
    dialect: z.enum(DIALECT_NAMES),
    baseUrl: httpUrl,
    credential: name.optional(),
    models: z.array(glob).max(1000).default([]),
    default: z.boolean().default(false),
    allowUninspectable: uninspectable,
    maxRequestBytes: z
      .int('must be a whole number')
      .min(1024, 'must be at least 1024')
      .max(256 * MEBIBYTE, 'must be at most 268435456 (256 MiB)')
      .default(32 * MEBIBYTE),
    timeouts: z
      .strictObject({
        connect: duration('100ms', '1m').default('10s'),
        firstByte: duration('1s', '1h').default('10m'),
        idle: duration('1s', '1h').default('5m'),
      })
      .prefault({}),
  }),
);

/** Signatures by a key pair only: a shared secret would let the verifier forge. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

export const identityProviderSchema = documentOf(
  'IdentityProvider',
  z.strictObject({
    issuer: httpUrl,
    audiences: z.array(word).min(1, 'must name the audience that tokens for Weir carry').max(100),
    jwksUri: httpUrl.optional(),
    algorithms: z.array(z.enum(ALGORITHMS)).min(1, 'must name at least one').default(['RS256', 'ES256', 'EdDSA']),
    claims: z
      .strictObject({subject: word.default('sub'), groups: word.default('groups'), datasets: word.optional()})
      .prefault({}),
  }),
);

export const apiKeySchema = documentOf(
  'ApiKey',
  z.strictObject({
    hash: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, 'must be "sha256:" and the 64 lower-case hex digits of the key\'s SHA-256'),
    subject: word,
    groups: words,
    datasets: words,
    expires: z
      .string()
      .refine((text) => parseExpiry(text) !== undefined, 'must be a date such as 2027-06-30 or 2027-06-30T18:00:00Z')
      .optional(),
  }),
);

export const agentGroupSchema = documentOf(
  'AgentGroup',
  z.strictObject({
    selector: labels,
    recording: z.enum(['strict']).default('strict'),
    content: z.enum(['masked', 'none']).default('masked'),
    maxStaleness: duration('1m', '30d').default('24h'),
  }),
);

/** Milliseconds since the epoch of a date (its first instant, UTC) or time; undefined for anything else. */
export function parseExpiry(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d))?$/.test(text)) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return undefined;
  const day = text.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day) ? ms : undefined;
}

/** Whether a URL's host is this machine. */
export function isLoopbackUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(text).hostname);
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const {protocol, username, password, search, hash} = new URL(text);
  const bare = username === '' && password === '' && search === '' && hash === '';
  return (protocol === 'https:' || protocol === 'http:') && bare && !/[?#]/.test(text);
}

export type ProviderDocument = z.output<typeof providerSchema>;
export type IdentityProviderDocument = z.output<typeof identityProviderSchema>;
export type ApiKeyDocument = z.output<typeof apiKeySchema>;
export type AgentGroupDocument = z.output<typeof agentGroupSchema>;
