import {DatabaseSync, type StatementSync} from 'node:sqlite';
import {parentPort, workerData} from 'node:worker_threads';
import {LRUCache} from 'lru-cache';
import {type DirectoryLock, lockDirectory} from '../../lib/directory-lock.ts';
import type {SqlRow, WorkerAnswer, WorkerFiles, WorkerHello, WorkerRequest} from './worker-protocol.ts';

const BUSY_TIMEOUT_MS = 5000;
const STATEMENTS_KEPT = 256;

/** Runs in a worker thread: owns the database connection, so that no disk is ever waited for on the event loop. */
function serve(port: NonNullable<typeof parentPort>, files: WorkerFiles): void {
  const say = (hello: WorkerHello) => {
    port.postMessage(hello);
  };
  let lock: DirectoryLock | undefined;
  let database: DatabaseSync;
  try {
    lock = lockDirectory(files.lock);
    if (lock === undefined) {
      say({kind: 'inUse'});
      port.close();
      return;
    }
    database = openDatabase(files.database);
  } catch (error) {
    lock?.release();
    say({kind: 'failed', message: (error as Error).message});
    port.close();
    return;
  }
  const statements = new LRUCache<string, StatementSync>({max: STATEMENTS_KEPT});
  port.on('message', (request: WorkerRequest) => {
    if (request.kind === 'close') {
      statements.clear();
      database.close();
      lock.release();
      port.postMessage({kind: 'closed'} satisfies WorkerAnswer);
      port.close();
      return;
    }
    const answer = run(database, statements, request.sql, request.parameters);
    port.postMessage(answer, answer.kind === 'result' ? buffersOf(answer.rows) : []);
  });
  say({kind: 'open'});
}

function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file, {timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true});
  // FULL: a commit is on disk before it is acknowledged, also when the power fails.
  database.exec(`
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma temp_store = memory;
    pragma cache_size = -32768;
  `);
  return database;
}

function run(
  database: DatabaseSync,
  statements: LRUCache<string, StatementSync>,
  sql: string,
  parameters: Extract<WorkerRequest, {kind: 'query'}>['parameters'],
): WorkerAnswer {
  try {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    if (statement.columns().length > 0) {
      return {kind: 'result', rows: statement.all(...parameters), changes: undefined};
    }
    return {kind: 'result', rows: [], changes: statement.run(...parameters).changes};
  } catch (error) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
    const message = error instanceof Error ? error.message : String(error);
    return {kind: 'failed', message, code, sqliteCode: sqliteCode(error) ?? 0};
  }
}

/** Every row's bytes stand in a buffer of their own: they move to the other thread instead of being copied. */
function buffersOf(rows: readonly SqlRow[]): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const row of rows) {
    for (const value of Object.values(row)) {
      if (value instanceof Uint8Array && value.buffer instanceof ArrayBuffer) buffers.push(value.buffer);
    }
  }
  return buffers;
}

function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined;
}

// The one file whose import does something: it is a thread's entry point, never imported by another file.
if (parentPort !== null) serve(parentPort, workerData as WorkerFiles);
