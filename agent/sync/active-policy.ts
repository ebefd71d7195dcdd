import type {KeyObject} from 'node:crypto';
import type {Bundle, CompiledDocument} from '../../engine/bundle.ts';
import type {Clock} from '../../lib/clock.ts';
import type {Logger} from '../../lib/log.ts';
import {type LeaseRenew, NackClass, type Problem} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import type {BundleShelf, ShelvedBundle} from './bundle-shelf.ts';
import {createLeaseAge, type LeaseMode, modeAt, type VerifiedLease, verifyLease} from './lease.ts';
import {type BlobMap, type BundleFault, documentsOf, type VerifiedManifest} from './verify-bundle.ts';

/** Makes a bundle ready to decide with (engine/load-bundle.ts). */
export type LoadBundle = (source: {
  generation: bigint;
  digest: string;
  commit: string;
  documents: readonly CompiledDocument[];
}) => Loaded | Promise<Loaded>;

type Loaded = {ok: true; bundle: Bundle} | {ok: false; problems: Problem[]};

/** What to decide with now. Replaced as a whole, never changed. */
export interface CurrentPolicy {
  readonly bundle: Bundle;
  readonly mode: LeaseMode;
}

/** The outcome of trying to make a bundle the active one. */
type Activation = {ok: true; compileMs: number; rules: number} | {ok: false; class: NackClass; problems: Problem[]};

/** The bundle in force, and how stale it is. */
export interface ActivePolicy {
  readonly current: () => CurrentPolicy | undefined;
  /** Whether a verified manifest may be the next one; never an older generation, never two of one number. */
  readonly admits: (candidate: VerifiedManifest) => BundleFault | undefined;
  /** Loads, keeps and swaps in a bundle, in that order; what was active stays so if it cannot be loaded. */
  readonly activate: (candidate: ShelvedBundle) => Promise<Activation>;
  /** Takes the control plane's word that a bundle is still wanted; one about another bundle waits for that. */
  readonly renew: (message: LeaseRenew, key: KeyObject) => Promise<void>;
  /** The blobs of the active bundle, which need not travel again. */
  readonly blobs: () => BlobMap;
  /** Loads what the shelf holds; for the start, before anything is received. */
  readonly restore: (key: KeyObject) => Promise<void>;
}

interface Active {
  bundle: Bundle;
  blobs: BlobMap;
}

export interface ActivePolicyOptions {
  shelf: BundleShelf;
  loadBundle: LoadBundle;
  labels: () => Readonly<Record<string, string>>;
  clock: Clock;
  log: Logger;
  /** Called after every swap. */
  onSwap: () => void;
}

const NO_BLOBS: BlobMap = new Map();

export function createActivePolicy(options: ActivePolicyOptions): ActivePolicy {
  const {shelf, loadBundle, labels, clock, log, onSwap} = options;
  const age = createLeaseAge(clock);
  let active: Active | undefined;
  let view: CurrentPolicy | undefined;
  let maxStaleness: {bundle: Bundle; labels: Readonly<Record<string, string>>; ms: number} | undefined;
  /** The newest lease of a bundle that is not active yet. */
  let waiting: VerifiedLease | undefined;
  /** Lowest generation that may follow: also over a restart with a damaged shelf. */
  let floor = 0n;

  return {
    current: () => {
      if (active === undefined) return undefined;
      const mode = modeAt(age.ageMs(), maxStalenessMs(active.bundle));
      if (view?.bundle !== active.bundle || view.mode !== mode) view = {bundle: active.bundle, mode};
      return view;
    },
    admits: ({manifest, digest}) => {
      const {generation} = manifest;
      if (generation < floor) {
        const hint = 'if the control plane was set up anew on purpose, delete the bundles folder of the agent';
        const message = `generation ${generation} is older than ${floor}, which was active: refused; ${hint}`;
        return {class: NackClass.PERMANENT, code: 'generation_rollback', message};
      }
      if (generation === active?.bundle.generation && digest !== active.bundle.digest) {
        const message = `generation ${generation} is active already with another digest: refused`;
        return {class: NackClass.PERMANENT, code: 'generation_reused', message};
      }
      return undefined;
    },
    activate: async (candidate) => {
      const startedAtMs = clock.monotonicMs();
      const loaded = await load(candidate);
      if (!loaded.ok) return {ok: false, class: NackClass.PERMANENT, problems: loaded.problems};
      const compileMs = Math.round(clock.monotonicMs() - startedAtMs);
      try {
        await shelf.put(candidate);
      } catch (error) {
        // A full disk must not keep a stricter policy from being enforced; only a start without control plane suffers.
        log.error('the bundle could not be kept on disk', {generation: loaded.bundle.generation}, error);
      }
      await swap(loaded.bundle, candidate.blobs);
      const {generation, digest, commit, rules} = loaded.bundle;
      log.info('bundle active', {generation, digest, commit, rules, compileMs});
      return {ok: true, compileMs, rules};
    },
    renew: async (message, key) => {
      const lease = verifyLease(message, key);
      if (lease === undefined) {
        log.error('a lease was not signed by the pinned bundle key and is ignored', {generation: message.generation});
        return;
      }
      if (lease.digest === active?.bundle.digest) await applyLease(lease);
      else if (lease.generation >= floor) waiting = lease;
    },
    blobs: () => active?.blobs ?? NO_BLOBS,
    restore: async (key) => {
      const lease = await shelf.lease(key);
      if (lease !== undefined) floor = lease.generation;
      const shelved = await shelf.newest(key);
      if (shelved === undefined) return;
      const loaded = await load(shelved);
      if (!loaded.ok) {
        const reason = loaded.problems[0]?.message;
        log.error('the stored bundle cannot be loaded and is not used', {digest: shelved.verified.digest, reason});
        return;
      }
      await swap(loaded.bundle, shelved.blobs);
      const {generation, digest, commit} = loaded.bundle;
      log.info('bundle restored from disk', {generation, digest, commit});
      if (lease?.digest !== digest) log.error('no lease of the stored bundle: it counts as expired', {generation});
      else if (!age.restore(lease))
        log.error('the clock is before the stored lease: it counts as expired', {generation});
    },
  };

  async function load({verified, blobs}: ShelvedBundle): Promise<Loaded> {
    const {manifest, digest} = verified;
    const documents = documentsOf(manifest, blobs);
    if (documents === undefined) return unloadable('a document of the bundle is missing');
    try {
      return await loadBundle({generation: manifest.generation, digest, commit: manifest.commit, documents});
    } catch (error) {
      log.error('loading a bundle failed', {digest}, error);
      return unloadable('the bundle cannot be loaded; the log of the agent names the cause');
    }
  }

  async function swap(bundle: Bundle, blobs: BlobMap): Promise<void> {
    // The swap: one assignment, so a request starts under the old bundle or the new one.
    active = {bundle, blobs};
    if (bundle.generation > floor) floor = bundle.generation;
    const lease = waiting;
    waiting = undefined;
    const renewed = lease?.digest === bundle.digest ? applyLease(lease) : undefined;
    onSwap();
    await renewed;
  }

  async function applyLease(lease: VerifiedLease): Promise<void> {
    if (!age.renew(lease)) {
      log.error('a lease says nothing new, or comes from the future, and is ignored', {generation: lease.generation});
      return;
    }
    try {
      await shelf.putLease(lease);
    } catch (error) {
      log.error('the lease could not be kept on disk', {generation: lease.generation}, error);
    }
  }

  function maxStalenessMs(bundle: Bundle): number {
    const own = labels();
    if (maxStaleness?.bundle !== bundle || maxStaleness.labels !== own) {
      maxStaleness = {bundle, labels: own, ms: bundle.agentGroup(own).maxStalenessMs};
    }
    return maxStaleness.ms;
  }
}

function unloadable(message: string): {ok: false; problems: Problem[]} {
  return {ok: false, problems: [{file: '', line: 0, column: 0, code: 'bundle_unreadable', message}]};
}
