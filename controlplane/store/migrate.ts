import type {Kysely} from 'kysely';
import {Migrator} from 'kysely/migration';
import {WeirError} from '../../lib/errors.ts';
import type {Logger} from '../../lib/log.ts';
import {MIGRATIONS} from './migrations/index.ts';
import type {Schema} from './schema.ts';

const MIGRATION_TABLE = 'kysely_migration';

/**
 * Runs the migrations that the database has not seen, each whole or not at all. There is no way back.
 *
 * @throws WeirError DATA_NEWER if the database has seen a migration that this version does not know.
 */
export async function migrate(db: Kysely<Schema>, options: {dataDir: string; log: Logger}): Promise<void> {
  const {dataDir, log} = options;
  const known = new Set(Object.keys(MIGRATIONS));
  const newer = (await executedMigrations(db)).filter((name) => !known.has(name));
  if (newer.length > 0) {
    throw new WeirError(
      'DATA_NEWER',
      `data directory ${dataDir} was written by a newer version of Weir (migration ${newer.join(', ')}); ` +
        'start that version, or name another data directory',
    );
  }
  const migrator = new Migrator({
    db,
    provider: {getMigrations: async () => Promise.resolve(MIGRATIONS)},
    migrationTableName: MIGRATION_TABLE,
  });
  const {error, results = []} = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results.find((result) => result.status === 'Error')?.migrationName ?? 'unknown';
    throw new WeirError('INTERNAL', `migration ${failed} failed; the data directory is as it was`, {cause: error});
  }
  for (const {migrationName} of results) log.info('store migrated', {migration: migrationName});
}

async function executedMigrations(db: Kysely<Schema>): Promise<string[]> {
  const tables = await db.introspection.getTables({withInternalKyselyTables: true});
  if (!tables.some((table) => table.name === MIGRATION_TABLE)) return [];
  const rows = await db.selectFrom(MIGRATION_TABLE).select('name').execute();
  return rows.map((row) => row.name);
}
