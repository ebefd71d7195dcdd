import {chmod, mkdir, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {loadKeys} from '../../controlplane/keys.ts';
import {tempDir} from '../support/temp-dir.ts';

test('keys are made once, readable by their owner only, and are the same on the next start', async (t) => {
  const dataDir = await tempDir(t);
  const first = await loadKeys(dataDir);
  const second = await loadKeys(dataDir);
  t.deepEqual(first.bundle.publicRaw, second.bundle.publicRaw);
  t.deepEqual(first.record.publicRaw, second.record.publicRaw);
  t.deepEqual(first.sessionSecret, second.sessionSecret);
  t.is(first.bundle.publicRaw.length, 32);
  t.is((await stat(join(dataDir, 'keys'))).mode & 0o777, 0o700);
  for (const file of await readdir(join(dataDir, 'keys'))) {
    t.is((await stat(join(dataDir, 'keys', file))).mode & 0o777, 0o600);
  }
});

for (const file of ['bundle-ed25519.pem', 'record-x25519.pem', 'session-secret']) {
  test(`a damaged or missing ${file} is named and never replaced`, async (t) => {
    const dataDir = await tempDir(t);
    await loadKeys(dataDir);
    const path = join(dataDir, 'keys', file);
    const good = await readFile(path, 'utf8');
    await chmod(path, 0o600);
    await writeFile(path, good.slice(0, 40));
    const error = await t.throwsAsync(loadKeys(dataDir), {code: 'CONFIG_INVALID', message: new RegExp(file)});
    t.false(error.message.includes(good.slice(28, 40)));
    await rm(path);
    await t.throwsAsync(loadKeys(dataDir), {code: 'CONFIG_INVALID', message: /ENOENT.*restore it from a backup/});
  });
}

test('a first start that was cut short leaves nothing behind that counts', async (t) => {
  const dataDir = await tempDir(t);
  await loadKeys(dataDir);
  await rm(join(dataDir, 'keys'), {recursive: true});
  await writeFile(join(dataDir, 'unrelated'), '');
  await mkdir(join(dataDir, 'keys.new'));
  await writeFile(join(dataDir, 'keys.new', 'bundle-ed25519.pem'), 'torn');
  await t.notThrowsAsync(loadKeys(dataDir));
});
