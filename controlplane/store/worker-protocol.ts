/** What a statement may be given; booleans are stored as 0 and 1. */
export type SqlParameter = string | number | bigint | null | Uint8Array;

/** A statement for the worker. Answers come back in the order of the requests. */
export type WorkerRequest = {kind: 'query'; sql: string; parameters: readonly SqlParameter[]} | {kind: 'close'};

export type SqlRow = Record<string, string | number | bigint | null | Uint8Array>;

/** The answer to one request. `changes` is undefined for a statement that returns rows. */
export type WorkerAnswer =
  | {kind: 'result'; rows: SqlRow[]; changes: number | bigint | undefined}
  | {kind: 'failed'; message: string; code: string; sqliteCode: number}
  | {kind: 'closed'};

/** Said once, before any answer: the database is open, or why not. */
export type WorkerHello = {kind: 'open'} | {kind: 'inUse'} | {kind: 'failed'; message: string};

/** Where the worker finds its files. */
export interface WorkerFiles {
  database: string;
  lock: string;
}
