import type {Kysely, Selectable} from 'kysely';
import type {ReconcileState} from '../../proto/gen/weir/admin/v1/policy.ts';
import {Problem} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import type {Store} from './database.ts';
import type {Schema} from './schema.ts';

/** A bundle as published: manifest and signature byte for byte. */
export interface StoredBundle {
  generation: bigint;
  /** Lower-case hex SHA-256 of the manifest. */
  digest: string;
  commit: string;
  ref: string;
  manifest: Buffer;
  signature: Buffer;
  publishedAtMs: number;
  documents: number;
  rules: number;
  subject: string;
  author: string;
}

export interface Blob {
  sha256: Buffer;
  bytes: Buffer;
}

/** What reconciling came to, as it is kept over restarts. */
export interface StoredStatus {
  state: ReconcileState;
  observedCommit: string;
  refusal: {commit: string; atMs: number; problems: Problem[]} | undefined;
  lastFetchAtMs: number | undefined;
  lastError: string | undefined;
  retryAtMs: number | undefined;
}

/** Published bundles and the state of reconciling. */
export interface BundleStore {
  /** The bundle of the highest generation. */
  readonly active: () => Promise<StoredBundle | undefined>;
  /**
   * Publishes a bundle if the active generation is still the one it was made to follow.
   *
   * @param after generation of the bundle it replaces; 0 for none.
   * @returns false, and nothing written, where another bundle was published meanwhile.
   */
  readonly publish: (bundle: StoredBundle, blobs: readonly Blob[], after: bigint) => Promise<boolean>;
  /** The blobs that exist among those asked for, in no particular order. */
  readonly blobs: (sha256: readonly Buffer[]) => Promise<Blob[]>;
  /** Newest first, below a generation. */
  readonly list: (page: {below: bigint | undefined; limit: number}) => Promise<StoredBundle[]>;
  readonly loadStatus: () => Promise<StoredStatus | undefined>;
  readonly saveStatus: (status: StoredStatus) => Promise<void>;
}

/** SQLite binds a limited number of values in one statement. */
const BLOBS_A_QUERY = 500;

export function createBundleStore(store: Store): BundleStore {
  const {db} = store;
  return {
    active: async () => newest(db),
    publish: async (bundle, blobs, after) =>
      db.transaction().execute(async (transaction) => {
        const current = await newest(transaction);
        if ((current?.generation ?? 0n) !== after || bundle.generation <= after) return false;
        for (const blob of blobs) {
          await transaction
            .insertInto('blobs')
            .values({sha256: blob.sha256, bytes: blob.bytes})
            .onConflict((conflict) => conflict.column('sha256').doNothing())
            .execute();
        }
        // Commit point: manifest and blobs become visible together.
        await transaction.insertInto('bundles').values(toRow(bundle)).execute();
        return true;
      }),
    blobs: async (sha256) => {
      const found: Blob[] = [];
      for (let at = 0; at < sha256.length; at += BLOBS_A_QUERY) {
        const wanted = sha256.slice(at, at + BLOBS_A_QUERY);
        const rows = await db.selectFrom('blobs').selectAll().where('sha256', 'in', wanted).execute();
        for (const row of rows) found.push({sha256: Buffer.from(row.sha256), bytes: Buffer.from(row.bytes)});
      }
      return found;
    },
    list: async ({below, limit}) => {
      let query = db.selectFrom('bundles').selectAll().orderBy('generation', 'desc').limit(limit);
      if (below !== undefined) query = query.where('generation', '<', Number(below));
      return (await query.execute()).map(fromRow);
    },
    loadStatus: async () => {
      const row = await db.selectFrom('reconcile').selectAll().where('id', '=', 1).executeTakeFirst();
      return row === undefined ? undefined : statusFromRow(row);
    },
    saveStatus: async (status) => {
      const row = statusToRow(status);
      await db
        .insertInto('reconcile')
        .values({id: 1, ...row})
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute();
    },
  };
}

async function newest(db: Kysely<Schema>): Promise<StoredBundle | undefined> {
  const row = await db.selectFrom('bundles').selectAll().orderBy('generation', 'desc').limit(1).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

function toRow(bundle: StoredBundle): Schema['bundles'] {
  const {generation, commit, publishedAtMs, ...same} = bundle;
  return {...same, generation: Number(generation), commit_id: commit, published_at_ms: publishedAtMs};
}

function fromRow(row: Selectable<Schema['bundles']>): StoredBundle {
  const {generation, commit_id: commit, published_at_ms: publishedAtMs, manifest, signature, ...same} = row;
  return {
    ...same,
    generation: BigInt(generation),
    commit,
    publishedAtMs,
    manifest: Buffer.from(manifest),
    signature: Buffer.from(signature),
  };
}

function statusToRow(status: StoredStatus): Omit<Schema['reconcile'], 'id'> {
  const {refusal} = status;
  return {
    state: status.state,
    observed_commit: status.observedCommit,
    refused_commit: refusal?.commit ?? null,
    refused_at_ms: refusal?.atMs ?? null,
    refused_problems:
      refusal === undefined ? null : JSON.stringify(refusal.problems.map((problem) => Problem.toJSON(problem))),
    last_fetch_at_ms: status.lastFetchAtMs ?? null,
    last_error: status.lastError ?? null,
    retry_at_ms: status.retryAtMs ?? null,
  };
}

function statusFromRow(row: Selectable<Schema['reconcile']>): StoredStatus {
  const problems = JSON.parse(row.refused_problems ?? '[]') as unknown[]; // written by statusToRow
  return {
    state: row.state as ReconcileState, // written by statusToRow
    observedCommit: row.observed_commit,
    refusal:
      row.refused_commit === null
        ? undefined
        : {
            commit: row.refused_commit,
            atMs: row.refused_at_ms ?? 0,
            problems: problems.map((problem) => Problem.fromJSON(problem)),
          },
    lastFetchAtMs: row.last_fetch_at_ms ?? undefined,
    lastError: row.last_error ?? undefined,
    retryAtMs: row.retry_at_ms ?? undefined,
  };
}
