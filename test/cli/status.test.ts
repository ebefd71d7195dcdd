import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {createLogger} from '../../lib/log.ts';
import type {ListAgentsResponse} from '../../proto/gen/weir/admin/v1/fleet.ts';
import {ADMIN, ANA, type Running, startRunning} from '../controlplane/running.ts';
import {startDeliveredAgent} from '../support/delivered-agent.ts';
import {RULES_FILE} from '../support/policies.ts';
import {waitFor} from '../support/wait.ts';
import {type Ran, weir} from './io.ts';

const silent = createLogger({level: 'error', write: () => undefined});

async function run({plane}: Running, argv: readonly string[], token = ADMIN): Promise<Ran> {
  return weir(argv, {WEIR_CONTROLPLANE: plane.grpcAddress, WEIR_INSECURE: 'true', WEIR_ADMIN_TOKEN: token});
}

/** The output of a command once it says what is waited for. */
async function shows(running: Running, argv: readonly string[], what: RegExp): Promise<string> {
  return waitFor(`${argv.join(' ')} to show ${String(what)}`, 30_000, async () => {
    const {stdout} = await run(running, argv);
    return what.test(stdout) ? stdout : undefined;
  });
}

async function startAgent(t: ExecutionContext, running: Running) {
  const stateDir = mkdtempSync(join(tmpdir(), 'weir-agent-'));
  const agent = await startDeliveredAgent({address: running.plane.grpcAddress, stateDir, log: silent});
  t.teardown(async () => {
    await agent.stop();
    rmSync(stateDir, {recursive: true, force: true});
  });
  return agent;
}

test('status shows what is served, then every problem of a commit that is refused', async (t) => {
  const running = await startRunning(t, {pollIntervalMs: 100});
  const served = await shows(running, ['status'], /ready: the newest commit is served/);
  t.regex(served, /^serving: +generation 1 of .* "Add policies", \d+ rules in \d+ documents$/m);
  t.regex(served, /^agents: +0 of 0 connected agents/m);
  const commit = await running.repository.push(
    {[RULES_FILE]: 'apiVersion: weir/v1\nkind: Policy\nmetadata: {name: broken}\nspec:\n  rulez: []\n'},
    'Break it',
  );
  const refused = await shows(running, ['status'], /was refused/);
  t.regex(refused, /^serving: +generation 1 of/m);
  t.regex(refused, new RegExp(`^commit ${commit} was refused \\(.*\\), \\d+ problems?:$`, 'm'));
  t.regex(refused, /^ {2}policies\/guard\.yaml:\d+:\d+: .*rulez.* \[\w+\]$/m);
  const json = JSON.parse((await run(running, ['status', '--output', 'json'])).stdout) as {state: string};
  t.is(json.state, 'RECONCILE_STATE_STALLED');
});

test('a repository that cannot be reached shows as retrying, with the error', async (t) => {
  const running = await startRunning(t, {repository: '/nowhere/policies.git'});
  const text = await shows(running, ['status'], /retrying/);
  t.regex(text, /^serving: +nothing: agents without a bundle refuse all traffic$/m);
  t.regex(text, /^last error: +\S/m);
});

test('the fleet shows each agent with its labels and what it enforces', async (t) => {
  const running = await startRunning(t, {pollIntervalMs: 100});
  t.regex((await run(running, ['fleet', 'list'])).stdout, /no agent has joined yet/);
  const {session} = await startAgent(t, running);
  const table = await shows(running, ['fleet', 'list'], /in sync/);
  t.regex(table, new RegExp(`^${session.uid.slice(0, 8)} +connected +env=test +0\\.0\\.0 +generation 1, in sync`, 'm'));
  const shown = await run(running, ['fleet', 'show', session.uid.slice(0, 8)]);
  t.regex(shown.stdout, new RegExp(`^agent: +${session.uid}$`, 'm'));
  const json = await run(running, ['fleet', 'list', '--output', 'json']);
  t.is((JSON.parse(json.stdout) as ListAgentsResponse).agents.length, 1);
  t.regex((await run(running, ['status'])).stdout, /^agents: +1 of 1 connected agents/m);
});

test('an agent that is not there, and a token that may not see it, are one line', async (t) => {
  const running = await startRunning(t);
  const absent = await run(running, ['fleet', 'show', '0000']);
  t.deepEqual([absent.code, absent.stderr], [1, "weir: no agent's uid starts with 0000\n"]);
  const forbidden = await run(running, ['fleet', 'list'], ANA);
  t.deepEqual([forbidden.code, forbidden.stderr], [1, 'weir: this needs a full administrator\n']);
});
