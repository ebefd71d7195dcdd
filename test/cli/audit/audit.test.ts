import {Readable} from 'node:stream';
import test, {type ExecutionContext} from 'ava';
import {wholeContent} from '../../../agent/record/content.ts';
import {exchangesCommand} from '../../../cli/audit/exchanges.ts';
import {filterOf} from '../../../cli/audit/filter-flags.ts';
import {indentedJson} from '../../../cli/audit/indented-json.ts';
import {replayCommand} from '../../../cli/audit/replay.ts';
import {sessionsCommand} from '../../../cli/audit/sessions.ts';
import {showCommand} from '../../../cli/audit/show.ts';
import {createStreamText} from '../../../cli/audit/stream-text.ts';
import type {Command} from '../../../cli/command.ts';
import {Action} from '../../../proto/gen/weir/record/v1/record.ts';
import {ended, exchangeId, started, verdict} from '../../agent/record/records.ts';
import {ADMIN_TOKEN, startAudit} from '../../controlplane/audit/audit-server.ts';

/** Runs commands against an audit API that holds one masked exchange and one blocked one. */
async function startCli(t: ExecutionContext): Promise<(command: Command, ...argv: string[]) => Promise<string>> {
  const {address, recorder, shipped} = await startAudit(t);
  const sse =
    'data: {"choices":[{"delta":{"content":"Hello "}}]}\n\ndata: {"choices":[{"delta":{"content":"[MASKED]"}}]}\n\n';
  await recorder.started(started(1, {verdict: verdict(Action.MASK, ['keep-secrets-in/api-keys'])}));
  const chunks = [
    {deltaMicros: 1_000, sizeBytes: 60},
    {deltaMicros: 1_000, sizeBytes: sse.length - 60},
  ];
  await recorder.ended(ended(1, {response: wholeContent('text/event-stream', Buffer.from(sse)), chunks}));
  await recorder.started(started(2, {verdict: verdict(Action.BLOCK, ['data/hr'])}));
  await shipped();
  return async (command, ...argv) => {
    let printed = '';
    const stdout = {
      write: (chunk: string | Uint8Array) => {
        printed += String(chunk);
      },
    };
    const {signal} = new AbortController();
    const stdin = () => Readable.from([]);
    const io = {stdout, stderr: stdout, stdin, env: {}, signal, isTTY: false, columns: 120};
    const connection = ['--controlplane', address, '--admin-token', ADMIN_TOKEN, '--insecure'];
    t.is(await command.run([...argv, ...connection], io), 0);
    return printed;
  };
}

test('exchanges are listed as a table, narrowed down by flags', async (t) => {
  const run = await startCli(t);
  const lines = (await run(exchangesCommand)).trimEnd().split('\n');
  t.is(lines.length, 3);
  t.regex(lines[0] ?? '', /^STARTED +EXCHANGE +CALLER +MODEL +VERDICT +OUTCOME +TOKENS +TOOK +RULES/);
  t.regex(lines[1] ?? '', /svc:billing +openai\/gpt-test +block +running .*data\/hr$/);
  t.regex(lines[2] ?? '', /mask +completed +200 +10\/5 +50 ms +keep-secrets-in\/api-keys$/);
  const masked = await run(
    exchangesCommand,
    '--verdict',
    'mask',
    '--caller',
    'svc:*',
    '--filter',
    'status = 200 OR status = 1',
  );
  t.is(masked.trimEnd().split('\n').length, 2);
  t.is((await run(exchangesCommand, '--rule', 'keep-secrets-in')).trimEnd().split('\n').length, 2);
  const typo = await t.throwsAsync(run(exchangesCommand, '--filter', 'stauts = 200'));
  t.regex(typo.message, /^filter, column 1: there is no field "stauts"/);
  t.is(await run(exchangesCommand, '--since', '1h', '--model', 'none'), 'no exchanges\n');
  const json = JSON.parse(await run(exchangesCommand, '--output', 'json', '--limit', '1')) as {exchanges: unknown[]};
  t.like(json.exchanges[0], {exchangeId: exchangeId(2), verdict: {action: 'ACTION_BLOCK'}});
});

test('sessions are listed with what they sum up to', async (t) => {
  const run = await startCli(t);
  t.regex(await run(sessionsCommand), /session-1 +svc:billing +2 +10\/5 +block +gpt-test\n$/);
});

test('one exchange is shown with verdict, rules, commit, request and response', async (t) => {
  const run = await startCli(t);
  const page = await run(showCommand, exchangeId(1));
  for (const part of [
    /Caller: +svc:billing engineering\n/,
    /Commit: +c0ffee0+\n/,
    /Verdict: mask\n {2}keep-secrets-in\/api-keys: mask, email in prompt ×1\n/,
    /Request \(\d+ bytes\):\n\{\n {2}"prompt": "number 1"\n\}\n/,
    /Response \(\d+ bytes\):\ndata: /,
  ]) {
    t.regex(page, part);
  }
});

test('a replay shows the text as it came, between what happened', async (t) => {
  const run = await startCli(t);
  const played = await run(replayCommand, exchangeId(1), '--speed', '0');
  t.regex(
    played,
    /── request\n[^]*── 0 µs {2}verdict mask\n── +keep-secrets-in[^]*\nHello \[MASKED\]\n── 50 ms {2}completed\n$/,
  );
  t.regex(await run(replayCommand, exchangeId(1), '--speed', '0', '--raw'), /data: \{"choices"/);
});

test('flags become a filter whose values cannot break out of it', (t) => {
  t.is(
    filterOf({caller: 'a" OR caller.subject = "b', since: 1_000}, 1_795_000_000_000),
    'caller.subject = "a\\" OR caller.subject = \\"b" AND started_at >= "2026-11-18T11:06:39.000Z"',
  );
});

test('JSON is laid out over lines without touching a token', (t) => {
  t.is(
    indentedJson('{"a":[1e400,"x:{}",{}],"b":[]}'),
    '{\n  "a": [\n    1e400,\n    "x:{}",\n    {}\n  ],\n  "b": []\n}',
  );
  t.is(indentedJson('not json'), 'not json');
});

test('the text of a stream does not depend on where its chunks are cut', (t) => {
  const bytes = Buffer.from(
    'event: content_block_delta\ndata: {"delta":{"text":"häl"}}\n\ndata: {"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"{}"}}]}}]}\n\ndata: [DONE]\n\n',
  );
  for (let size = 1; size < 20; size++) {
    const text = createStreamText();
    let seen = '';
    for (let at = 0; at < bytes.length; at += size) seen += text(bytes.subarray(at, at + size));
    t.is(seen, 'häl{}');
  }
  t.is(createStreamText()(Buffer.from('{"a":1}')), '{"a":1}');
});
