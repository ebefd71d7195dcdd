import type {Metadata} from '@grpc/grpc-js';
import {pageOf, pageToken} from '../../lib/grpc/paging.ts';
import {type OnCallError, unary} from '../../lib/grpc/server.ts';
import type {
  GetPolicyStatusResponse,
  ListBundlesResponse,
  Bundle as PolicyBundle,
  PolicyServiceServer,
} from '../../proto/gen/weir/admin/v1/policy.ts';
import type {BundleStore, StoredBundle} from '../store/bundle-store.ts';
import type {Reconciler} from './reconciler.ts';
import {refusalOf} from './state.ts';
import {stateNumber} from './status.ts';

export interface PolicyServiceOptions {
  reconciler: Reconciler;
  store: BundleStore;
  /** Where policy comes from, without credentials. */
  source: {repository: string; branch: string; path: string};
  fleet: {readonly counts: () => {connected: number; inSync: number}};
  /** Throws WeirError for a caller who may not read this. */
  authorize: (metadata: Metadata) => unknown;
  onError: OnCallError;
}

/** Answers what is served, what was refused, and why. */
export function createPolicyService(options: PolicyServiceOptions): PolicyServiceServer {
  const {reconciler, store, authorize, onError} = options;
  return {
    getPolicyStatus: unary((_request, context) => {
      authorize(context.metadata);
      return Promise.resolve(statusResponse(options));
    }, onError),
    listBundles: unary(async ({pageSize, pageToken: token}, context): Promise<ListBundlesResponse> => {
      authorize(context.metadata);
      const page = pageOf(pageSize, token, /^[0-9]{1,15}$/);
      const below = page.after === undefined ? undefined : BigInt(page.after);
      const bundles = await store.list({below, limit: page.size + 1});
      const shown = bundles.slice(0, page.size);
      const last = shown.at(-1);
      const more = bundles.length > shown.length && last !== undefined;
      return {bundles: shown.map(toMessage), nextPageToken: more ? pageToken(String(last.generation)) : ''};
    }, onError),
  };

  function statusResponse({source, fleet}: PolicyServiceOptions): GetPolicyStatusResponse {
    const {state, observedCommit, active, lastFetchAtMs} = reconciler.status();
    const refusal = refusalOf(state);
    const retrying = state.kind === 'retrying' ? state : undefined;
    const counts = fleet.counts();
    return {
      state: stateNumber(state),
      ...source,
      observedCommit,
      active: active === undefined ? undefined : toMessage(active),
      refused:
        refusal === undefined
          ? undefined
          : {commit: refusal.commit, at: new Date(refusal.atMs), problems: refusal.problems},
      lastFetchAt: lastFetchAtMs === undefined ? undefined : new Date(lastFetchAtMs),
      lastError: retrying?.error ?? '',
      retryAt: retrying === undefined ? undefined : new Date(retrying.retryAtMs),
      agentsConnected: counts.connected,
      agentsInSync: counts.inSync,
    };
  }
}

function toMessage(bundle: StoredBundle): PolicyBundle {
  const {generation, digest, commit, ref, documents, rules, subject, author} = bundle;
  return {
    generation,
    digest,
    commit,
    ref,
    publishedAt: new Date(bundle.publishedAtMs),
    documents,
    rules,
    subject,
    author,
  };
}
