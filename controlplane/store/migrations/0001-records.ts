import type {Kysely} from 'kysely';
import type {Migration} from 'kysely/migration';
import {BYTES, INT64} from './columns.ts';

/** What agents shipped (records), how far each got (cursors), and what is read from it (exchanges, sessions). */
export const records: Migration = {
  up: async (db: Kysely<unknown>) => {
    await shipped(db);
    await exchanges(db);
    await sessions(db);
  },
};

async function shipped(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('cursors')
    .addColumn('agent_uid', 'text', (c) => c.notNull())
    .addColumn('epoch', INT64, (c) => c.notNull())
    .addColumn('next_seq', INT64, (c) => c.notNull())
    .addColumn('chain_head', BYTES, (c) => c.notNull())
    .addPrimaryKeyConstraint('cursors_pk', ['agent_uid', 'epoch'])
    .execute();
  await db.schema
    .createTable('records')
    .addColumn('agent_uid', 'text', (c) => c.notNull())
    .addColumn('epoch', INT64, (c) => c.notNull())
    .addColumn('seq', INT64, (c) => c.notNull())
    .addColumn('kind', 'integer', (c) => c.notNull())
    .addColumn('exchange_id', 'text', (c) => c.notNull())
    .addColumn('chain', BYTES, (c) => c.notNull())
    .addColumn('received_at_ms', INT64, (c) => c.notNull())
    .addColumn('body', BYTES)
    .addColumn('sealed', BYTES)
    .addPrimaryKeyConstraint('records_pk', ['agent_uid', 'epoch', 'seq'])
    .execute();
  await db.schema.createIndex('records_exchange').on('records').columns(['exchange_id', 'epoch', 'seq']).execute();
  await db.schema
    .createTable('incidents')
    .addColumn('incident_id', 'text', (c) => c.primaryKey())
    .addColumn('at_ms', INT64, (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('agent_uid', 'text', (c) => c.notNull())
    .addColumn('epoch', INT64, (c) => c.notNull())
    .addColumn('seq', INT64, (c) => c.notNull())
    .addColumn('detail', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('incidents_at').on('incidents').columns(['at_ms', 'incident_id']).execute();
  await db.schema
    .createTable('gaps')
    .addColumn('agent_uid', 'text', (c) => c.notNull())
    .addColumn('epoch', INT64, (c) => c.notNull())
    .addColumn('from_seq', INT64, (c) => c.notNull())
    .addColumn('to_seq', INT64, (c) => c.notNull())
    .addColumn('at_ms', INT64, (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('gaps_pk', ['agent_uid', 'epoch', 'from_seq'])
    .execute();
}

async function exchanges(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('exchanges')
    .addColumn('exchange_id', 'text', (c) => c.primaryKey())
    .addColumn('agent_uid', 'text', (c) => c.notNull())
    .addColumn('epoch', INT64, (c) => c.notNull())
    .addColumn('seq', INT64, (c) => c.notNull())
    .addColumn('agent_labels', 'text', (c) => c.notNull())
    .addColumn('session_id', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('started_at_ms', INT64, (c) => c.notNull())
    .addColumn('caller_subject', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('provider', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('model', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('operation', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('verdict', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('commit_id', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('outcome', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('status', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('input_tokens', INT64, (c) => c.notNull().defaultTo(0))
    .addColumn('output_tokens', INT64, (c) => c.notNull().defaultTo(0))
    .addColumn('started', BYTES)
    .addColumn('released', BYTES)
    .addColumn('ended', BYTES)
    .execute();
  const newestFirst = (name: string, column: string) =>
    db.schema.createIndex(name).on('exchanges').columns([column, 'started_at_ms', 'exchange_id']).execute();
  await db.schema.createIndex('exchanges_at').on('exchanges').columns(['started_at_ms', 'exchange_id']).execute();
  await newestFirst('exchanges_session', 'session_id');
  await newestFirst('exchanges_caller', 'caller_subject');
  await newestFirst('exchanges_agent', 'agent_uid');
  await newestFirst('exchanges_verdict', 'verdict');
  await db.schema
    .createTable('exchange_rules')
    .addColumn('exchange_id', 'text', (c) => c.notNull().references('exchanges.exchange_id').onDelete('cascade'))
    .addColumn('policy', 'text', (c) => c.notNull())
    .addColumn('rule', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('exchange_rules_pk', ['exchange_id', 'policy', 'rule'])
    .execute();
  await db.schema
    .createIndex('exchange_rules_rule')
    .on('exchange_rules')
    .columns(['rule', 'policy', 'exchange_id'])
    .execute();
  await db.schema
    .createTable('exchange_groups')
    .addColumn('exchange_id', 'text', (c) => c.notNull().references('exchanges.exchange_id').onDelete('cascade'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('exchange_groups_pk', ['exchange_id', 'name'])
    .execute();
  await db.schema.createIndex('exchange_groups_name').on('exchange_groups').columns(['name', 'exchange_id']).execute();
}

async function sessions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('session_id', 'text', (c) => c.notNull())
    .addColumn('caller_subject', 'text', (c) => c.notNull())
    .addColumn('started_at_ms', INT64, (c) => c.notNull())
    .addColumn('last_at_ms', INT64, (c) => c.notNull())
    .addColumn('exchanges', INT64, (c) => c.notNull())
    .addColumn('verdict', 'integer', (c) => c.notNull())
    .addColumn('input_tokens', INT64, (c) => c.notNull())
    .addColumn('output_tokens', INT64, (c) => c.notNull())
    .addColumn('cached_input_tokens', INT64, (c) => c.notNull())
    .addColumn('reasoning_tokens', INT64, (c) => c.notNull())
    .addPrimaryKeyConstraint('sessions_pk', ['session_id', 'caller_subject'])
    .execute();
  await db.schema.createIndex('sessions_at').on('sessions').columns(['started_at_ms', 'session_id']).execute();
  await db.schema
    .createTable('session_models')
    .addColumn('session_id', 'text', (c) => c.notNull())
    .addColumn('caller_subject', 'text', (c) => c.notNull())
    .addColumn('agent_uid', 'text', (c) => c.notNull())
    .addColumn('provider', 'text', (c) => c.notNull())
    .addColumn('model', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('session_models_pk', ['session_id', 'caller_subject', 'agent_uid', 'provider', 'model'])
    .execute();
}
