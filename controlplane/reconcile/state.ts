import type {Problem} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import type {StoredBundle} from '../store/bundle-store.ts';

/** A commit that will not be served, and everything that is wrong with it. */
export interface Refusal {
  commit: string;
  atMs: number;
  problems: Problem[];
}

type SettledState =
  /** Nothing was ever published, and nothing refused. */
  | {kind: 'starting'}
  /** The newest commit seen is the one served. */
  | {kind: 'ready'; commit: string}
  /** The newest commit is refused; only a new one helps. `commit` is what goes on being served. */
  | {kind: 'stalled'; commit: string | undefined; refusal: Refusal};

/** Where reconciling stands. What is served never changes but by `serving`. */
export type ReconcilerState =
  | SettledState
  /** The repository cannot be read; it is tried again by itself. */
  | {kind: 'retrying'; last: SettledState; error: string; retryAtMs: number; attempt: number};

/** What one look at the repository came to. */
export type ReconcileEvent =
  /** The newest commit is served: just published, or served already. */
  | {kind: 'serving'; commit: string}
  /** A person has to act. */
  | {kind: 'refused'; refusal: Refusal}
  /** The newest commit was judged before. */
  | {kind: 'unchanged'}
  /** Heals by itself. */
  | {kind: 'failed'; error: string; retryAtMs: number};

/** What reconciling came to, and what is served meanwhile. */
export interface ReconcilerStatus {
  state: ReconcilerState;
  /** Newest commit seen; empty before the first fetch. */
  observedCommit: string;
  active: StoredBundle | undefined;
  lastFetchAtMs: number | undefined;
}

/** The state after an event. */
export function nextState(state: ReconcilerState, event: ReconcileEvent): ReconcilerState {
  const last = settled(state);
  switch (event.kind) {
    case 'serving':
      return {kind: 'ready', commit: event.commit};
    case 'refused':
      return {kind: 'stalled', commit: servedCommit(last), refusal: event.refusal};
    case 'unchanged':
      return last;
    case 'failed': {
      const attempt = state.kind === 'retrying' ? state.attempt + 1 : 0;
      return {kind: 'retrying', last, error: event.error, retryAtMs: event.retryAtMs, attempt};
    }
  }
}

/** The state without the trouble of the moment. */
function settled(state: ReconcilerState): SettledState {
  return state.kind === 'retrying' ? state.last : state;
}

/** The commit refused last, as long as no later one is served. */
export function refusalOf(state: ReconcilerState): Refusal | undefined {
  const last = settled(state);
  return last.kind === 'stalled' ? last.refusal : undefined;
}

function servedCommit(state: SettledState): string | undefined {
  return state.kind === 'starting' ? undefined : state.commit;
}
