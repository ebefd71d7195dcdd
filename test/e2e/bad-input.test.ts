import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import type {AddressInfo} from 'node:net';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {startRunning} from '../controlplane/running.ts';
import {type Finished, runWeir} from '../support/weir-process.ts';

async function temporary(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-bad-'));
  t.teardown(async () => rm(directory, {recursive: true, force: true}));
  return directory;
}

/** Beside log lines, which are JSON. */
const oneLine = ({stderr}: Finished) => stderr.split('\n').filter((line) => /^[^{]/.test(line)).length === 1;

test('a wrong command, flag or value is a usage error with one line that helps', async (t) => {
  const cases: [argv: string[], says: RegExp][] = [
    [['agnet'], /did you mean agent/],
    [['agent', '--controlplan', 'x'], /--controlplane/],
    [['agent'], /must be given/],
    [['controlplane', '--repo', '.', '--data', 'x', '--poll-interval', 'soon'], /soon.*duration/],
    [['approvals', 'aprove', 'x'], /did you mean approve/],
    [
      'agent --controlplane 127.0.0.1:1 --token x --state x --insecure --credential k=env:NOPE@h'.split(' '),
      /--credential k: environment variable NOPE is not set/,
    ],
  ];
  for (const [argv, says] of cases) {
    const finished = await runWeir(argv);
    t.is(finished.code, 2, `${argv.join(' ')}: ${finished.stderr}`);
    t.regex(finished.stderr, says);
    t.true(oneLine(finished), finished.stderr);
  }
});

test('plaintext gRPC is refused beyond this machine, and neither TLS nor --insecure is a usage error', async (t) => {
  const directory = await temporary(t);
  const base = ['controlplane', '--repo', directory, '--data', join(directory, 'data'), '--http-listen', '127.0.0.1:0'];
  const open = await runWeir([...base, '--grpc-listen', '0.0.0.0:0', '--insecure']);
  t.is(open.code, 2, open.stderr);
  t.true(oneLine(open), open.stderr);
  const neither = await runWeir([...base, '--grpc-listen', '127.0.0.1:0']);
  t.is(neither.code, 2, neither.stderr);
  t.regex(neither.stderr, /--tls-cert/);
});

test('a port in use is named in one line, and the exit code is 1', async (t) => {
  const directory = await temporary(t);
  const taken = createServer().listen(0, '127.0.0.1');
  t.teardown(() => taken.close());
  await once(taken, 'listening');
  const address = `127.0.0.1:${String((taken.address() as AddressInfo).port)}`;
  const finished = await runWeir([
    ...['controlplane', '--repo', directory, '--data', join(directory, 'data'), '--insecure'],
    ...['--grpc-listen', address, '--http-listen', '127.0.0.1:0', '--admin-token', 'not-a-real-token'],
  ]);
  t.is(finished.code, 1, finished.stderr);
  t.true(oneLine(finished), finished.stderr);
  t.regex(finished.stderr, new RegExp(`^weir: .*${address}`, 'm'));
});

test('no control plane, or an unknown token, is one line on standard error', async (t) => {
  const away = await runWeir(['status', '--controlplane', '127.0.0.1:1', '--insecure', '--admin-token', 'x']);
  t.is(away.code, 1);
  t.true(oneLine(away), away.stderr);
  t.regex(away.stderr, /no control plane answers at 127\.0\.0\.1:1/);
});

test('an agent whose join token is not known ends with one line that says so', async (t) => {
  const {plane} = await startRunning(t);
  const state = await temporary(t);
  const finished = await runWeir([
    ...[
      'agent',
      '--controlplane',
      plane.grpcAddress,
      '--token',
      'not-a-known-token-at-all',
      '--state',
      state,
      '--insecure',
    ],
    ...['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'],
  ]);
  t.is(finished.code, 1, finished.stderr);
  t.true(oneLine(finished), finished.stderr);
  t.regex(finished.stderr, /^weir: .*join token/m);
});
