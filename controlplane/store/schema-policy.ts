import type {Generated} from 'kysely';

/** Bundles, reconciling and agents; made by migrations/0002-policy.ts. */
export interface PolicyTables {
  blobs: {sha256: Buffer; bytes: Buffer};
  bundles: BundleRow;
  reconcile: ReconcileRow;
  agents: AgentRow;
}

interface BundleRow {
  generation: number;
  /** Lower-case hex SHA-256 of the manifest. */
  digest: string;
  commit_id: string;
  ref: string;
  /** weir.agent.v1.BundleManifest, byte for byte as signed. */
  manifest: Buffer;
  signature: Buffer;
  published_at_ms: number;
  documents: number;
  rules: number;
  subject: string;
  author: string;
}

/** The only row has id 1. */
interface ReconcileRow {
  id: number;
  /** weir.admin.v1.ReconcileState. */
  state: number;
  observed_commit: string;
  refused_commit: string | null;
  refused_at_ms: number | null;
  /** JSON array of weir.agent.v1.Problem. */
  refused_problems: string | null;
  last_fetch_at_ms: number | null;
  last_error: string | null;
  retry_at_ms: number | null;
}

interface AgentRow {
  agent_uid: string;
  /** Raw Ed25519 public key. */
  public_key: Buffer;
  /** JSON object. */
  labels: string;
  version: string;
  enrolled_at_ms: number;
  last_seen_at_ms: number;
  active_generation: Generated<number>;
  active_digest: Generated<string>;
  /** weir.agent.v1.AgentMode. */
  mode: Generated<number>;
  /** weir.agent.v1.Nack. */
  last_nack: Buffer | null;
  spool_bytes: Generated<number>;
  spool_records: Generated<number>;
}
