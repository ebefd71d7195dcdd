import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';

/** A directory that goes with the test. */
export async function tempDir(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-test-'));
  t.teardown(async () => {
    await rm(directory, {recursive: true, force: true, maxRetries: 3});
  });
  return directory;
}
