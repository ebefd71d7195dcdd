import {execFile} from 'node:child_process';
import {createServer} from 'node:net';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test from 'ava';
import {COMMANDS} from '../../cli/commands.ts';
import {VERSION} from '../../lib/version.ts';
import {weir} from './io.ts';

const TOKEN = {WEIR_ADMIN_TOKEN: 'admin-not-a-real-token'};

test('--help lists every command; --version says the version', async (t) => {
  const {code, stdout} = await weir(['--help']);
  t.is(code, 0);
  t.deepEqual(
    COMMANDS.filter(({name}) => !stdout.includes(`  weir ${name} `)),
    [],
  );
  t.deepEqual(await weir(['--version']), {code: 0, stdout: `weir ${VERSION}\n`, stderr: ''});
});

test('every command is called what the list calls it, and explains itself with examples', async (t) => {
  for (const {name, load} of COMMANDS) {
    t.is((await load()).name, name);
    const {code, stdout} = await weir([...name.split(' '), '--help']);
    t.is(code, 0);
    t.regex(stdout, new RegExp(`Usage:\\n {2}weir ${name} `));
    t.regex(stdout, /Examples:\n {2}weir /);
  }
});

for (const [title, argv, stderr] of [
  [
    'an unknown command',
    ['aprovals'],
    /^weir: "aprovals" is not a command \(did you mean approvals\?\); see weir --help$/,
  ],
  ['an unknown second word', ['approvals', 'aprove'], /"approvals aprove" is not a command \(did you mean approve\?\)/],
  ['a missing second word', ['fleet'], /^weir: weir fleet needs one of: list, show$/],
  [
    'an unknown flag',
    ['status', '--outptu', 'json'],
    /--outptu is not a flag of weir status \(did you mean --output\?\)/,
  ],
  ['a missing token', ['status'], /--admin-token \(or WEIR_ADMIN_TOKEN\) must be given; see weir status --help$/],
  ['a missing id', ['approvals', 'show', '--admin-token', 'x'], /HOLD must be given: id of the hold/],
  ['an address without port', ['status', '--admin-token', 'x', '--controlplane', 'here'], /"here" is not HOST:PORT/],
  [
    'plaintext to another machine',
    ['status', '--admin-token', 'x', '--insecure', '--controlplane', '192.0.2.1:8443'],
    /--insecure is for loopback addresses/,
  ],
  [
    'a CA file that is not there',
    ['status', '--admin-token', 'x', '--controlplane-ca', '/nowhere/ca.pem'],
    /--controlplane-ca \/nowhere\/ca\.pem cannot be read \(ENOENT\)/,
  ],
  ['neither TLS nor --insecure', ['controlplane', '--repo', '.', '--data', 'x'], /give --tls-cert and --tls-key/],
] as const) {
  test(`${title} is one line on standard error and exit code 2`, async (t) => {
    const ran = await weir(argv);
    t.is(ran.code, 2);
    t.is(ran.stdout, '');
    t.regex(ran.stderr.trimEnd(), stderr);
    t.is(ran.stderr.split('\n').length, 2);
  });
}

test('where nothing listens the command says how to go on', async (t) => {
  const {code, stderr} = await weir(['status', '--controlplane', '127.0.0.1:1', '--insecure'], TOKEN);
  t.is(code, 1);
  t.is(
    stderr,
    'weir: no control plane answers at 127.0.0.1:1; start it, or name it with --controlplane' +
      '; a control plane with a TLS certificate is reached without --insecure\n',
  );
});

test('a plaintext server is told apart from one that is not there', async (t) => {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const {port} = server.address() as {port: number}; // a TCP server that listens has one
  const {code, stderr} = await weir(['status', '--controlplane', `127.0.0.1:${port}`], TOKEN);
  t.is(code, 1);
  t.regex(stderr, /--insecure/);
});

test('the program itself passes on exit codes and survives a reader that leaves', async (t) => {
  const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
  const run = promisify(execFile);
  const failed = await t.throwsAsync<Error & {code: number; stderr: string}>(run(process.execPath, [main, 'nonsense']));
  t.is(failed.code, 2);
  t.regex(failed.stderr, /^weir: "nonsense" is not a command/);
  const piped = await run('sh', ['-c', `"${process.execPath}" "${main}" --help | head -n 1`]);
  t.deepEqual(piped, {stdout: 'Weir governs what programs send to language models.\n', stderr: ''});
});
