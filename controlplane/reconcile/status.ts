import {ReconcileState} from '../../proto/gen/weir/admin/v1/policy.ts';
import type {StoredStatus} from '../store/bundle-store.ts';
import {type ReconcilerState, type ReconcilerStatus, refusalOf} from './state.ts';

/** The status as it is kept over restarts. */
export function statusToStore(status: ReconcilerStatus): StoredStatus {
  const {state, observedCommit, lastFetchAtMs} = status;
  const retrying = state.kind === 'retrying' ? state : undefined;
  return {
    state: stateNumber(state),
    observedCommit,
    refusal: refusalOf(state),
    lastFetchAtMs,
    lastError: retrying?.error,
    retryAtMs: retrying?.retryAtMs,
  };
}

/** The state as the contract names it. */
export function stateNumber(state: ReconcilerState): ReconcileState {
  switch (state.kind) {
    case 'starting':
      return ReconcileState.STARTING;
    case 'ready':
      return ReconcileState.READY;
    case 'stalled':
      return ReconcileState.STALLED;
    case 'retrying':
      return ReconcileState.RETRYING;
  }
}
