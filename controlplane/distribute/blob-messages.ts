import {WeirError} from '../../lib/errors.ts';
import type {SyncResponse} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import type {BundleStore} from '../store/bundle-store.ts';

/** Blobs of one message together; a single larger blob travels alone. */
const MESSAGE_BYTES = 1024 * 1024;

/**
 * The blobs asked for, in messages of at most 1 MiB; the last one says so.
 *
 * @throws WeirError INTERNAL if the store lost one: a bundle is stored with all its blobs or not at all.
 */
export async function* blobMessages(
  nonce: string,
  sha256: readonly Buffer[],
  store: BundleStore,
): AsyncGenerator<SyncResponse> {
  const found = await store.blobs(sha256);
  if (found.length !== sha256.length) {
    throw new WeirError('INTERNAL', `${sha256.length - found.length} blobs of the bundle are not in the store`);
  }
  let blobs: Buffer[] = [];
  let sizeBytes = 0;
  for (const {bytes} of found) {
    if (blobs.length > 0 && sizeBytes + bytes.length > MESSAGE_BYTES) {
      yield message(nonce, blobs, false);
      blobs = [];
      sizeBytes = 0;
    }
    blobs.push(bytes);
    sizeBytes += bytes.length;
  }
  yield message(nonce, blobs, true);
}

function message(nonce: string, blobs: Buffer[], last: boolean): SyncResponse {
  return {message: {$case: 'blobs', value: {nonce, blobs, last}}};
}
