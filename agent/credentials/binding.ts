import {WeirError} from '../../lib/errors.ts';
import {isLoopback} from '../../lib/host-port.ts';

/** Where a credential comes from. */
export type CredentialSource = {kind: 'env'; variable: string} | {kind: 'file'; path: string};

/** A host that the agent's own configuration lets something be sent to. */
export interface BoundHost {
  /** Lower case, brackets kept for IPv6. */
  host: string;
  /** Undefined: the default port of the scheme. */
  port: string | undefined;
  /** The agent's own configuration says that this host is spoken to without TLS. */
  isPlain: boolean;
}

/** One credential as the agent's own configuration defines it; nothing in a bundle can change it. */
export interface CredentialBinding {
  name: string;
  source: CredentialSource;
  hosts: readonly BoundHost[];
}

const FORM = 'write NAME=env:VARIABLE@HOST or NAME=file:PATH@HOST; several hosts are separated by commas';

/**
 * Reads `NAME=SOURCE@HOST[,HOST…]`, where a host is `api.example.com`, `host:8443` or `http://host:8080`.
 *
 * @throws WeirError USAGE with the form to write.
 */
export function parseCredentialBinding(text: string): CredentialBinding {
  const match = /^([A-Za-z0-9][A-Za-z0-9._-]*)=(env|file):(.+)@([^@]+)$/.exec(text);
  const [, name, kind, place, hostList] = match ?? [];
  if (name === undefined || place === undefined || hostList === undefined) {
    throw new WeirError('USAGE', `"${text}" does not bind a credential; ${FORM}`);
  }
  const source: CredentialSource = kind === 'env' ? {kind, variable: place} : {kind: 'file', path: place};
  return {name, source, hosts: hostList.split(',').map((host) => boundHost(host, text))};
}

function boundHost(text: string, binding: string): BoundHost {
  const host = parseBoundHost(text);
  if (host === undefined) throw new WeirError('USAGE', `"${text}" in "${binding}" is not a host; ${FORM}`);
  return host;
}

/** Reads `api.example.com`, `host:8443` or `http://host:8080`; undefined for anything else. */
export function parseBoundHost(text: string): BoundHost | undefined {
  const isPlain = text.startsWith('http://');
  const bare = text.replace(/^https?:\/\//, '');
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(bare);
  return match?.[1] === undefined ? undefined : {host: match[1].toLowerCase(), port: match[2], isPlain};
}

/**
 * Says why a credential may not go to an origin; undefined where it may.
 *
 * @param binding undefined for a provider without credential.
 */
export function hostProblem(origin: URL, binding: CredentialBinding | undefined): string | undefined {
  const isPlain = origin.protocol === 'http:';
  const bound = binding?.hosts.find((host) => isSameHost(host, origin));
  if (binding !== undefined && bound === undefined) {
    return `credential ${binding.name} is not bound to ${origin.host}; add it to the agent's --credential`;
  }
  if (isPlain && bound?.isPlain !== true && !isLoopback(origin.hostname.replace(/^\[|\]$/g, ''))) {
    return `${origin.host} is reached without TLS; use an https base URL or bind the credential to ${origin.origin}`;
  }
  return undefined;
}

/** Whether an origin is that host, at that port. */
export function isSameHost(bound: BoundHost, origin: URL): boolean {
  const defaultPort = origin.protocol === 'http:' ? '80' : '443';
  const port = origin.port === '' ? defaultPort : origin.port;
  return bound.host === origin.hostname && (bound.port ?? defaultPort) === port;
}

/**
 * Checks at the start what can never come later: a process gets its environment once.
 *
 * @throws WeirError USAGE for a variable that is not set.
 */
export function requireVariables(
  bindings: readonly CredentialBinding[],
  environment: Readonly<Record<string, string | undefined>>,
): void {
  for (const {name, source} of bindings) {
    if (source.kind !== 'env' || (environment[source.variable] ?? '').trim() !== '') continue;
    throw new WeirError('USAGE', `--credential ${name}: environment variable ${source.variable} is not set`);
  }
}
