import {close, constants, fdatasync, fstatSync, open, write, writev} from 'node:fs';
import {open as openHandle, readdir, rename, unlink} from 'node:fs/promises';
import {promisify} from 'node:util';
import {makeDirectoryDurably, syncDirectory} from './durable-file.ts';

/** A file that only grows. */
export interface AppendFile {
  /** Writes at the end. The bytes are not durable yet. */
  readonly append: (parts: readonly Buffer[]) => Promise<void>;
  /** Makes all that was appended durable. After it rejected, nothing more can be known of this file: abandon it. */
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * The few things durable code does with files, so that a test can put a layer below it that forgets.
 *
 * A new, renamed or removed name is durable only after `syncDirectory`.
 */
export interface FileLayer {
  readonly makeDirectory: (path: string) => Promise<void>;
  /** Names of the plain files in a directory. */
  readonly list: (path: string) => Promise<string[]>;
  readonly sizeOf: (path: string) => Promise<number>;
  /** At most `length` bytes from `offset`; fewer at the end of the file. */
  readonly read: (path: string, offset: number, length: number) => Promise<Buffer>;
  /** @throws if the file exists. */
  readonly create: (path: string) => Promise<AppendFile>;
  /** Cuts a file off and makes its remaining content durable. */
  readonly truncate: (path: string, sizeBytes: number) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
  readonly syncDirectory: (path: string) => Promise<void>;
}

/**
 * Linux makes every write durable before it returns: half as many turns of the thread pool as a sync behind each. Where
 * the flag is missing, or (as on macOS) says less than a sync, a sync does it.
 */
const WRITE_THROUGH = process.platform === 'linux' ? constants.O_DSYNC : 0;

const openFile = promisify(open);
const closeFile = promisify(close);
const syncFile = promisify(fdatasync);

/** The real disk. Files are readable by their owner only. */
export const diskFiles: FileLayer = {
  makeDirectory: makeDirectoryDurably,
  list: async (path) => {
    const entries = await readdir(path, {withFileTypes: true});
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  },
  sizeOf: async (path) => withFile(path, 'r', async (file) => (await file.stat()).size),
  read: async (path, offset, length) =>
    withFile(path, 'r', async (file) => {
      const bytes = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const {bytesRead} = await file.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    }),
  create: async (path) => {
    const fd = await openFile(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND | WRITE_THROUGH,
      0o600,
    );
    return {
      append: async (parts) => appendAll(fd, parts),
      sync: async () => {
        if (WRITE_THROUGH === 0) await syncFile(fd);
        // What has no name any more is gone with this process: it is not durable.
        if (fstatSync(fd).nlink === 0) throw new Error(`${path} was deleted while it was written`);
      },
      close: async () => closeFile(fd),
    };
  },
  truncate: async (path, sizeBytes) =>
    withFile(path, 'r+', async (file) => {
      await file.truncate(sizeBytes);
      await file.datasync();
    }),
  rename,
  remove: unlink,
  syncDirectory,
};

/** Whether an error says that a file or directory does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Writes every part whole: a short write is gone on with. */
async function appendAll(fd: number, parts: readonly Buffer[]): Promise<void> {
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
  let written = await new Promise<number>((resolve, reject) => {
    writev(fd, parts, null, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
  if (written === sizeBytes) return;
  const all = Buffer.concat(parts);
  while (written < sizeBytes) {
    written += await new Promise<number>((resolve, reject) => {
      write(fd, all, written, sizeBytes - written, null, (error, count) => {
        if (error === null) resolve(count);
        else reject(error);
      });
    });
  }
}

async function withFile<Result>(
  path: string,
  flags: 'r' | 'r+',
  work: (file: Awaited<ReturnType<typeof openHandle>>) => Promise<Result>,
): Promise<Result> {
  const file = await openHandle(path, flags);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
