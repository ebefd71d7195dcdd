import type {PolicySet} from './decide/policy-set.ts';
import type {Matcher} from './detect/finder.ts';
import type {DialectName} from './exchange.ts';

/** A document of a bundle as the control plane compiled it: checked, defaults filled in, canonical JSON. */
export interface CompiledDocument {
  kind: string;
  name: string;
  file: string;
  line: number;
  /** Canonical JSON: keys sorted, no white space. Its SHA-256 names the blob. */
  json: string;
}

export interface Provider {
  name: string;
  dialect: DialectName;
  /** Without trailing slash. */
  baseUrl: string;
  /** Name of a credential that the agent's own configuration defines; undefined for a provider without key. */
  credential: string | undefined;
  /** Globs (`gpt-*`); empty allows every model. */
  models: readonly string[];
  default: boolean;
  maxRequestBytes: number;
  connectTimeoutMs: number;
  /** Time to the first response byte. */
  firstByteTimeoutMs: number;
  /** Longest silence within a response. */
  idleTimeoutMs: number;
}

export interface ApiKey {
  name: string;
  /** `sha256:` and 64 hex digits of the key's SHA-256. */
  hash: string;
  subject: string;
  groups: readonly string[];
  datasets: readonly string[];
  /** End of validity in milliseconds since the epoch; undefined for none. */
  expiresAtMs: number | undefined;
}

export interface IdentityProvider {
  name: string;
  issuer: string;
  audiences: readonly string[];
  /** Undefined: found through the issuer's discovery document. */
  jwksUri: string | undefined;
  algorithms: readonly string[];
  /** Claim names; a dotted name walks into objects. */
  claims: {subject: string; groups: string; datasets: string | undefined};
}

export interface AgentGroup {
  name: string;
  selector: Readonly<Record<string, string>>;
  recording: 'strict';
  content: 'masked' | 'none';
  maxStalenessMs: number;
}

/** A bundle ready to decide with: immutable, shared by all requests that started under it. */
export interface Bundle {
  generation: bigint;
  /** Lower-case hex SHA-256 of the manifest. */
  digest: string;
  commit: string;
  providers: ReadonlyMap<string, Provider>;
  /** The provider that a bare path of this dialect goes to. */
  defaultProvider: (dialect: DialectName) => Provider | undefined;
  /** By `sha256:…` hash. */
  apiKeys: ReadonlyMap<string, ApiKey>;
  identityProviders: readonly IdentityProvider[];
  /** The most specific group whose selector matches; the built-in strict default where none does. */
  agentGroup: (labels: Readonly<Record<string, string>>) => AgentGroup;
  matcher: Matcher;
  policies: PolicySet;
  /** Number of rules that are not off. */
  rules: number;
}
