import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {startAgent} from '../../agent/server.ts';
import {errorCode} from '../../lib/errors.ts';
import {createLogLines} from '../support/log-lines.ts';
import {tempDir} from '../support/temp-dir.ts';

function options(stateDir: string, listen = '127.0.0.1:0') {
  return {
    controlplane: '127.0.0.1:1',
    transport: {kind: 'insecure'} as const,
    joinToken: 'join-not-a-real-token',
    stateDir,
    listen,
    adminListen: '127.0.0.1:0',
    credentials: [],
    environment: {},
    drainMs: 100,
    log: createLogLines().log,
  };
}

test('an agent that has never joined refuses everything, and says that it is not ready', async (t) => {
  const agent = await startAgent(options(await tempDir(t)));
  t.teardown(agent.stop);
  const response = await fetch(`http://${agent.address}/v1/chat/completions`, {method: 'POST', body: '{}'});
  t.is(response.status, 503);
  t.is(((await response.json()) as {error: {code: string}}).error.code, 'no_bundle');
  const admin = async (path: string) => fetch(`http://${agent.adminAddress}${path}`);
  t.is((await admin('/-/healthz')).status, 200);
  const ready = await admin('/-/readyz');
  t.is(ready.status, 503);
  t.regex(await ready.text(), /^no policy yet/);
  t.is((await admin('/elsewhere')).status, 404);
  const metrics = await (await admin('/-/metrics')).text();
  t.regex(metrics, /^weir_exchanges_total\{outcome="refused"\} 1$/m);
  t.regex(metrics, /^weir_bundle_generation 0$/m);
  await t.throwsAsync(agent.ready(AbortSignal.timeout(50)), {name: 'TimeoutError'});
});

test('a state directory has one agent, and is free again once that one is gone, also by kill -9', async (t) => {
  const stateDir = await tempDir(t);
  const first = await startAgent(options(stateDir));
  await t.throwsAsync(startAgent(options(stateDir)), {code: 'DATA_IN_USE', message: /stop that one first/});
  await first.stop();

  const lock = fileURLToPath(new URL('../../lib/directory-lock.ts', import.meta.url));
  const file = JSON.stringify(join(stateDir, 'lock.sqlite'));
  const script = `const {lockDirectory} = await import(${JSON.stringify(lock)}); globalThis.lock = lockDirectory(${file});
    console.log(lock !== undefined); setInterval(() => {}, 1000);`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', script], {stdio: ['ignore', 'pipe', 'inherit']});
  t.teardown(() => other.kill('SIGKILL'));
  const [said] = (await once(other.stdout, 'data')) as [Buffer];
  t.is(said.toString().trim(), 'true');
  await t.throwsAsync(startAgent(options(stateDir)), {code: 'DATA_IN_USE'});
  other.kill('SIGKILL');
  await once(other, 'exit');
  const next = await startAgent(options(stateDir));
  await next.stop();
});

test('a port that is taken leaves nothing behind', async (t) => {
  const agent = await startAgent(options(await tempDir(t)));
  t.teardown(agent.stop);
  const directory = await tempDir(t);
  const error = await t.throwsAsync(startAgent(options(directory, agent.address)));
  t.is(errorCode(error), 'PORT_IN_USE');
  const again = await startAgent(options(directory));
  await again.stop();
});
