import {readdir, readFile, stat} from 'node:fs/promises';
import {join, relative, sep} from 'node:path';
import {isPolicyFile, type SourceFile} from '../../engine/language/draft.ts';
import {WeirError} from '../../lib/errors.ts';

const MAX_FILES = 10_000;
const MAX_TOTAL_BYTES = 67_108_864;

/**
 * The policy files under a directory, with `/` in their paths. Symbolic links are not followed.
 *
 * @throws WeirError USAGE where there is no such directory, or more in it than a policy repository holds.
 */
export async function readRepository(directory: string): Promise<SourceFile[]> {
  const found = await stat(directory).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    throw new WeirError('USAGE', `"${directory}" is not a directory; name the folder that holds the policies`);
  }
  const paths = await policyPaths(directory);
  const files: SourceFile[] = [];
  let totalBytes = 0;
  for (const path of paths) {
    const text = await readFile(join(directory, path), 'utf8');
    totalBytes += Buffer.byteLength(text);
    if (totalBytes > MAX_TOTAL_BYTES) throw new WeirError('USAGE', `"${directory}" holds over 64 MiB of YAML`);
    files.push({path, text});
  }
  return files;
}

async function policyPaths(directory: string): Promise<string[]> {
  const paths: string[] = [];
  const pending = [directory];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const entry of await readdir(next, {withFileTypes: true})) {
      const full = join(next, entry.name);
      if (entry.name === 'node_modules') continue;
      if (entry.isDirectory() && !entry.name.startsWith('.')) pending.push(full);
      const path = relative(directory, full).split(sep).join('/');
      if (entry.isFile() && isPolicyFile(path)) paths.push(path);
    }
    if (paths.length > MAX_FILES) throw new WeirError('USAGE', `"${directory}" holds over ${MAX_FILES} YAML files`);
  }
  return paths.toSorted();
}
