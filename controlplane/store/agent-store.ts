import type {Selectable, Updateable} from 'kysely';
import {type AgentMode, Nack} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import type {Store} from './database.ts';
import type {Schema} from './schema.ts';

/** An agent as the store knows it: who it is, and what it last reported. */
export interface StoredAgent {
  uid: string;
  /** Raw Ed25519 public key it enrolled with. */
  publicKey: Buffer;
  labels: Record<string, string>;
  version: string;
  enrolledAtMs: number;
  lastSeenAtMs: number;
  activeGeneration: bigint;
  activeDigest: string;
  mode: AgentMode;
  lastNack: Nack | undefined;
  spoolBytes: bigint;
  spoolRecords: bigint;
}

/** What an agent reports; a field that is left out stays as it was. */
export interface AgentReport {
  version?: string;
  lastSeenAtMs: number;
  activeGeneration?: bigint;
  activeDigest?: string;
  mode?: AgentMode;
  lastNack?: Nack | undefined;
  spoolBytes?: bigint;
  spoolRecords?: bigint;
}

/** The agents that ever enrolled. */
export interface AgentStore {
  /**
   * Binds a uid to a key at first enrolment; later only renews labels and version.
   *
   * @returns false, and nothing written, where the uid is bound to another key.
   */
  readonly enroll: (agent: Enrolment) => Promise<boolean>;
  readonly report: (uid: string, report: AgentReport) => Promise<void>;
  /** Ordered by uid, after one. */
  readonly list: (page: {after: string; limit: number}) => Promise<StoredAgent[]>;
  /** Those whose uid starts with a prefix, at most `limit`. */
  readonly withPrefix: (prefix: string, limit: number) => Promise<StoredAgent[]>;
}

interface Enrolment {
  uid: string;
  publicKey: Buffer;
  labels: Readonly<Record<string, string>>;
  version: string;
  atMs: number;
}

export function createAgentStore(store: Store): AgentStore {
  const {db} = store;
  return {
    enroll: async ({uid, publicKey, labels, version, atMs}) => {
      const current = {labels: JSON.stringify(labels), version, last_seen_at_ms: atMs};
      const result = await db
        .insertInto('agents')
        .values({agent_uid: uid, public_key: publicKey, enrolled_at_ms: atMs, ...current})
        // The bound key is part of the condition, so that two first enrolments cannot both win.
        .onConflict((conflict) =>
          conflict.column('agent_uid').doUpdateSet(current).where('agents.public_key', '=', publicKey),
        )
        .executeTakeFirst();
      return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
    },
    report: async (uid, report) => {
      await db.updateTable('agents').set(toColumns(report)).where('agent_uid', '=', uid).execute();
    },
    list: async ({after, limit}) => {
      const rows = db.selectFrom('agents').selectAll().where('agent_uid', '>', after).orderBy('agent_uid').limit(limit);
      return (await rows.execute()).map(fromRow);
    },
    withPrefix: async (prefix, limit) => {
      const rows = await db
        .selectFrom('agents')
        .selectAll()
        .where('agent_uid', '>=', prefix)
        .where('agent_uid', '<', `${prefix}\u{10ffff}`)
        .orderBy('agent_uid')
        .limit(limit)
        .execute();
      return rows.map(fromRow);
    },
  };
}

function toColumns(report: AgentReport): Updateable<Schema['agents']> {
  const {lastNack} = report;
  return {
    last_seen_at_ms: report.lastSeenAtMs,
    ...(report.version === undefined ? {} : {version: report.version}),
    ...(report.activeGeneration === undefined ? {} : {active_generation: Number(report.activeGeneration)}),
    ...(report.activeDigest === undefined ? {} : {active_digest: report.activeDigest}),
    ...(report.mode === undefined ? {} : {mode: report.mode}),
    ...('lastNack' in report
      ? {last_nack: lastNack === undefined ? null : Buffer.from(Nack.encode(lastNack).finish())}
      : {}),
    ...(report.spoolBytes === undefined ? {} : {spool_bytes: Number(report.spoolBytes)}),
    ...(report.spoolRecords === undefined ? {} : {spool_records: Number(report.spoolRecords)}),
  };
}

function fromRow(row: Selectable<Schema['agents']>): StoredAgent {
  return {
    uid: row.agent_uid,
    publicKey: Buffer.from(row.public_key),
    labels: JSON.parse(row.labels) as Record<string, string>, // written by enroll
    version: row.version,
    enrolledAtMs: row.enrolled_at_ms,
    lastSeenAtMs: row.last_seen_at_ms,
    activeGeneration: BigInt(row.active_generation),
    activeDigest: row.active_digest,
    mode: row.mode as AgentMode, // written by report
    lastNack: row.last_nack === null ? undefined : Nack.decode(row.last_nack),
    spoolBytes: BigInt(row.spool_bytes),
    spoolRecords: BigInt(row.spool_records),
  };
}
