import {type Kysely, sql} from 'kysely';
import type {Migration} from 'kysely/migration';
import {BYTES, INT64} from './columns.ts';

/** weir.agent.v1.HoldState; a migration never follows a change of the code. */
const OPEN = 1;

/** Exchanges that wait for a person, the reviews they got, and the grants that came of them. */
export const approvals: Migration = {
  up: async (db: Kysely<unknown>) => {
    await holds(db);
    await db.schema
      .createTable('reviews')
      .addColumn('hold_id', 'text', (c) => c.notNull().references('holds.hold_id'))
      .addColumn('reviewer', 'text', (c) => c.notNull())
      .addColumn('decision', 'integer', (c) => c.notNull())
      .addColumn('reason', 'text', (c) => c.notNull())
      .addColumn('at_ms', INT64, (c) => c.notNull())
      .addColumn('rules', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('reviews_pk', ['hold_id', 'reviewer'])
      .execute();
    await db.schema
      .createTable('grants')
      .addColumn('grant_id', 'text', (c) => c.primaryKey())
      .addColumn('hold_id', 'text', (c) => c.notNull().references('holds.hold_id'))
      .addColumn('policy', 'text', (c) => c.notNull())
      .addColumn('rule', 'text', (c) => c.notNull())
      .addColumn('rule_digest', BYTES, (c) => c.notNull())
      .addColumn('scope', BYTES, (c) => c.notNull())
      .addColumn('messages', 'integer', (c) => c.notNull())
      .addColumn('prefix', BYTES, (c) => c.notNull())
      .addColumn('body', BYTES, (c) => c.notNull())
      .addColumn('granted_at_ms', INT64, (c) => c.notNull())
      .addColumn('expires_at_ms', INT64, (c) => c.notNull())
      .addColumn('used_by', 'text')
      .execute();
    await db.schema.createIndex('grants_scope').on('grants').columns(['scope', 'rule_digest']).execute();
  },
};

async function holds(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('holds')
    .addColumn('hold_id', 'text', (c) => c.primaryKey())
    .addColumn('state', 'integer', (c) => c.notNull())
    .addColumn('opened_at_ms', INT64, (c) => c.notNull())
    .addColumn('expires_at_ms', INT64, (c) => c.notNull())
    .addColumn('decided_at_ms', INT64)
    .addColumn('agent_uid', 'text', (c) => c.notNull())
    .addColumn('caller_subject', 'text', (c) => c.notNull())
    .addColumn('provider', 'text', (c) => c.notNull())
    .addColumn('model', 'text', (c) => c.notNull())
    .addColumn('operation', 'text', (c) => c.notNull())
    .addColumn('scope', BYTES, (c) => c.notNull())
    .addColumn('body', BYTES, (c) => c.notNull())
    .addColumn('join_key', BYTES, (c) => c.notNull())
    .addColumn('opening', BYTES, (c) => c.notNull())
    .addColumn('masked_request', BYTES, (c) => c.notNull())
    .addColumn('masked_request_truncated', 'integer', (c) => c.notNull())
    .addColumn('media_type', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('holds_state').on('holds').columns(['state', 'opened_at_ms', 'hold_id']).execute();
  await db.schema.createIndex('holds_opened').on('holds').columns(['opened_at_ms', 'hold_id']).execute();
  // Of all that race to open a hold for one request, one does and the others join it.
  await db.schema
    .createIndex('holds_one_open')
    .unique()
    .on('holds')
    .column('join_key')
    .where(sql.ref('state'), '=', sql.lit(OPEN))
    .execute();
  await db.schema.createIndex('holds_scope').on('holds').columns(['scope', 'body']).execute();
  await db.schema
    .createTable('hold_exchanges')
    .addColumn('hold_id', 'text', (c) => c.notNull().references('holds.hold_id'))
    .addColumn('exchange_id', 'text', (c) => c.notNull())
    .addColumn('agent_uid', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('hold_exchanges_pk', ['hold_id', 'exchange_id'])
    .execute();
  await db.schema
    .createTable('hold_reviewers')
    .addColumn('hold_id', 'text', (c) => c.notNull().references('holds.hold_id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('hold_reviewers_pk', ['hold_id', 'name'])
    .execute();
}
