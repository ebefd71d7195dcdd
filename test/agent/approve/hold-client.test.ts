import test from 'ava';
import {createHoldClient, type HoldClient, type HoldClientOptions} from '../../../agent/approve/hold-client.ts';
import {openHoldRequest} from '../../../agent/approve/hold-request.ts';
import {connectGrpc} from '../../../lib/grpc/channel.ts';
import {bearer} from '../../../lib/grpc/client.ts';
import {createLogger} from '../../../lib/log.ts';
import {HoldServiceClient, ReviewDecision} from '../../../proto/gen/weir/agent/v1/hold.ts';
import {ANA, held, never, type Plane, startPlane, temporaryDirectory} from '../../controlplane/approvals/plane.ts';

const silent = createLogger({level: 'error', write: () => undefined});

function clientOf(client: HoldServiceClient, options: Partial<HoldClientOptions> = {}): HoldClient {
  return createHoldClient({
    client,
    metadata: async () => Promise.resolve(bearer('agent-1')),
    refused: () => undefined,
    log: silent,
    announceForMs: 60_000,
    ...options,
  });
}

/** Waits until a hold is announced, by announcing the same exchange once more: that joins it. */
async function announced(plane: Plane, exchange: ReturnType<typeof held>): Promise<string> {
  return (await plane.open(exchange)).holdId;
}

test('an approval while the exchange waits releases it and names the reviewers', async (t) => {
  const plane = await startPlane(t);
  const exchange = held(['forecast']);
  const waiting = clientOf(plane.holdClient).hold(exchange, {waitMs: 60_000}, never);
  const holdId = await announced(plane, exchange);
  await plane.approve(ANA, holdId);
  t.deepEqual(await waiting, {kind: 'approved', holdId, reviewers: ['ana@example.com']});
});

test('a denial ends the wait with its reason', async (t) => {
  const plane = await startPlane(t);
  const exchange = held(['forecast']);
  const waiting = clientOf(plane.holdClient).hold(exchange, {waitMs: 60_000}, never);
  const holdId = await announced(plane, exchange);
  await plane.review(ANA, holdId, ReviewDecision.DENY, 'too early');
  t.deepEqual(await waiting, {kind: 'denied', holdId, reviewers: ['ana@example.com'], reason: 'too early'});
});

test('a hold that nobody decided ends as expired', async (t) => {
  const plane = await startPlane(t);
  const exchange = held(['forecast']);
  const waiting = clientOf(plane.holdClient).hold(exchange, {waitMs: 60_000}, never);
  const holdId = await announced(plane, exchange);
  plane.clock.nowMs += 900_000;
  t.deepEqual(await waiting, {kind: 'expired', holdId});
});

test('when its time is up the exchange is told to come again, and the hold goes on', async (t) => {
  const plane = await startPlane(t);
  const outcome = await clientOf(plane.holdClient).hold(held(['forecast']), {waitMs: 50}, never);
  t.like(outcome, {kind: 'pending', expiresAtMs: plane.clock.nowMs + 900_000});
  const retry = held(['forecast']);
  const waiting = clientOf(plane.holdClient).hold(retry, {waitMs: 60_000}, never);
  const holdId = await announced(plane, retry);
  t.like(outcome, {holdId});
  await plane.approve(ANA, holdId);
  t.like(await waiting, {kind: 'approved', holdId});
});

test('a caller that leaves ends the wait; the hold stays open', async (t) => {
  const plane = await startPlane(t);
  const exchange = held(['forecast']);
  const left = new AbortController();
  const waiting = clientOf(plane.holdClient).hold(exchange, {waitMs: 60_000}, left.signal);
  const holdId = await announced(plane, exchange);
  left.abort(new Error('the caller left'));
  await t.throwsAsync(waiting, {message: 'the caller left'});
  t.is(await announced(plane, held(['forecast'])), holdId);
});

test('an exchange goes on waiting while the control plane restarts, and is released by the new one', async (t) => {
  const dataDir = temporaryDirectory(t);
  const before = await startPlane(t, {dataDir});
  const connection = connectGrpc(before.address, {kind: 'insecure'});
  t.teardown(connection.close);
  const exchange = held(['forecast']);
  const waiting = clientOf(connection.client(HoldServiceClient)).hold(exchange, {waitMs: 60_000}, never);
  const holdId = await announced(before, exchange);
  await before.stop();
  const after = await startPlane(t, {dataDir, address: before.address, clock: before.clock});
  await after.approve(ANA, holdId);
  t.deepEqual(await waiting, {kind: 'approved', holdId, reviewers: ['ana@example.com']});
});

test('a decision made while nobody was connected releases the exchange that comes back', async (t) => {
  const dataDir = temporaryDirectory(t);
  const before = await startPlane(t, {dataDir});
  const once = held(['forecast'], {needs: [{rememberMs: 0}]});
  const {holdId} = await before.open(once);
  await before.approve(ANA, holdId);
  await before.stop();
  const after = await startPlane(t, {dataDir, clock: before.clock});
  t.like(await clientOf(after.holdClient).hold(once, {waitMs: 1_000}, never), {kind: 'approved', holdId});
  const other = held(['forecast'], {needs: [{rememberMs: 0}]});
  t.like(await clientOf(after.holdClient).hold(other, {waitMs: 50}, never), {kind: 'pending'});
});

test('without a control plane the exchange is refused', async (t) => {
  const plane = await startPlane(t);
  await plane.stop();
  const connection = connectGrpc(plane.address, {kind: 'insecure'});
  t.teardown(connection.close);
  const client = clientOf(connection.client(HoldServiceClient), {announceForMs: 300});
  t.like(await client.hold(held(['x']), {waitMs: 60_000}, never), {kind: 'unavailable'});
});

test('a session that the control plane forgot is given up, and the hold announced with the next', async (t) => {
  const plane = await startPlane(t);
  const sessions = [bearer('agent-1'), bearer('forgotten')];
  const client = clientOf(plane.holdClient, {
    metadata: async () => Promise.resolve(sessions.at(-1) ?? bearer('none')),
    refused: () => sessions.pop(),
  });
  t.like(await client.hold(held(['forecast']), {waitMs: 1_000}, never), {kind: 'pending'});
  t.is(sessions.length, 1);
});

test('what the control plane refuses for good is not tried again', async (t) => {
  const plane = await startPlane(t);
  const outcome = await clientOf(plane.holdClient).hold(held(['x'], {needs: []}), {waitMs: 60_000}, never);
  t.like(outcome, {kind: 'unavailable', message: 'requirements must be 1 to 100'});
});

test('a reviewer is shown at most 1 MiB, cut between characters', (t) => {
  const request = openHoldRequest({...held([]), maskedBody: `x${'é'.repeat(600_000)}`});
  t.true(request.maskedRequestTruncated);
  t.is(request.maskedRequest.length, 1024 * 1024 - 1);
  t.false(request.maskedRequest.toString().includes('�'));
});
