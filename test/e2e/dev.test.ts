import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import type {AddressInfo} from 'node:net';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {waitFor} from '../support/wait.ts';
import {cleanEnv, MAIN, runWeir} from '../support/weir-process.ts';

const ANY_PORT = ['--listen', '--admin-listen', '--model-listen', '--grpc-listen', '--http-listen'].flatMap((flag) => [
  flag,
  '127.0.0.1:0',
]);

async function temporary(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-dev-'));
  t.teardown(async () => rm(directory, {recursive: true, force: true}));
  return directory;
}

test('the tour shows an ordinary, a masked, a held and a blocked call with their records, twice on the same data', async (t) => {
  const data = await temporary(t);
  const first = await runWeir(['dev', '--tour', '--data', data, ...ANY_PORT]);
  t.is(first.code, 0, `${first.stdout}${first.stderr}`);
  t.regex(first.stdout, /record +allow, completed · no rule matched/);
  t.regex(first.stdout, /model received +Use \[REDACTED:api-keys\] and write to \[email\]\./);
  t.regex(first.stdout, /record +mask, completed · keep-secrets-in\/api-keys, personal-data\/contact-and-payment/);
  t.regex(first.stdout, /record +approve, completed · forecasts\/financial-forecast · approved by admin/);
  t.regex(first.stdout, /model received +nothing\n +caller got +400 HR records may not be embedded/);
  t.regex(first.stdout, /record +block, blocked · data-sets\/hr-records/);
  t.false(first.stdout.includes('\u001b'), 'no colour where no terminal is');

  // Ports of its own: somebody else may have the ones of `weir dev`, and if nobody has, this test does.
  const other = createServer().on('error', () => undefined);
  other.listen(8787, '127.0.0.1');
  t.teardown(() => other.close());
  const second = await runWeir(['dev', '--tour', '--data', data]);
  t.is(second.code, 0, `${second.stdout}${second.stderr}`);
  t.regex(second.stdout, /an earlier approval still covers it/);
});

test('it prints what to paste, stops at Ctrl-C even when that arrives twice, and keeps its keys', async (t) => {
  const data = await temporary(t);
  const start = async () => {
    const child = spawn(process.execPath, [MAIN, 'dev', '--data', data, ...ANY_PORT], {
      env: cleanEnv(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    const exited = once(child, 'exit');
    await waitFor('the introduction', 30_000, () => printed.includes('Ctrl-C stops') || undefined);
    child.kill('SIGINT');
    child.kill('SIGINT');
    const [code] = (await exited) as [number | null];
    return {code, printed};
  };
  const first = await start();
  t.is(first.code, 0);
  t.is(first.printed.match(/^curl /gm)?.length, 3);
  t.is(first.printed.match(/^\( \(curl /gm)?.length, 1);
  t.regex(first.printed, /^npx weir audit exchanges /m);
  const keyOf = (text: string) => /weir_demo_[0-9a-f]+/.exec(text)?.[0];
  t.is(keyOf((await start()).printed), keyOf(first.printed));

  const log = await readFile(join(data, 'weir.log'), 'utf8');
  t.true(log.includes('"bundle active"'));
  t.false(log.includes(keyOf(first.printed) ?? ''), 'no key in the log');
});

test('a port that is taken is named with the flag that moves it', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  t.teardown(() => taken.close());
  await once(taken, 'listening');
  const address = `127.0.0.1:${String((taken.address() as AddressInfo).port)}`;
  const finished = await runWeir(['dev', '--data', await temporary(t), ...ANY_PORT.slice(2), '--listen', address]);
  t.is(finished.code, 1);
  t.is(finished.stdout, '');
  t.is(finished.stderr.trimEnd().split('\n').length, 1);
  t.true(finished.stderr.includes(address) && finished.stderr.includes('--listen'), finished.stderr);
});
