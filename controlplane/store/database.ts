import {join, resolve} from 'node:path';
import {Kysely} from 'kysely';
import {makeDirectoryDurably, syncDirectory} from '../../lib/durable-file.ts';
import {WeirError} from '../../lib/errors.ts';
import type {Logger} from '../../lib/log.ts';
import {migrate} from './migrate.ts';
import type {Schema} from './schema.ts';
import {startWorker} from './worker-client.ts';
import {workerDialect} from './worker-dialect.ts';

/** The control plane's durable state. A statement's promise settles once the statement is on disk. */
export interface Store {
  readonly db: Kysely<Schema>;
  /** Finishes what runs and gives the data directory back. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the store in a data directory, made where it does not exist, and brings it up to date.
 *
 * @throws WeirError DATA_IN_USE while another control plane has it open; DATA_NEWER if a newer version wrote it;
 *   CONFIG_INVALID if it cannot be opened.
 */
export async function openStore(options: {dataDir: string; log: Logger}): Promise<Store> {
  const dataDir = resolve(options.dataDir);
  try {
    await makeDirectoryDurably(dataDir);
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new WeirError('CONFIG_INVALID', `data directory ${dataDir} cannot be made (${why})`, {cause});
  }
  const worker = await startWorker({database: join(dataDir, 'weir.sqlite'), lock: join(dataDir, 'lock.sqlite')});
  const db = new Kysely<Schema>({dialect: workerDialect(worker)});
  try {
    await migrate(db, {dataDir, log: options.log});
    await syncDirectory(dataDir);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return {db, close: async () => db.destroy()};
}
