import test from 'ava';
import type {ListHoldsResponse} from '../../proto/gen/weir/admin/v1/approval.ts';
import {ADMIN, ANA, CAS, held, startPlane} from '../controlplane/approvals/plane.ts';
import {type Ran, weir} from './io.ts';

/** A plane, and `weir approvals …` against it as the owner of a token. */
async function start(t: Parameters<typeof startPlane>[0]) {
  const plane = await startPlane(t, {clock: {nowMs: Date.now()}});
  const run = async (token: string, ...argv: string[]): Promise<Ran> =>
    weir(['approvals', ...argv], {
      WEIR_CONTROLPLANE: plane.address,
      WEIR_INSECURE: 'true',
      WEIR_ADMIN_TOKEN: token,
    });
  return {plane, run};
}

test('an empty list says so', async (t) => {
  const {run} = await start(t);
  t.deepEqual(await run(ADMIN, 'list'), {code: 0, stdout: 'nothing waits for approval\n', stderr: ''});
});

test('the list shows who waits with what for whom', async (t) => {
  const {plane, run} = await start(t);
  const {holdId} = await plane.open(held(['forecast']));
  const {code, stdout} = await run(ANA, 'list');
  t.is(code, 0);
  const [heads, row] = stdout.split('\n');
  t.regex(heads ?? '', /^HOLD +STATE +CALLER +MODEL +RULES +APPROVALS +OPENED +EXPIRES$/);
  const cells = (row ?? '').split(/ {2,}/);
  t.deepEqual(cells.slice(0, 6), [
    holdId.slice(0, 8),
    'open',
    'svc:billing',
    'openai/gpt-test',
    'guard/forecasts',
    '0/1',
  ]);
});

test('a long list is read page by page', async (t) => {
  const {plane, run} = await start(t);
  for (const text of ['one', 'two', 'three']) await plane.open(held([text]));
  const first = await run(ADMIN, 'list', '--limit', '2');
  const [, token = ''] = /^more: add --page-token (\S+)$/m.exec(first.stdout) ?? [];
  const second = await run(ADMIN, 'list', '--limit', '2', '--page-token', token, '--output', 'json');
  const response = JSON.parse(second.stdout) as ListHoldsResponse;
  t.is(response.holds.length, 1);
});

test('show prints the request as it would be sent, and nothing in it reaches the terminal', async (t) => {
  const {plane, run} = await start(t);
  const {holdId} = await plane.open(held(['forecast [REDACTED:key] \u001b[2J\u202e']));
  const {code, stdout} = await run(ANA, 'show', holdId.slice(0, 8));
  t.is(code, 0);
  t.regex(stdout, new RegExp(`^hold: +${holdId}$`, 'm'));
  t.true(stdout.includes('"content": "forecast [REDACTED:key] \\u001b[2J\\u{202e}"'));
  t.true(stdout.includes('finance-leads'));
});

test('approve and deny decide, and say so', async (t) => {
  const {plane, run} = await start(t);
  const one = await plane.open(held(['one']));
  const two = await plane.open(held(['two'], {needs: [{count: 2}]}));
  const three = await plane.open(held(['three']));
  const approved = await run(ANA, 'approve', one.holdId.slice(0, 12));
  t.deepEqual(approved, {code: 0, stdout: `hold ${one.holdId} is approved\n`, stderr: ''});
  const waits = await run(ANA, 'approve', two.holdId);
  t.is(waits.stdout, `hold ${two.holdId} is open; it waits for further reviewers\n`);
  const denied = await run(ANA, 'deny', three.holdId, '--reason', 'too early', '--output', 'yaml');
  t.regex(denied.stdout, /state: HOLD_STATE_DENIED/);
  t.regex((await run(ADMIN, 'show', three.holdId)).stdout, /ana@example\.com +deny .* too early/);
  const all = await run(ADMIN, 'list', '--all');
  t.is(all.stdout.trim().split('\n').length, 4);
});

for (const [title, token, argv, stderr] of [
  ['a hold that is not there', ANA, ['approve', '0000'], /^weir: no hold has the id "0000"; see weir approvals list$/],
  [
    'an unknown token',
    'some-other-token',
    ['list'],
    /^weir: the control plane does not know this token; check --admin/,
  ],
] as const) {
  test(`${title} is one line and exit code 1`, async (t) => {
    const {run} = await start(t);
    const ran = await run(token, ...argv);
    t.is(ran.code, 1);
    t.regex(ran.stderr.trimEnd(), stderr);
  });
}

test('who may not review is told what it takes', async (t) => {
  const {plane, run} = await start(t);
  const {holdId} = await plane.open(held(['forecast']));
  const ran = await run(CAS, 'approve', holdId);
  t.deepEqual(ran, {code: 1, stdout: '', stderr: 'weir: reviewing this needs one of the groups finance-leads\n'});
});
