import {createPublicKey, type KeyObject} from 'node:crypto';
import {type Backoff, backoffMs, jitteredMs} from '../../lib/backoff.ts';
import {errorCode, publicMessage, WeirError} from '../../lib/errors.ts';
import type {Logger} from '../../lib/log.ts';
import {SIGNED, verifyEd25519} from '../../lib/signed.ts';
import {sleep} from '../../lib/sleep.ts';
import type {BundleStore, StoredBundle} from '../store/bundle-store.ts';
import {type BundleFeed, createFeed} from './feed.ts';
import {type JudgeOptions, judgeCommit} from './judge-commit.ts';
import {nextState, type ReconcileEvent, type ReconcilerState, type ReconcilerStatus, type Refusal} from './state.ts';
import {statusToStore} from './status.ts';

export interface ReconcilerOptions extends JudgeOptions {
  store: BundleStore;
  /** Time between two looks at the repository; each is varied by ±20 %. */
  pollIntervalMs: number;
  /** Between 0 and 1; `Math.random` outside tests. */
  random: () => number;
  log: Logger;
}

/** Keeps the published bundle equal to the tip of the branch. */
export interface Reconciler {
  readonly feed: BundleFeed;
  readonly status: () => ReconcilerStatus;
  /** Looks at the repository now; a hint, never the truth. */
  readonly poke: () => void;
  readonly stop: () => Promise<void>;
}

const POLL_JITTER = 0.2;
const RETRY: Backoff = {firstMs: 750, maxMs: 5 * 60_000};

/**
 * Starts reconciling. The bundle published last is served at once, before the repository is asked.
 *
 * @throws WeirError CONFIG_INVALID if the stored bundle is not of this control plane's keys: no agent would take it.
 */
export async function startReconciler(options: ReconcilerOptions): Promise<Reconciler> {
  const {store, mirror, now, random, log, pollIntervalMs} = options;
  const stopping = new AbortController();
  const stored = await store.loadStatus();
  const published = await store.active();
  requireOwnSignature(published, options.signingKey);
  const feed = createFeed(published);
  let poked = new AbortController();
  let observedCommit = stored?.observedCommit ?? '';
  let lastFetchAtMs = stored?.lastFetchAtMs;
  let state = initialState(feed.active(), stored?.refusal);
  // A refusal counts within one process only: a newer version may take what an older one refused.
  let judgedCommit = '';
  let keptCommit = '';

  const isStopped = () => stopping.signal.aborted;

  const loop = run();
  return {
    feed,
    status: () => ({state, observedCommit, active: feed.active(), lastFetchAtMs}),
    poke: () => {
      poked.abort();
    },
    stop: async () => {
      stopping.abort();
      await loop;
    },
  };

  async function run(): Promise<void> {
    while (!isStopped()) {
      const event = await look(stopping.signal);
      if (isStopped()) return;
      await apply(event);
      const waitMs =
        event.kind === 'failed' ? event.retryAtMs - now() : jitteredMs(pollIntervalMs, POLL_JITTER, random);
      await sleep(Math.max(0, waitMs), AbortSignal.any([stopping.signal, poked.signal]));
      if (poked.signal.aborted) poked = new AbortController();
    }
  }

  /** Compares what is wanted with what is served, once. */
  async function look(signal: AbortSignal): Promise<ReconcileEvent> {
    try {
      const active = feed.active();
      if (active !== undefined && keptCommit !== active.commit) {
        // Before the fetch: after it nothing else may hold a commit that was rewritten away.
        await mirror.keep(active.commit, signal);
        keptCommit = active.commit;
      }
      const tip = await mirror.fetchTip(signal);
      lastFetchAtMs = now();
      observedCommit = tip;
      if (tip === active?.commit) return {kind: 'serving', commit: tip};
      if (tip === judgedCommit) return {kind: 'unchanged'};
      return await publish(tip, active, signal);
    } catch (error) {
      if (errorCode(error) === 'INTERNAL' && !signal.aborted) log.error('reconciling failed', {}, error);
      const attempt = state.kind === 'retrying' ? state.attempt + 1 : 0;
      return {kind: 'failed', error: publicMessage(error), retryAtMs: now() + backoffMs(RETRY, attempt, random)};
    }
  }

  async function publish(
    commit: string,
    active: StoredBundle | undefined,
    signal: AbortSignal,
  ): Promise<ReconcileEvent> {
    const startedAtMs = now();
    const judgement = await judgeCommit(commit, active, options, signal);
    judgedCommit = commit;
    if (judgement.kind === 'refused') {
      return {kind: 'refused', refusal: {commit, atMs: now(), problems: judgement.problems}};
    }
    judgedCommit = '';
    const {bundle, blobs} = judgement;
    if (!(await store.publish(bundle, blobs, active?.generation ?? 0n))) {
      const current = await store.active();
      if (current !== undefined) feed.publish(current);
      throw new WeirError('UNAVAILABLE', 'another control plane published meanwhile; looking again');
    }
    // Commit point was in the store: from here on the bundle is the active one, whatever happens next.
    feed.publish(bundle);
    const {generation, digest, rules} = bundle;
    log.info('bundle published', {commit, generation, digest, rules, elapsedMs: now() - startedAtMs});
    return {kind: 'serving', commit};
  }

  async function apply(event: ReconcileEvent): Promise<void> {
    const before = state;
    state = nextState(before, event);
    if (!isNews(before, state)) return;
    logState(state, log);
    try {
      await store.saveStatus(statusToStore({state, observedCommit, active: feed.active(), lastFetchAtMs}));
    } catch (error) {
      log.error('the state of reconciling was not stored', {}, error);
    }
  }
}

function requireOwnSignature(bundle: StoredBundle | undefined, signingKey: KeyObject): void {
  if (bundle === undefined) return;
  const {manifest, signature, generation} = bundle;
  if (verifyEd25519(SIGNED.bundle(manifest), createPublicKey(signingKey), signature)) return;
  const hint = 'restore the keys folder that belongs to this data directory';
  throw new WeirError('CONFIG_INVALID', `the stored bundle ${generation} was signed by another key; ${hint}`);
}

function initialState(active: StoredBundle | undefined, refusal: Refusal | undefined): ReconcilerState {
  if (refusal !== undefined) return {kind: 'stalled', commit: active?.commit, refusal};
  return active === undefined ? {kind: 'starting'} : {kind: 'ready', commit: active.commit};
}

/** Whether a change is worth a log line and a write; every retry of the same failure is not. */
function isNews(before: ReconcilerState, after: ReconcilerState): boolean {
  if (before.kind !== after.kind) return true;
  switch (after.kind) {
    case 'starting':
      return false;
    case 'ready':
      return before.kind === 'ready' && before.commit !== after.commit;
    case 'stalled':
      return before !== after;
    case 'retrying':
      return before.kind === 'retrying' && before.error !== after.error;
  }
}

function logState(state: ReconcilerState, log: Logger): void {
  if (state.kind === 'retrying') {
    log.warn('the policy repository cannot be read', {reason: state.error, retryAtMs: state.retryAtMs});
  } else if (state.kind === 'stalled') {
    const [first] = state.refusal.problems;
    const where = first === undefined ? '' : `${first.file}:${first.line}:${first.column}`;
    const problems = state.refusal.problems.length;
    log.error('commit refused', {commit: state.refusal.commit, problems, where, reason: first?.message});
  }
}
