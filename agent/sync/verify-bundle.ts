import {createHash, type KeyObject} from 'node:crypto';
import type {CompiledDocument} from '../../engine/bundle.ts';
import {SIGNED, verifyEd25519} from '../../lib/signed.ts';
import {BundleManifest, type Manifest, NackClass} from '../../proto/gen/weir/agent/v1/policy_sync.ts';

/** A manifest whose signature was checked before anything in it was read. */
export interface VerifiedManifest {
  manifest: BundleManifest;
  /** Lower-case hex SHA-256 of its bytes. */
  digest: string;
  /** As they came, to be kept byte for byte. */
  bytes: Buffer;
  signature: Buffer;
}

/** Why a bundle is not taken. */
export interface BundleFault {
  class: NackClass;
  code: string;
  message: string;
}

const SCHEMA_VERSION = 1;

/** Checks signature, then digest, then version; the manifest is not decoded before its signature holds. */
export function verifyManifest(
  {manifest: bytes, signature}: Manifest,
  key: KeyObject,
): {ok: true; verified: VerifiedManifest} | {ok: false; digest: string; fault: BundleFault} {
  const digest = createHash('sha256').update(bytes).digest('hex');
  const refuse = (faultClass: NackClass, code: string, message: string) => ({
    ok: false as const,
    digest,
    fault: {class: faultClass, code, message},
  });
  if (!verifyEd25519(SIGNED.bundle(bytes), key, signature)) {
    return refuse(NackClass.PERMANENT, 'bundle_signature', 'the pinned bundle key did not sign this manifest');
  }
  let manifest: BundleManifest;
  try {
    manifest = BundleManifest.decode(bytes);
  } catch {
    return refuse(NackClass.PERMANENT, 'bundle_unreadable', 'the manifest cannot be decoded');
  }
  if (manifest.schemaVersion !== SCHEMA_VERSION) {
    const versions = `${manifest.schemaVersion}; this agent reads ${SCHEMA_VERSION}`;
    return refuse(NackClass.UNSUPPORTED, 'bundle_version', `the bundle has schema version ${versions}, so upgrade one`);
  }
  return {ok: true, verified: {manifest, digest, bytes, signature}};
}

/** Blobs by the hex SHA-256 of their bytes. */
export type BlobMap = ReadonlyMap<string, Buffer>;

/** Names blobs by what they are, never by what somebody says they are. */
export function nameBlobs(blobs: readonly Buffer[]): Map<string, Buffer> {
  return new Map(blobs.map((bytes) => [createHash('sha256').update(bytes).digest('hex'), bytes]));
}

/** Names of the blobs that a manifest lists and `known` lacks, each once. */
export function missingBlobs({documents}: BundleManifest, known: BlobMap): string[] {
  const names = new Set(documents.map(({sha256}) => sha256.toString('hex')));
  return [...names].filter((name) => !known.has(name));
}

/** The documents of a manifest, in its order; undefined while a blob is missing. */
export function documentsOf({documents}: BundleManifest, blobs: BlobMap): CompiledDocument[] | undefined {
  const compiled: CompiledDocument[] = [];
  for (const {kind, name, file, line, sha256} of documents) {
    const bytes = blobs.get(sha256.toString('hex'));
    if (bytes === undefined) return undefined;
    compiled.push({kind, name, file, line, json: bytes.toString('utf8')});
  }
  return compiled;
}
