import {mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {runWeir, startWeirProcess} from '../support/weir-process.ts';

function flags(t: ExecutionContext): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'weir-main-'));
  t.teardown(() => {
    rmSync(directory, {recursive: true, force: true});
  });
  return [
    'controlplane',
    ...['--repo', join(directory, 'nowhere'), '--data', join(directory, 'data'), '--insecure'],
    ...['--grpc-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0'],
  ];
}

test('the program prints one JSON line with its addresses, and SIGTERM ends it with 0', async (t) => {
  const weir = await startWeirProcess([...flags(t), '--admin-token', 'admin-not-a-real-token']);
  t.like(weir.ready, {ready: true});
  t.regex(String(weir.ready['grpc']), /^127\.0\.0\.1:\d+$/);
  t.regex(String(weir.ready['http']), /^127\.0\.0\.1:\d+$/);
  t.is(await weir.stop(), 0);
  for (const line of weir.log().trim().split('\n')) t.notThrows(() => JSON.parse(line) as unknown);
});

test('the first admin token is shown once, on the terminal', async (t) => {
  const argv = flags(t);
  const first = await startWeirProcess(argv);
  t.is(first.log().match(/^ {4}export WEIR_ADMIN_TOKEN=weir-admin-[\w-]{32}$/gm)?.length, 1);
  await first.stop();
  const second = await startWeirProcess(argv);
  t.false(second.log().includes('WEIR_ADMIN_TOKEN'));
  await second.stop();
});

test('a port in use is one line and exit code 1', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const {port} = server.address() as {port: number}; // a TCP server that listens has one
  const ran = await runWeir([...flags(t), '--grpc-listen', `127.0.0.1:${port}`].toSpliced(6, 2));
  t.is(ran.code, 1);
  t.regex(
    ran.stderr,
    new RegExp(`^weir: 127\\.0\\.0\\.1:${port} is in use by another process; choose another port$`, 'm'),
  );
});
