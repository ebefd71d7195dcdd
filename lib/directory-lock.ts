import {DatabaseSync} from 'node:sqlite';

/** A directory that this process has for itself. */
export interface DirectoryLock {
  readonly release: () => void;
}

const SQLITE_BUSY = 5;

/**
 * Takes an exclusive lock that the operating system gives back when the process dies, however it dies.
 *
 * SQLite's lock on an empty database is the one such lock that Node has: nothing is left to clean up after `kill -9`.
 *
 * @param file made where it does not exist; its directory has to.
 * @returns undefined while another process, or this one, has it.
 */
export function lockDirectory(file: string): DirectoryLock | undefined {
  const lock = new DatabaseSync(file, {timeout: 0});
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive;');
  } catch (error) {
    lock.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
  return {
    release: () => {
      lock.close();
    },
  };
}
