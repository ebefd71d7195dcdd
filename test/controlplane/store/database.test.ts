import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {statSync} from 'node:fs';
import {join} from 'node:path';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import {DatabaseSync} from 'node:sqlite';
import test from 'ava';
import {openStore} from '../../../controlplane/store/database.ts';
import {createLogger} from '../../../lib/log.ts';
import {tempDir} from '../../support/temp-dir.ts';

const log = createLogger({level: 'error', write: () => undefined});
const bytes = (text: string) => Buffer.from(text);

test('what was stored is there after a restart, and migrations run once', async (t) => {
  const dataDir = await tempDir(t);
  const first = await openStore({dataDir, log});
  await first.db
    .insertInto('blobs')
    .values({sha256: bytes('name'), bytes: bytes('blob')})
    .execute();
  await first.close();
  const second = await openStore({dataDir, log});
  t.teardown(second.close);
  t.deepEqual(await second.db.selectFrom('blobs').selectAll().execute(), [
    {sha256: bytes('name'), bytes: bytes('blob')},
  ]);
});

test('a data directory of a newer version is refused with what to do', async (t) => {
  const dataDir = await tempDir(t);
  const store = await openStore({dataDir, log});
  await store.close();
  const raw = new DatabaseSync(join(dataDir, 'weir.sqlite'));
  raw.exec(`insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '')`);
  raw.close();
  const error = await t.throwsAsync(openStore({dataDir, log}), {code: 'DATA_NEWER'});
  t.regex(error.message, /newer version of Weir \(migration 9999-from-the-future\); start that version/);
});

test('two control planes cannot share a data directory, in one process or in two', async (t) => {
  const dataDir = await tempDir(t);
  const store = await openStore({dataDir, log});
  await t.throwsAsync(openStore({dataDir, log}), {code: 'DATA_IN_USE'});
  const script = `
    import {openStore} from './controlplane/store/database.ts';
    import {createLogger} from './lib/log.ts';
    const log = createLogger({level: 'error', write: () => undefined});
    const open = () => openStore({dataDir: ${JSON.stringify(dataDir)}, log});
    open().then(() => { console.log('open'); setInterval(() => {}, 1000); }, (error) => { console.log(error.code); });
  `;
  const other = async () => {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.teardown(() => child.kill('SIGKILL'));
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return {child, said: line.toString().trim()};
  };
  t.is((await other()).said, 'DATA_IN_USE');
  await store.close();
  const holder = await other();
  t.is(holder.said, 'open');
  const exited = once(holder.child, 'exit');
  holder.child.kill('SIGKILL');
  await exited;
  const again = await openStore({dataDir, log});
  t.teardown(again.close);
  t.truthy(again.db, 'a killed process gives the directory back');
});

test('the data directory is readable by its owner only', async (t) => {
  const dataDir = join(await tempDir(t), 'made', 'here');
  const store = await openStore({dataDir, log});
  t.teardown(store.close);
  t.is(statSync(dataDir).mode & 0o777, 0o700);
});

test('a data directory that cannot be made is one clear error', async (t) => {
  await t.throwsAsync(openStore({dataDir: '/dev/null/here', log}), {
    code: 'CONFIG_INVALID',
    message: /data directory \/dev\/null\/here cannot be made \(ENOTDIR\)/,
  });
});

test('a transaction is whole, and no other statement comes between', async (t) => {
  const store = await openStore({dataDir: await tempDir(t), log});
  t.teardown(store.close);
  const {db} = store;
  const add = async (name: string) =>
    db.transaction().execute(async (trx) => {
      await trx
        .insertInto('blobs')
        .values({sha256: bytes(name), bytes: bytes('1')})
        .execute();
      const {length} = await trx.selectFrom('blobs').select('sha256').execute();
      if (length > 1) throw new Error('only one');
    });
  const outcomes = await Promise.allSettled([add('a'), add('b'), db.selectFrom('blobs').selectAll().execute()]);
  t.deepEqual(
    outcomes.map(({status}) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  t.is((await db.selectFrom('blobs').selectAll().execute()).length, 1);
});

test('a slice of a large buffer is stored alone', async (t) => {
  const store = await openStore({dataDir: await tempDir(t), log});
  t.teardown(store.close);
  const large = Buffer.alloc(1_000_000, 7);
  await store.db
    .insertInto('blobs')
    .values({sha256: large.subarray(5, 37), bytes: large.subarray(0, 0)})
    .execute();
  const [row] = await store.db.selectFrom('blobs').selectAll().execute();
  t.deepEqual(row, {sha256: Buffer.alloc(32, 7), bytes: Buffer.alloc(0)});
});

test('the event loop goes on while the database works', async (t) => {
  const store = await openStore({dataDir: await tempDir(t), log});
  t.teardown(store.close);
  const delay = monitorEventLoopDelay({resolution: 1});
  const count = store.db
    .withRecursive('numbers(n)', (db) =>
      db
        .selectNoFrom((eb) => eb.lit(1).as('n'))
        .unionAll(
          db
            .selectFrom('numbers')
            .select((eb) => eb('numbers.n', '+', 1).as('n'))
            .where('numbers.n', '<', 2_000_000),
        ),
    )
    .selectFrom('numbers')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  delay.enable();
  const startedMs = performance.now();
  t.is((await count).count, 2_000_000);
  delay.disable();
  const tookMs = performance.now() - startedMs;
  t.true(delay.percentile(50) / 1e6 < tookMs / 4, `median delay ${delay.percentile(50) / 1e6} of ${tookMs} ms`);
});
