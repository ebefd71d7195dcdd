import {readFile} from 'node:fs/promises';
import {LRUCache} from 'lru-cache';
import {WeirError} from '../../lib/errors.ts';
import {type CredentialBinding, type CredentialSource, hostProblem} from './binding.ts';

/** Whatever is called with a credential: a Provider, or an external detector. */
interface CredentialUser {
  /** Name of the credential; undefined where none is needed. */
  readonly credential: string | undefined;
}

/** Credentials for what the agent calls, in memory only. */
export interface Credentials {
  /**
   * The credential for a request to this provider or analyzer; undefined where it needs none.
   *
   * @param origin of its base URL.
   * @throws WeirError CREDENTIAL_HOST_REFUSED where it may not be sent there; CREDENTIAL_UNAVAILABLE where there is none.
   */
  credentialFor: (user: CredentialUser, origin: URL) => string | undefined | Promise<string | undefined>;
  /** Forgets every value. */
  clear: () => void;
}

/** A changed file is noticed within this time. */
const TTL_MS = 30_000;
const MAX_CREDENTIALS = 1_000;
const MAX_CREDENTIAL_BYTES = 64 * 1024;

/**
 * Reads credentials when they are first needed and keeps each for a short time.
 *
 * @param environment values of `env:` sources.
 * @throws WeirError USAGE where a name is bound twice.
 */
export function createCredentials(options: {
  bindings: readonly CredentialBinding[];
  environment: Readonly<Record<string, string | undefined>>;
  ttlMs?: number;
}): Credentials {
  const bindings = new Map<string, CredentialBinding>();
  for (const binding of options.bindings) {
    if (bindings.has(binding.name)) throw new WeirError('USAGE', `credential ${binding.name} is bound twice; keep one`);
    bindings.set(binding.name, binding);
  }
  const allowed = new WeakMap<CredentialUser, CredentialBinding | 'none'>();
  const cache = new LRUCache<string, string, CredentialBinding>({
    max: MAX_CREDENTIALS,
    ttl: options.ttlMs ?? TTL_MS,
    ttlAutopurge: true,
    // Concurrent readers of one name share one read.
    fetchMethod: async (_name, _stale, {context}) => readSource(context, options.environment),
  });

  const bindingFor = (user: CredentialUser, origin: URL): CredentialBinding | undefined => {
    const known = allowed.get(user);
    if (known !== undefined) return known === 'none' ? undefined : known;
    const name = user.credential;
    const binding = name === undefined ? undefined : bindings.get(name);
    if (name !== undefined && binding === undefined) {
      throw new WeirError('CREDENTIAL_UNAVAILABLE', `credential ${name} is not configured on this agent`);
    }
    const problem = hostProblem(origin, binding);
    if (problem !== undefined) throw new WeirError('CREDENTIAL_HOST_REFUSED', problem);
    allowed.set(user, binding ?? 'none');
    return binding;
  };

  return {
    credentialFor: (user, origin) => {
      const binding = bindingFor(user, origin);
      if (binding === undefined) return undefined;
      return cache.get(binding.name) ?? fetchCredential(cache, binding);
    },
    clear: () => {
      cache.clear();
    },
  };
}

async function fetchCredential(
  cache: LRUCache<string, string, CredentialBinding>,
  binding: CredentialBinding,
): Promise<string> {
  const value = await cache.fetch(binding.name, {context: binding});
  if (value === undefined) throw unavailable(binding, 'could not be read');
  return value;
}

async function readSource(
  binding: CredentialBinding,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const value = (await readRaw(binding, environment)).trim();
  if (value === '') throw unavailable(binding, 'is empty');
  // Anything else could not stand in a header.
  if (!/^[\x21-\x7e]+$/.test(value)) throw unavailable(binding, 'has characters that no HTTP header may carry');
  return value;
}

async function readRaw(
  binding: CredentialBinding,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const {source} = binding;
  if (source.kind === 'env') {
    const value = environment[source.variable];
    if (value === undefined) throw unavailable(binding, 'is not set');
    return value;
  }
  try {
    const bytes = await readFile(source.path);
    if (bytes.length > MAX_CREDENTIAL_BYTES) throw unavailable(binding, `is larger than ${MAX_CREDENTIAL_BYTES} bytes`);
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof WeirError) throw error;
    throw unavailable(binding, 'cannot be read', error);
  }
}

/** The caller learns the name; where it was looked for is for the agent's own log. */
function unavailable(binding: CredentialBinding, problem: string, cause?: unknown): WeirError {
  const detail = new Error(`${describe(binding.source)} ${problem}`, {cause});
  return new WeirError('CREDENTIAL_UNAVAILABLE', `credential ${binding.name} is not available on this agent`, {
    cause: detail,
  });
}

function describe(source: CredentialSource): string {
  return source.kind === 'env' ? `environment variable ${source.variable}` : `file ${source.path}`;
}
