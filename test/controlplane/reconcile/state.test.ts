import test from 'ava';
import {nextState, type ReconcilerState, type Refusal} from '../../../controlplane/reconcile/state.ts';

const refusal: Refusal = {commit: 'bad', atMs: 1, problems: []};
const ready: ReconcilerState = {kind: 'ready', commit: 'good'};

test('a refused commit leaves the last good one served', (t) => {
  t.deepEqual(nextState(ready, {kind: 'refused', refusal}), {kind: 'stalled', commit: 'good', refusal});
});

test('a refused first commit serves nothing', (t) => {
  const state = nextState({kind: 'starting'}, {kind: 'refused', refusal});
  t.deepEqual(state, {kind: 'stalled', commit: undefined, refusal});
});

test('a second refused commit still leaves the last good one served', (t) => {
  const stalled = nextState(ready, {kind: 'refused', refusal});
  const worse = {...refusal, commit: 'worse'};
  t.deepEqual(nextState(stalled, {kind: 'refused', refusal: worse}), {kind: 'stalled', commit: 'good', refusal: worse});
});

test('a repository that cannot be read hides nothing of what was, and counts its tries', (t) => {
  const stalled = nextState(ready, {kind: 'refused', refusal});
  const failed = {kind: 'failed', error: 'unreachable', retryAtMs: 9} as const;
  const once = nextState(stalled, failed);
  t.deepEqual(once, {kind: 'retrying', last: stalled, error: 'unreachable', retryAtMs: 9, attempt: 0});
  const twice = nextState(once, failed);
  t.like(twice, {attempt: 1, last: stalled});
  t.deepEqual(nextState(twice, {kind: 'unchanged'}), stalled);
  t.deepEqual(nextState(twice, {kind: 'serving', commit: 'new'}), {kind: 'ready', commit: 'new'});
});
