import type {Kysely} from 'kysely';
import type {Migration} from 'kysely/migration';
import {BYTES, INT64} from './columns.ts';

/** Published bundles, the blobs they name, the state of reconciling, and the agents that enforce them. */
export const policy: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema
      .createTable('blobs')
      .addColumn('sha256', BYTES, (c) => c.primaryKey())
      .addColumn('bytes', BYTES, (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('bundles')
      .addColumn('generation', INT64, (c) => c.primaryKey())
      .addColumn('digest', 'text', (c) => c.notNull().unique())
      .addColumn('commit_id', 'text', (c) => c.notNull())
      .addColumn('ref', 'text', (c) => c.notNull())
      .addColumn('manifest', BYTES, (c) => c.notNull())
      .addColumn('signature', BYTES, (c) => c.notNull())
      .addColumn('published_at_ms', INT64, (c) => c.notNull())
      .addColumn('documents', 'integer', (c) => c.notNull())
      .addColumn('rules', 'integer', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('author', 'text', (c) => c.notNull())
      .execute();
    // One row (id 1): what the newest commit seen came to.
    await db.schema
      .createTable('reconcile')
      .addColumn('id', 'integer', (c) => c.primaryKey())
      .addColumn('state', 'integer', (c) => c.notNull())
      .addColumn('observed_commit', 'text', (c) => c.notNull())
      .addColumn('refused_commit', 'text')
      .addColumn('refused_at_ms', INT64)
      .addColumn('refused_problems', 'text')
      .addColumn('last_fetch_at_ms', INT64)
      .addColumn('last_error', 'text')
      .addColumn('retry_at_ms', INT64)
      .execute();
    await db.schema
      .createTable('agents')
      .addColumn('agent_uid', 'text', (c) => c.primaryKey())
      .addColumn('public_key', BYTES, (c) => c.notNull())
      .addColumn('labels', 'text', (c) => c.notNull())
      .addColumn('version', 'text', (c) => c.notNull())
      .addColumn('enrolled_at_ms', INT64, (c) => c.notNull())
      .addColumn('last_seen_at_ms', INT64, (c) => c.notNull())
      .addColumn('active_generation', INT64, (c) => c.notNull().defaultTo(0))
      .addColumn('active_digest', 'text', (c) => c.notNull().defaultTo(''))
      .addColumn('mode', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('last_nack', BYTES)
      .addColumn('spool_bytes', INT64, (c) => c.notNull().defaultTo(0))
      .addColumn('spool_records', INT64, (c) => c.notNull().defaultTo(0))
      .execute();
  },
};
