import type {KeyObject} from 'node:crypto';
import {mkdir, readdir, readFile, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {syncDirectory, writeFileDurably} from '../../lib/durable-file.ts';
import type {Logger} from '../../lib/log.ts';
import {LeaseRenew, SyncResponse} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import {isMissing} from './identity.ts';
import {type VerifiedLease, verifyLease} from './lease.ts';
import {
  type BlobMap,
  documentsOf,
  missingBlobs,
  nameBlobs,
  type VerifiedManifest,
  verifyManifest,
} from './verify-bundle.ts';

/** A bundle as kept: verified manifest and every blob it names. */
export interface ShelvedBundle {
  verified: VerifiedManifest;
  blobs: BlobMap;
}

/** The last bundles on the agent's disk, so that it can start while the control plane is away. */
export interface BundleShelf {
  /** Durable once it resolves. */
  readonly put: (bundle: ShelvedBundle) => Promise<void>;
  /** The newest bundle that this key signed and that is whole; damaged files are logged and passed over. */
  readonly newest: (key: KeyObject) => Promise<ShelvedBundle | undefined>;
  readonly putLease: (lease: VerifiedLease) => Promise<void>;
  readonly lease: (key: KeyObject) => Promise<VerifiedLease | undefined>;
}

const KEPT = 3;
const LARGEST_FILE_BYTES = 64 * 1024 * 1024;
const LENGTH_BYTES = 4;
const NAME = /^[0-9]{20}-[0-9a-f]{16}\.bundle$/;
const LEASE = 'lease';

export async function openShelf(stateDir: string, log: Logger): Promise<BundleShelf> {
  const directory = join(stateDir, 'bundles');
  await mkdir(directory, {recursive: true, mode: 0o700});
  const names = async () =>
    (await readdir(directory))
      .filter((name) => NAME.test(name))
      .sort()
      .reverse();
  return {
    put: async (bundle) => {
      const {manifest, digest} = bundle.verified;
      const name = `${manifest.generation.toString().padStart(20, '0')}-${digest.slice(0, 16)}.bundle`;
      await writeFileDurably(join(directory, name), encode(bundle), 0o600);
      const old = (await names()).slice(KEPT);
      for (const each of old) await rm(join(directory, each), {force: true});
      if (old.length > 0) await syncDirectory(directory);
    },
    newest: async (key) => {
      for (const name of await names()) {
        const path = join(directory, name);
        const read = await readBundle(path, key);
        if (typeof read !== 'string') return read;
        log.error('a stored bundle is damaged and is not used', {file: path, reason: read});
      }
      return undefined;
    },
    putLease: async ({message}) => {
      await writeFileDurably(join(directory, LEASE), LeaseRenew.encode(message).finish(), 0o600);
    },
    lease: async (key) => {
      const path = join(directory, LEASE);
      const bytes = await readFile(path).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      const lease = bytes === undefined ? undefined : decodeLease(bytes, key);
      if (bytes !== undefined && lease === undefined) {
        log.error('the stored lease is damaged and is not used', {file: path});
      }
      return lease;
    },
  };
}

/** The messages that brought the bundle, each after its length in 4 bytes. */
function encode({verified, blobs}: ShelvedBundle): Buffer {
  const wanted = new Set(missingBlobs(verified.manifest, new Map()));
  const kept = [...blobs].filter(([name]) => wanted.has(name)).map(([, bytes]) => bytes);
  const messages: SyncResponse[] = [
    {message: {$case: 'manifest', value: {nonce: '', manifest: verified.bytes, signature: verified.signature}}},
    {message: {$case: 'blobs', value: {nonce: '', blobs: kept, last: true}}},
  ];
  return Buffer.concat(
    messages.flatMap((message) => {
      const bytes = SyncResponse.encode(message).finish();
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** The bundle of a file, or what is wrong with it. */
async function readBundle(path: string, key: KeyObject): Promise<ShelvedBundle | string> {
  let bytes: Buffer;
  try {
    const {size} = await stat(path);
    if (size > LARGEST_FILE_BYTES) return `${size} bytes; the limit is ${LARGEST_FILE_BYTES}`;
    bytes = await readFile(path);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
  }
  const [manifest, blobs] = decode(bytes) ?? [];
  if (manifest?.message?.$case !== 'manifest' || blobs?.message?.$case !== 'blobs') return 'not a bundle file';
  const check = verifyManifest(manifest.message.value, key);
  if (!check.ok) return check.fault.message;
  const named = nameBlobs(blobs.message.value.blobs);
  if (documentsOf(check.verified.manifest, named) === undefined) return 'a document is missing or was altered';
  return {verified: check.verified, blobs: named};
}

function decode(bytes: Buffer): SyncResponse[] | undefined {
  const messages: SyncResponse[] = [];
  try {
    for (let at = 0; at < bytes.length; ) {
      const end = at + LENGTH_BYTES + bytes.readUInt32BE(at);
      if (end > bytes.length) return undefined;
      messages.push(SyncResponse.decode(bytes.subarray(at + LENGTH_BYTES, end)));
      at = end;
    }
  } catch {
    return undefined;
  }
  return messages;
}

function decodeLease(bytes: Buffer, key: KeyObject): VerifiedLease | undefined {
  try {
    return verifyLease(LeaseRenew.decode(bytes), key);
  } catch {
    return undefined;
  }
}
