import {randomBytes} from 'node:crypto';
import {mkdir, open, rename, rm} from 'node:fs/promises';
import {dirname, resolve} from 'node:path';

/**
 * Replaces a file so that a reader, also one after a power cut, sees the old bytes or the new ones, whole.
 *
 * @param mode permission bits of the new file, such as 0o600.
 */
export async function writeFileDurably(path: string, bytes: Uint8Array | string, mode: number): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, {force: true});
    throw error;
  }
  // Commit point: a rename is durable only once its directory is.
  await syncDirectory(dirname(path));
}

/** Makes a directory and those above it that are missing, each readable by its owner only, and their names durable. */
export async function makeDirectoryDurably(path: string): Promise<void> {
  const full = resolve(path);
  const topmost = await mkdir(full, {recursive: true, mode: 0o700});
  if (topmost === undefined) {
    // It may have been made just before the power went. Where its parent may not be read, it was not made here.
    await syncDirectory(dirname(full)).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EACCES')) throw error;
    });
    return;
  }
  for (let made = full; ; made = dirname(made)) {
    await syncDirectory(dirname(made));
    if (made === topmost) return;
  }
}

/** Makes the names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
