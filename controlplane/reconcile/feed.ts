import type {StoredBundle} from '../store/bundle-store.ts';

/** The bundle that every agent should enforce, and word of each new one. */
export interface BundleFeed {
  readonly active: () => StoredBundle | undefined;
  /** Calls back after every publication, until the returned function is called. */
  readonly onPublish: (listener: () => void) => () => void;
}

/** A feed whose owner publishes. */
export interface OwnedFeed extends BundleFeed {
  readonly publish: (bundle: StoredBundle) => void;
}

export function createFeed(initial: StoredBundle | undefined): OwnedFeed {
  const listeners = new Set<() => void>();
  let active = initial;
  return {
    active: () => active,
    onPublish: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    publish: (bundle) => {
      active = bundle;
      for (const listener of listeners) listener();
    },
  };
}
