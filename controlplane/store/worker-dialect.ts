import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type {WorkerClient} from './worker-client.ts';

/** Lets kysely speak to a database that lives in a worker thread. Transactions never interleave: there is one connection. */
export function workerDialect(worker: WorkerClient): Dialect {
  return {
    createAdapter: () => new TransactionalDdlAdapter(),
    createDriver: () => workerDriver(worker),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** SQLite can undo DDL, so that a migration which dies half-way leaves nothing. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function workerDriver(worker: WorkerClient): Driver {
  const connection: DatabaseConnection = {
    executeQuery: async <Row>(query: CompiledQuery) => {
      const {rows, changes} = await worker.query(query.sql, query.parameters);
      const typed = rows as Row[]; // the compiled query's own row type; kysely checks it where it is built
      return changes === undefined ? {rows: typed} : {rows: typed, numAffectedRows: BigInt(changes)};
    },
    streamQuery: () => {
      throw new TypeError('rows are read in pages, not streamed');
    },
  };
  const execute = async (sql: string) => {
    await connection.executeQuery(CompiledQuery.raw(sql));
  };
  const nothing = async () => Promise.resolve();
  return {
    init: nothing,
    acquireConnection: async () => Promise.resolve(connection),
    beginTransaction: async () => execute('begin immediate'),
    commitTransaction: async () => execute('commit'),
    rollbackTransaction: async () => execute('rollback'),
    releaseConnection: nothing,
    destroy: worker.close,
  };
}
