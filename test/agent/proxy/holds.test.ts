import {once} from 'node:events';
import {connect} from 'node:net';
import test from 'ava';
import OpenAI from 'openai';
import type {HoldOutcome} from '../../../agent/approve/hold-client.ts';
import {Action, Outcome} from '../../../proto/gen/weir/record/v1/record.ts';
import {bundleFrom} from '../../support/bundle-from.ts';
import {waitFor} from '../../support/wait.ts';
import {completion, startUpstream} from './fake-upstream.ts';
import {CALLER_KEY, chat, startProxy, testPolicy} from './running-proxy.ts';

const APPROVED: HoldOutcome = {kind: 'approved', holdId: 'hold-1', reviewers: ['ana@example.com']};

async function answering(t: Parameters<typeof startUpstream>[0]) {
  return startUpstream(t, (_request, response) => {
    response.setHeader('content-type', 'application/json').end(completion('hello'));
  });
}

const ASK = 'the financial forecast of TICKET-5';

test('an approved exchange is decided again, sent as it was shown, and recorded with its reviewers', async (t) => {
  const upstream = await answering(t);
  const weir = await startProxy(t, {upstreamUrl: upstream.url, hold: () => Promise.resolve(APPROVED)});
  t.is((await chat(weir.url, ASK)).status, 200);
  const [held] = weir.held;
  t.is(held?.maskedBody, upstream.received[0]?.body);
  t.false(held?.maskedBody.includes('TICKET-5'));
  t.is(held?.binding.prefix.length, 1);
  const {started, released, ended} = await weir.last();
  t.is(started.verdict?.action, Action.APPROVE);
  t.like(released, {holdId: 'hold-1', reviewers: ['ana@example.com']});
  t.like(ended, {outcome: Outcome.COMPLETED, holdId: 'hold-1'});
  t.deepEqual(
    weir.recorder.kept.map(({kind}) => kind),
    ['started', 'released', 'ended'],
  );
});

test('a denied, an expired and a hold that cannot be announced are refused', async (t) => {
  const upstream = await answering(t);
  const outcomes: [HoldOutcome, number, string, Outcome, string][] = [
    [{kind: 'denied', holdId: 'h', reviewers: ['ana'], reason: 'not now'}, 400, 'hold_denied', Outcome.DENIED, 'false'],
    [{kind: 'expired', holdId: 'h'}, 400, 'hold_expired', Outcome.DENIED, 'false'],
    [{kind: 'pending', holdId: 'h', expiresAtMs: 0}, 503, 'hold_pending', Outcome.HELD, 'true'],
    [{kind: 'unavailable', message: 'away'}, 503, 'hold_unavailable', Outcome.HELD, 'true'],
  ];
  for (const [outcome, status, code, recorded, retry] of outcomes) {
    const weir = await startProxy(t, {upstreamUrl: upstream.url, hold: () => Promise.resolve(outcome)});
    const response = await chat(weir.url, ASK);
    t.is(response.status, status);
    t.is(response.headers.get('x-should-retry'), retry);
    const {error} = (await response.json()) as {error: {code: string; message: string}};
    t.is(error.code, code);
    const {ended, released} = await weir.last();
    t.is(ended.outcome, recorded);
    t.deepEqual(released?.reviewers ?? [], outcome.kind === 'denied' ? ['ana'] : []);
  }
  t.is(upstream.received.length, 0);
});

test('a policy that became stricter while an exchange waited wins', async (t) => {
  const upstream = await answering(t);
  const base = testPolicy(upstream.url);
  const changes: [from: string, to: string, code: string][] = [
    ['"project nightfall"', '"financial forecast"', 'project_prohibited'],
    ['reviewers: [finance-leads]', 'reviewers: [board]', 'hold_pending'],
    ["'TICKET-[0-9]+'", "'(TICKET-[0-9]+|forecast)'", 'hold_pending'],
    ['name: billing', 'name: other', 'unauthenticated'],
  ];
  for (const [from, to, code] of changes) {
    const weir = await startProxy(t, {
      upstreamUrl: upstream.url,
      hold: () => {
        let policy = base.replace(from, to);
        if (code === 'unauthenticated') policy = policy.replace(/sha256:[0-9a-f]{64}/, `sha256:${'0'.repeat(64)}`);
        weir.policy = {bundle: bundleFrom(policy), mode: 'FRESH'};
        return Promise.resolve(APPROVED);
      },
    });
    const response = await chat(weir.url, ASK);
    t.is(((await response.json()) as {error: {code: string}}).error.code, code);
  }
  t.is(upstream.received.length, 0);
});

test('a caller that leaves while it is held ends its exchange, not the hold', async (t) => {
  const upstream = await answering(t);
  let wasAborted = false;
  const weir = await startProxy(t, {
    upstreamUrl: upstream.url,
    hold: async (_held, signal) => {
      await once(signal, 'abort');
      wasAborted = true;
      throw signal.reason;
    },
  });
  const leave = new AbortController();
  const call = fetch(`${weir.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {authorization: `Bearer ${CALLER_KEY}`},
    body: JSON.stringify({model: 'm', messages: [{role: 'user', content: ASK}]}),
    signal: leave.signal,
  });
  await waitFor('the hold', 2_000, () => (weir.held.length === 1 ? true : undefined));
  leave.abort();
  await t.throwsAsync(call);
  t.like((await weir.last()).ended, {outcome: Outcome.CLIENT_GONE, status: 0});
  t.true(wasAborted);
});

test('a client that takes interim answers gets them while it waits, others do not', async (t) => {
  const upstream = await answering(t);
  const weir = await startProxy(t, {
    upstreamUrl: upstream.url,
    holdTiming: {interimEveryMs: 20, longestMs: 60_000, silentMs: 60_000},
    hold: async () => new Promise((resolve) => setTimeout(resolve, 150, APPROVED)),
  });
  const client = new OpenAI({apiKey: CALLER_KEY, baseURL: `${weir.url}/v1`, maxRetries: 0});
  const messages = [{role: 'user', content: ASK}] as const;
  const answer = await client.chat.completions.create({model: 'gpt-test', messages: [...messages]});
  t.is(answer.choices[0]?.message.content, 'hello');

  const raw = async (more: string) => {
    const socket = connect(Number(new URL(weir.url).port), '127.0.0.1');
    const body = JSON.stringify({model: 'm', messages});
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${CALLER_KEY}\r\n` +
        `${more}content-length: ${body.length}\r\n\r\n${body}`,
    );
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await once(socket, 'close');
    return text;
  };
  t.regex(await raw('x-stainless-lang: js\r\n'), /^HTTP\/1.1 102 Processing\r\n\r\nHTTP/);
  t.regex(await raw(''), /^HTTP\/1.1 200 /);
  t.regex(await raw('x-stainless-lang: js\r\nvia: 1.1 proxy\r\n'), /^HTTP\/1.1 200 /);
});

test('an approval for one caller releases nothing for another who has the key by then', async (t) => {
  const upstream = await answering(t);
  const base = testPolicy(upstream.url);
  for (const [from, to] of [
    ['subject: "svc:billing"', 'subject: "svc:payroll"'],
    ['groups: [engineering]', 'groups: [engineering, payroll]'],
    ['groups: [engineering]', 'groups: [engineering], datasets: [payroll]'],
  ] as const) {
    const weir = await startProxy(t, {
      upstreamUrl: upstream.url,
      hold: () => {
        weir.policy = {bundle: bundleFrom(base.replace(from, to)), mode: 'FRESH'};
        return Promise.resolve(APPROVED);
      },
    });
    const response = await chat(weir.url, ASK);
    t.is(((await response.json()) as {error: {code: string}}).error.code, 'hold_pending', `with ${to}`);
  }
  t.is(upstream.received.length, 0);
});

test('an approval is bound to what goes to the provider beside the body, but not to what varies by itself', async (t) => {
  const upstream = await answering(t);
  const weir = await startProxy(t, {upstreamUrl: upstream.url, hold: () => Promise.resolve(APPROVED)});
  const ask = async (headers: Record<string, string>, query = '') => {
    const body = JSON.stringify({model: 'm', max_tokens: 1, messages: [{role: 'user', content: ASK}]});
    const sent = {'x-api-key': CALLER_KEY, 'anthropic-version': '2023-06-01', ...headers};
    await fetch(`${weir.url}/v1/messages${query}`, {method: 'POST', headers: sent, body});
    return weir.held.at(-1)?.binding.scope.toString('hex');
  };
  const scope = await ask({});
  t.is(await ask({'x-stainless-retry-count': '1', 'user-agent': 'other', 'x-unknown': 'y'}, '?x=1'), scope);
  t.not(await ask({'anthropic-beta': 'code-execution'}), scope);
  t.not(await ask({'anthropic-version': '2024-01-01'}), scope);
  t.not(await ask({}, '?beta=true'), scope);
});
