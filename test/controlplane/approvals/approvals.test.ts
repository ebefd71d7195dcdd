import test from 'ava';
import {bearer, callUnary} from '../../../lib/grpc/client.ts';
import type {GetHoldResponse, ListHoldsResponse} from '../../../proto/gen/weir/admin/v1/approval.ts';
import {HoldState, ReviewDecision} from '../../../proto/gen/weir/agent/v1/hold.ts';
import {ADMIN, ANA, BEN, CAS, held, never, type Plane, present, startPlane, temporaryDirectory} from './plane.ts';

const {APPROVED, DENIED, EXPIRED, OPEN} = HoldState;

async function list(
  plane: Plane,
  token: string,
  page: {pageSize?: number; pageToken?: string; includeDecided?: boolean} = {},
): Promise<ListHoldsResponse> {
  const request = {pageSize: 0, pageToken: '', includeDecided: false, ...page};
  const method = plane.approvals.listHolds.bind(plane.approvals);
  return callUnary(method, request, {metadata: bearer(token), timeoutMs: 5_000}, never);
}

async function show(plane: Plane, token: string, holdId: string): Promise<GetHoldResponse> {
  const method = plane.approvals.getHold.bind(plane.approvals);
  return callUnary(method, {holdId}, {metadata: bearer(token), timeoutMs: 5_000}, never);
}

test('a retry of the same request joins the open hold, also through another agent', async (t) => {
  const plane = await startPlane(t);
  const first = await plane.open(held(['forecast'], {exchangeId: 'one'}));
  t.is(first.state, OPEN);
  const second = await plane.open(held(['forecast'], {exchangeId: 'two'}), 'agent-2');
  t.is(second.holdId, first.holdId);
  t.deepEqual(second.exchangeIds, ['one', 'two']);
  t.deepEqual(second.requirements, first.requirements);
  t.deepEqual(second.expiresAt, first.expiresAt);
});

test('of many requests at once for the same binding exactly one opens the hold', async (t) => {
  const plane = await startPlane(t);
  const holds = await Promise.all(Array.from({length: 20}, async () => plane.open(held(['forecast']))));
  t.is(new Set(holds.map((hold) => hold.holdId)).size, 1);
  t.is((await list(plane, ADMIN)).holds.length, 1);
});

test('a request with other text, caller or model opens its own hold', async (t) => {
  const plane = await startPlane(t);
  const ids = new Set<string>();
  for (const exchange of [
    held(['forecast']),
    held(['forecast!']),
    held(['forecast'], {subject: 'svc:other'}),
    held(['forecast'], {model: 'gpt-other'}),
  ]) {
    ids.add((await plane.open(exchange)).holdId);
  }
  t.is(ids.size, 4);
});

test('an approval covers the conversation as it grows, for as long as the rule remembers', async (t) => {
  const plane = await startPlane(t);
  const first = await plane.open(held(['forecast']));
  await plane.approve(ANA, first.holdId);
  const grown = await plane.open(held(['forecast', 'answer', 'thanks'], {needs: [{lastMessage: 0}]}));
  t.is(grown.state, APPROVED);
  t.is(grown.holdId, first.holdId);
  t.deepEqual(
    grown.reviews.map((review) => review.reviewer),
    ['ana@example.com'],
  );
  plane.clock.nowMs += 28_800_000;
  const late = await plane.open(held(['forecast', 'answer', 'thanks'], {needs: [{lastMessage: 0}]}));
  t.is(late.state, OPEN);
});

for (const [title, exchange] of [
  ['an approved message is rewritten', held(['forecast v2', 'more'], {needs: [{lastMessage: 0}]})],
  ['a message is put before it', held(['intro', 'forecast'], {needs: [{lastMessage: 1}]})],
  ['the rule finds something behind it', held(['forecast', 'another forecast'])],
  ['the caller is another', held(['forecast', 'more'], {subject: 'svc:other', needs: [{lastMessage: 0}]})],
  ['the model is another', held(['forecast', 'more'], {model: 'gpt-x', needs: [{lastMessage: 0}]})],
  ['the rule changed', held(['forecast'], {needs: [{ruleDigest: Buffer.alloc(32, 'changed')}]})],
  ['another rule matches too', held(['forecast'], {needs: [{}, {rule: 'contracts', reviewers: ['legal']}]})],
] as const) {
  test(`an approval does not cover a request where ${title}`, async (t) => {
    const plane = await startPlane(t);
    const first = await plane.open(held(['forecast']));
    await plane.approve(ANA, first.holdId);
    const next = await plane.open(exchange);
    t.is(next.state, OPEN);
    t.not(next.holdId, first.holdId);
  });
}

test('only the requirement that no grant covers is asked for', async (t) => {
  const plane = await startPlane(t);
  await plane.approve(ANA, (await plane.open(held(['forecast']))).holdId);
  const both = held(['forecast'], {needs: [{}, {rule: 'contracts', reviewers: ['legal']}]});
  const asked = await plane.open(both);
  t.deepEqual(
    asked.requirements.map((requirement) => requirement.rule),
    ['contracts'],
  );
  await plane.approve(BEN, asked.holdId);
  const released = await plane.open(both);
  t.is(released.state, APPROVED);
  t.deepEqual(released.reviews.map((review) => review.reviewer).sort(), ['ana@example.com', 'ben@example.com']);
});

for (const [title, need] of [
  ['a rule without findings', {lastMessage: -1}],
  ['a rule that remembers nothing', {rememberMs: 0}],
] as const) {
  test(`${title} grants the exact body to one exchange, which may ask again`, async (t) => {
    const plane = await startPlane(t);
    const one = held(['forecast'], {needs: [need]});
    await plane.approve(ANA, (await plane.open(one)).holdId);
    t.is((await plane.open(held(['forecast', 'more'], {needs: [{...need, lastMessage: -1}]}))).state, OPEN);
    t.is((await plane.open(one)).state, APPROVED);
    t.is((await plane.open(one)).state, APPROVED);
    t.is((await plane.open(held(['forecast'], {needs: [need]}))).state, OPEN);
  });
}

test('a denial stands for the rest of the time the reviewers had', async (t) => {
  const plane = await startPlane(t);
  const first = await plane.open(held(['forecast']));
  const denied = await plane.review(ANA, first.holdId, ReviewDecision.DENY, 'not before the call');
  t.is(denied.state, DENIED);
  const again = await plane.open(held(['forecast']));
  t.is(again.holdId, first.holdId);
  t.is(again.state, DENIED);
  t.is(again.reviews[0]?.reason, 'not before the call');
  plane.clock.nowMs += 900_000;
  t.is((await plane.open(held(['forecast']))).state, OPEN);
});

test('a denial holds although another rule matches as well', async (t) => {
  const plane = await startPlane(t);
  const first = await plane.open(held(['forecast']));
  await plane.review(ANA, first.holdId, ReviewDecision.DENY);
  const wider = await plane.open(held(['forecast'], {needs: [{}, {rule: 'contracts', reviewers: ['legal']}]}));
  t.is(wider.state, DENIED);
});

test('a hold expires by the clock; its exchange hears of it, a new one opens another', async (t) => {
  const plane = await startPlane(t);
  const exchange = held(['forecast']);
  const first = await plane.open(exchange);
  plane.clock.nowMs += 899_999;
  t.is((await plane.open(exchange)).state, OPEN);
  plane.clock.nowMs += 1;
  t.is((await plane.open(exchange)).state, EXPIRED);
  t.is((await list(plane, ADMIN)).holds.length, 0);
  await t.throwsAsync(plane.approve(ANA, first.holdId), {message: /already expired/});
  const next = await plane.open(held(['forecast']));
  t.is(next.state, OPEN);
  t.not(next.holdId, first.holdId);
});

test('the shortest time of all rules counts', async (t) => {
  const plane = await startPlane(t);
  const hold = await plane.open(held(['x'], {needs: [{}, {rule: 'contracts', withinMs: 60_000}]}));
  t.is(present(hold.expiresAt).getTime(), plane.clock.nowMs + 60_000);
});

test('a hold, its reviews and its expiry survive a restart', async (t) => {
  const dataDir = temporaryDirectory(t);
  const before = await startPlane(t, {dataDir});
  const needs = [{count: 2}];
  const first = await before.open(held(['forecast'], {needs}));
  await before.approve(ANA, first.holdId);
  await before.stop();
  const after = await startPlane(t, {dataDir, clock: {nowMs: before.clock.nowMs + 600_000}});
  const joined = await after.open(held(['forecast'], {needs}));
  t.is(joined.holdId, first.holdId);
  t.deepEqual(joined.expiresAt, first.expiresAt);
  t.is((await after.approve(BEN, first.holdId)).state, APPROVED);
  t.is((await after.open(held(['forecast'], {needs}))).state, APPROVED);
});

test('every requirement needs its count of different reviewers', async (t) => {
  const plane = await startPlane(t);
  const needs = [{count: 2}, {rule: 'contracts', reviewers: ['legal']}];
  const {holdId} = await plane.open(held(['forecast'], {needs}));
  t.is((await plane.approve(ANA, holdId)).state, OPEN);
  t.is((await plane.approve(ANA, holdId)).reviews.length, 1);
  const done = await plane.approve(BEN, holdId);
  t.is(done.state, APPROVED);
  t.deepEqual(done.reviews[1]?.rules, ['guard/forecasts', 'guard/contracts']);
});

test('nobody reviews their own request, whatever their token', async (t) => {
  const plane = await startPlane(t);
  const {holdId} = await plane.open(held(['forecast'], {subject: 'Ana@example.com'}));
  await t.throwsAsync(plane.approve(ANA, holdId), {message: /nobody reviews their own request/});
  for (const subject of ['ＡＮＡ@example.com', 'ana\u200b@example.com', ' ana@example\u00ad.com']) {
    const disguised = await plane.open(held(['forecast'], {subject}));
    await t.throwsAsync(plane.approve(ANA, disguised.holdId), {message: /nobody reviews their own request/});
  }
  const own = await plane.open(held(['forecast'], {subject: 'admin'}));
  await t.throwsAsync(plane.approve(ADMIN, own.holdId), {message: /nobody reviews their own request/});
});

test('only a reviewer of a requirement may list, read or decide a hold', async (t) => {
  const plane = await startPlane(t);
  const {holdId} = await plane.open(held(['forecast']));
  t.is((await list(plane, CAS)).holds.length, 0);
  t.is((await list(plane, ANA)).holds.length, 1);
  await t.throwsAsync(show(plane, CAS, holdId), {message: /only its reviewers/});
  await t.throwsAsync(plane.approve(CAS, holdId), {message: /needs one of the groups finance-leads/});
  await t.throwsAsync(plane.approve('agent-1', holdId), {message: /not known here/});
  await t.throwsAsync(plane.open(held(['x']), ANA), {message: /no agent/});
});

test('an agent cannot have an approval remembered for ever', async (t) => {
  const plane = await startPlane(t);
  const opening = plane.open(held(['forecast'], {needs: [{rememberMs: 31 * 24 * 3_600_000}]}));
  await t.throwsAsync(opening, {message: /remembered for at most/});
});

test('a rule may ask for a reason', async (t) => {
  const plane = await startPlane(t);
  const {holdId} = await plane.open(held(['forecast'], {needs: [{reasonRequired: true}]}));
  await t.throwsAsync(plane.review(ANA, holdId, ReviewDecision.APPROVE, ' '), {message: /for a reason/});
  t.is((await plane.review(ANA, holdId, ReviewDecision.APPROVE, 'quarter is public')).state, APPROVED);
});

test('a decision cannot be changed, and a number that is no decision is refused', async (t) => {
  const plane = await startPlane(t);
  const {holdId} = await plane.open(held(['forecast']));
  await t.throwsAsync(plane.review(ANA, holdId, 7 as ReviewDecision), {message: /must approve or deny/});
  await plane.approve(ANA, holdId);
  await t.throwsAsync(plane.review(BEN, holdId, ReviewDecision.DENY), {message: /already approved/});
});

test('a hold is shown by a prefix of its id, with the request as it would be sent', async (t) => {
  const plane = await startPlane(t);
  const exchange = held(['forecast [REDACTED:key]']);
  const {holdId} = await plane.open(exchange);
  const shown = await show(plane, ANA, holdId.slice(0, 8));
  t.is(shown.hold?.holdId, holdId);
  t.is(shown.maskedRequest.toString(), exchange.maskedBody);
  t.false(shown.maskedRequestTruncated);
  await t.throwsAsync(show(plane, ANA, '%'), {message: /no hold has the id/});
});

test('a long list comes in pages without gap or repeat', async (t) => {
  const plane = await startPlane(t);
  const opened: string[] = [];
  for (let index = 0; index < 7; index++) {
    opened.unshift((await plane.open(held([`forecast ${index}`]))).holdId);
    plane.clock.nowMs += index % 2;
  }
  const seen: string[] = [];
  let pageToken = '';
  do {
    const page = await list(plane, ANA, {pageSize: 3, pageToken});
    seen.push(...page.holds.map((hold) => hold.holdId));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  t.deepEqual(seen.toSorted(), opened.toSorted());
  await t.throwsAsync(list(plane, ANA, {pageToken: 'rubbish'}), {message: /page_token/});
  await t.throwsAsync(list(plane, ANA, {pageSize: -1}), {message: /negative/});
});

test('who watches hears of the decision, and only an agent that waits may watch', async (t) => {
  const plane = await startPlane(t);
  const {holdId} = await plane.open(held(['forecast']));
  const states: HoldState[] = [];
  const watched = (async () => {
    for await (const {hold} of plane.watch(holdId)) {
      states.push(present(hold).state);
      if (states.length === 1) await plane.approve(ANA, holdId);
    }
  })();
  await watched;
  t.deepEqual(states, [OPEN, APPROVED]);
  const foreign = plane.watch(holdId, 'agent-2')[Symbol.asyncIterator]();
  await t.throwsAsync(foreign.next(), {message: /no hold of this agent/});
});

test('who watches hears of the expiry although nobody does anything', async (t) => {
  const plane = await startPlane(t);
  const {holdId} = await plane.open(held(['forecast']));
  const states: HoldState[] = [];
  for await (const {hold} of plane.watch(holdId)) {
    states.push(present(hold).state);
    plane.clock.nowMs += 900_000;
  }
  t.deepEqual(states, [OPEN, EXPIRED]);
});
