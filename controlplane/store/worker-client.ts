import {Worker} from 'node:worker_threads';
import {WeirError} from '../../lib/errors.ts';
import type {SqlParameter, SqlRow, WorkerAnswer, WorkerFiles, WorkerHello, WorkerRequest} from './worker-protocol.ts';

/** A statement that the database refused. `sqliteCode` is SQLite's extended result code. */
class StatementError extends Error {
  readonly code: string;
  readonly sqliteCode: number;

  constructor(message: string, code: string, sqliteCode: number) {
    super(message);
    this.name = 'StatementError';
    this.code = code;
    this.sqliteCode = sqliteCode;
  }
}

interface StatementResult {
  rows: SqlRow[];
  changes: number | bigint | undefined;
}

/** The database as the event loop sees it: statements go to a thread, in order. */
export interface WorkerClient {
  query: (sql: string, parameters: readonly unknown[]) => Promise<StatementResult>;
  /** Settles when the database is closed and its lock given back. */
  close: () => Promise<void>;
}

interface Waiting {
  resolve: (answer: WorkerAnswer) => void;
  reject: (error: Error) => void;
}

/**
 * Starts the database thread.
 *
 * @throws WeirError DATA_IN_USE while another control plane has the directory open.
 */
export async function startWorker(files: WorkerFiles): Promise<WorkerClient> {
  // Options of the process, such as --input-type, are not for the thread.
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {workerData: files, execArgv: []});
  const hello = await new Promise<WorkerHello>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  if (hello.kind === 'inUse') {
    throw new WeirError('DATA_IN_USE', 'the data directory is open in another control plane; stop that one first');
  }
  if (hello.kind === 'failed') {
    throw new WeirError('CONFIG_INVALID', `the database cannot be opened: ${hello.message}`);
  }
  return createClient(worker);
}

function createClient(worker: Worker): WorkerClient {
  const waiting: Waiting[] = [];
  let gone: Error | undefined;
  const fail = (error: Error) => {
    gone ??= error;
    for (const one of waiting.splice(0)) one.reject(gone);
  };
  worker.on('message', (answer: WorkerAnswer) => {
    waiting.shift()?.resolve(answer);
  });
  worker.on('error', fail);
  worker.on('exit', () => {
    fail(new WeirError('UNAVAILABLE', 'the database is closed'));
  });
  const ask = async (request: WorkerRequest) =>
    new Promise<WorkerAnswer>((resolve, reject) => {
      if (gone !== undefined) {
        reject(gone);
        return;
      }
      waiting.push({resolve, reject});
      worker.postMessage(request);
    });
  return {
    query: async (sql, parameters) => {
      const answer = await ask({kind: 'query', sql, parameters: parameters.map(sqlParameter)});
      if (answer.kind === 'failed') throw new StatementError(answer.message, answer.code, answer.sqliteCode);
      if (answer.kind === 'closed') throw new WeirError('UNAVAILABLE', 'the database is closed');
      return {rows: answer.rows.map(bytesAsBuffers), changes: answer.changes};
    },
    close: async () => {
      if (gone !== undefined) return;
      const exited = new Promise((resolve) => worker.once('exit', resolve));
      await ask({kind: 'close'});
      await exited;
    },
  };
}

/** @throws TypeError for what neither database could store. */
function sqlParameter(value: unknown): SqlParameter {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || value === null) {
    return value;
  }
  // A copy of its own: posting a slice would clone all of the buffer it stands in.
  if (value instanceof Uint8Array) return value.byteLength === value.buffer.byteLength ? value : new Uint8Array(value);
  throw new TypeError(`a ${typeof value} cannot be stored`);
}

function bytesAsBuffers(row: SqlRow): SqlRow {
  for (const [name, value] of Object.entries(row)) {
    if (value instanceof Uint8Array) row[name] = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  return row;
}
