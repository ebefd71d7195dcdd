import test from 'ava';
import {createLeaseAge, type VerifiedLease} from '../../../agent/sync/lease.ts';

const MINUTE_MS = 60_000;
const START_MS = 1_800_000_000_000;

function lease(issuedAtMs: number): VerifiedLease {
  const message = {generation: 1n, digest: 'd', issuedAt: undefined, validUntil: undefined, signature: Buffer.alloc(0)};
  return {generation: 1n, digest: 'd', issuedAtMs, message};
}

/** A clock that a test moves. */
function movable() {
  let passedMs = 0;
  return {
    clock: {nowMs: () => START_MS + passedMs, monotonicMs: () => passedMs},
    pass: (ms: number) => {
      passedMs += ms;
    },
  };
}

test('repeating an old lease keeps no agent fresh', (t) => {
  const {clock, pass} = movable();
  const age = createLeaseAge(clock);
  t.true(age.renew(lease(START_MS)));
  for (let minute = 0; minute < 60; minute++) {
    pass(MINUTE_MS);
    age.renew(lease(START_MS));
  }
  t.true(age.ageMs() >= 55 * MINUTE_MS, `its age is ${age.ageMs() / MINUTE_MS} minutes`);
});

test('leases played back one after the other, newest first, keep no agent fresh', (t) => {
  const {clock, pass} = movable();
  const age = createLeaseAge(clock);
  for (let minute = 0; minute < 60; minute++) {
    age.renew(lease(START_MS - 4 * minute * MINUTE_MS));
    pass(MINUTE_MS);
  }
  t.true(age.ageMs() >= 55 * MINUTE_MS, `its age is ${age.ageMs() / MINUTE_MS} minutes`);
});

test('an old lease makes no agent stale, and one of the future makes none fresh', (t) => {
  const {clock, pass} = movable();
  const age = createLeaseAge(clock);
  t.true(age.renew(lease(START_MS)));
  pass(1_000);
  t.false(age.renew(lease(START_MS - 60 * MINUTE_MS)));
  t.is(age.ageMs(), 1_000);
  t.false(age.renew(lease(START_MS + 60 * MINUTE_MS)));
  t.is(age.ageMs(), 1_000);
});

test('clocks that differ by less than enrolment allows take no freshness away', (t) => {
  for (const differenceMs of [-4 * MINUTE_MS, 4 * MINUTE_MS]) {
    const {clock, pass} = movable();
    const age = createLeaseAge(clock);
    pass(10 * MINUTE_MS);
    t.true(age.renew(lease(clock.nowMs() + differenceMs)));
    t.is(age.ageMs(), 0);
  }
});
