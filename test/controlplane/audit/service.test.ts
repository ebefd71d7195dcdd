import {randomBytes} from 'node:crypto';
import test from 'ava';
import {wholeContent} from '../../../agent/record/content.ts';
import {bearer, callUnary} from '../../../lib/grpc/client.ts';
import type {ListExchangesResponse, ReplayExchangeResponse} from '../../../proto/gen/weir/audit/v1/audit.ts';
import {Action, CallerKind, Outcome} from '../../../proto/gen/weir/record/v1/record.ts';
import {ended, exchangeId, started, verdict} from '../../agent/record/records.ts';
import {ADMIN_TOKEN, type AuditServer, startAudit} from './audit-server.ts';

const call = {metadata: bearer(ADMIN_TOKEN), timeoutMs: 10_000};
const {signal} = new AbortController();

async function list({client}: AuditServer, filter = '', pageSize = 0, pageToken = ''): Promise<ListExchangesResponse> {
  return callUnary(client.listExchanges.bind(client), {filter, pageSize, pageToken}, call, signal);
}

/** Numbers of the exchanges, in the order of the answer. */
function numbers({exchanges}: ListExchangesResponse): number[] {
  return exchanges.map((exchange) => Number.parseInt(exchange.exchangeId.slice(-12), 16));
}

async function play({client}: AuditServer, number: number, speed: number): Promise<ReplayExchangeResponse[]> {
  const events: ReplayExchangeResponse[] = [];
  const stream = client.replayExchange({exchangeId: exchangeId(number), speed}, call.metadata);
  for await (const event of stream as AsyncIterable<ReplayExchangeResponse>) events.push(event);
  return events;
}

test('every field of the filter finds what it names', async (t) => {
  const audit = await startAudit(t);
  const {recorder} = audit;
  await recorder.started(started(1));
  await recorder.ended(ended(1));
  const other = {
    subject: 'ana@example.com',
    groups: ['finance'],
    kind: CallerKind.OIDC,
    authority: 'corp',
    datasets: [],
  };
  const masked = verdict(Action.MASK, ['keep-secrets-in/api-keys']);
  await recorder.started(
    started(2, {caller: other, verdict: masked, provider: 'anthropic', model: 'claude-test', sessionId: 'session-2'}),
  );
  await recorder.ended(ended(2, {status: 502, outcome: Outcome.UPSTREAM_ERROR, usage: undefined}));
  await recorder.started(
    started(3, {operation: 'embeddings', verdict: {...verdict(Action.BLOCK), commit: 'beef'.repeat(10)}}),
  );
  await audit.shipped();
  const cases: readonly (readonly [filter: string, found: readonly number[]])[] = [
    ['', [3, 2, 1]],
    [`exchange_id = "${exchangeId(2)}"`, [2]],
    ['session_id = session-2', [2]],
    ['caller.subject = "svc:billing"', [3, 1]],
    ['caller.subject = ana*', [2]],
    ['caller.group : finance', [2]],
    ['caller.group != finance', [3, 1]],
    ['agent = 11111111-*', [3, 2, 1]],
    ['provider = anthropic', [2]],
    ['model = gpt-*', [3, 1]],
    ['operation = embeddings', [3]],
    ['verdict = MASK', [2]],
    ['verdict != MASK', [3, 1]],
    ['outcome = UPSTREAM_ERROR', [2]],
    ['rule = api-keys', [2]],
    ['rule = keep-secrets-in/api-keys', [2]],
    ['rule = other/api-keys', []],
    ['rule : api-*', [2]],
    ['commit = beefbeef', [3]],
    ['status >= 500', [2]],
    [`started_at > "${new Date(1_795_000_000_001).toISOString()}"`, [3, 2]],
    ['input_tokens > 0 AND output_tokens = 5', [1]],
    ['provider = anthropic OR operation = embeddings', [3, 2]],
    ['NOT (provider = anthropic OR operation = embeddings)', [1]],
  ];
  for (const [filter, found] of cases) t.deepEqual(numbers(await list(audit, filter)), found, filter);
});

test('pages neither repeat nor skip an exchange while new ones arrive', async (t) => {
  const audit = await startAudit(t);
  for (let number = 1; number <= 25; number++) await audit.recorder.started(started(number));
  await audit.shipped();
  const seen: number[] = [];
  let pageToken = '';
  for (let page = 0; page === 0 || pageToken !== ''; page++) {
    const answer = await list(audit, 'verdict = ALLOW', 10, pageToken);
    seen.push(...numbers(answer));
    pageToken = answer.nextPageToken;
    await audit.recorder.started(started(100 + page));
    await audit.shipped();
  }
  t.deepEqual(
    seen,
    Array.from({length: 25}, (_, index) => 25 - index),
  );
});

test('a page token of another filter, a wrong filter and a wrong token are refused', async (t) => {
  const audit = await startAudit(t);
  for (let number = 1; number <= 3; number++) await audit.recorder.started(started(number));
  await audit.shipped();
  const {nextPageToken} = await list(audit, '', 2);
  await t.throwsAsync(list(audit, 'status = 1', 2, nextPageToken), {
    code: 'INVALID_ARGUMENT',
    message: /another filter/,
  });
  await t.throwsAsync(list(audit, '', 2, 'rubbish'), {code: 'INVALID_ARGUMENT', message: /page_token/});
  await t.throwsAsync(list(audit, 'status = x'), {code: 'INVALID_ARGUMENT', message: /filter, column 10/});
  await t.throwsAsync(list(audit, '', -1), {code: 'INVALID_ARGUMENT'});
});

test('records are read with an admin token only', async (t) => {
  const {client} = await startAudit(t);
  const stranger = {metadata: bearer('someone-else'), timeoutMs: 10_000};
  const request = {filter: '', pageSize: 0, pageToken: ''};
  await t.throwsAsync(callUnary(client.listExchanges.bind(client), request, stranger, signal), {
    code: 'UNAUTHENTICATED',
  });
  await t.throwsAsync(callUnary(client.listSessions.bind(client), request, stranger, signal), {
    code: 'UNAUTHENTICATED',
  });
  const get = callUnary(client.getExchange.bind(client), {exchangeId: exchangeId(1)}, stranger, signal);
  await t.throwsAsync(get, {code: 'UNAUTHENTICATED'});
});

test('an exchange comes back with all of its content, and says so where it does not fit', async (t) => {
  const audit = await startAudit(t);
  const request = randomBytes(400_000);
  const response = randomBytes(2_000_000);
  await audit.recorder.started(started(1, {request: wholeContent('a/b', request)}));
  await audit.recorder.ended(ended(1, {response: wholeContent('a/b', response)}));
  await audit.shipped();
  const get = audit.client.getExchange.bind(audit.client);
  const answer = await callUnary(get, {exchangeId: exchangeId(1)}, call, signal);
  t.deepEqual(answer.request, request);
  t.false(answer.requestTruncated);
  t.deepEqual(answer.response, response.subarray(0, 1.5 * 1024 * 1024));
  t.true(answer.responseTruncated);
  t.like(answer.exchange, {requestSizeBytes: 400_000n, responseSizeBytes: 2_000_000n, agentLabels: {env: 'test'}});
  const events = await play(audit, 1, 0);
  t.deepEqual(Buffer.concat(events.flatMap(({event}) => (event?.$case === 'chunk' ? [event.value] : []))), response);
  await t.throwsAsync(callUnary(get, {exchangeId: exchangeId(9)}, call, signal), {code: 'NOT_FOUND'});
});

test('a replay shows the hold and every chunk at its time', async (t) => {
  const audit = await startAudit(t);
  const held = verdict(Action.APPROVE, ['finance/forecasts']);
  const at = (ms: number) => new Date(1_795_000_000_001 + ms);
  await audit.recorder.started(started(1, {verdict: held, stream: true}));
  await audit.recorder.released({
    exchangeId: exchangeId(1),
    holdId: 'hold-1',
    releasedAt: at(100),
    verdict: verdict(Action.MASK, ['finance/forecasts']),
    request: undefined,
    reviewers: ['ana@example.com'],
  });
  const chunks = [
    {deltaMicros: 150_000, sizeBytes: 3},
    {deltaMicros: 50_000, sizeBytes: 4},
  ];
  await audit.recorder.ended(
    ended(1, {
      endedAt: at(210),
      response: wholeContent('text/plain', Buffer.from('onetwo.')),
      chunks,
      holdId: 'hold-1',
    }),
  );
  await audit.shipped();
  const startedMs = performance.now();
  const events = await play(audit, 1, 1);
  const tookMs = performance.now() - startedMs;
  t.deepEqual(
    events.map(({at: when, event}) => [event?.$case, Math.round((when?.nanos ?? 0) / 1e6)]),
    [
      ['request', 0],
      ['decision', 0],
      ['decision', 100],
      ['chunk', 150],
      ['chunk', 200],
      ['ended', 210],
    ],
  );
  t.like(events[2]?.event, {value: {reviewers: ['ana@example.com'], holdId: 'hold-1'}});
  t.deepEqual(events[4]?.event, {$case: 'chunk', value: Buffer.from('two.')});
  t.true(tookMs >= 205, `${tookMs} ms`);
  const [exchange] = (await list(audit, 'verdict = APPROVE')).exchanges;
  t.like(exchange, {verdict: {action: Action.MASK}, heldVerdict: {action: Action.APPROVE}, holdId: 'hold-1'});
});

test('sessions sum up their exchanges, each caller’s apart', async (t) => {
  const audit = await startAudit(t);
  const ana = {subject: 'ana@example.com', groups: [], kind: CallerKind.OIDC, authority: 'corp', datasets: []};
  for (let number = 1; number <= 3; number++) {
    await audit.recorder.started(started(number, number === 3 ? {caller: ana, model: 'other-model'} : {}));
    await audit.recorder.ended(ended(number));
  }
  await audit.shipped();
  const sessionsOf = async (filter: string) => {
    const request = {filter, pageSize: 0, pageToken: ''};
    return (await callUnary(audit.client.listSessions.bind(audit.client), request, call, signal)).sessions;
  };
  const sessions = await sessionsOf('');
  t.deepEqual(
    sessions.map(({callerSubject, exchanges, models}) => [callerSubject, exchanges, models]),
    [
      ['ana@example.com', 1n, ['other-model']],
      ['svc:billing', 2n, ['gpt-test']],
    ],
  );
  t.like(sessions[1], {usage: {inputTokens: 20n, outputTokens: 10n}, verdict: Action.ALLOW});
  t.is((await sessionsOf('model = other-*')).length, 1);
  t.is((await sessionsOf('model != other-model')).length, 1);
  t.is((await sessionsOf('caller.subject = "svc:billing" AND provider = openai')).length, 1);
});
