import {createHash, type KeyObject} from 'node:crypto';
import type {CompiledDocument} from '../../engine/bundle.ts';
import {SIGNED, signEd25519} from '../../lib/signed.ts';
import {BundleManifest} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import type {CommitSummary} from '../git/mirror.ts';
import type {Blob, StoredBundle} from '../store/bundle-store.ts';

/** Version of the manifest and of the compiled documents it lists. */
const BUNDLE_SCHEMA_VERSION = 1;

interface BundleSource {
  documents: readonly CompiledDocument[];
  generation: bigint;
  summary: CommitSummary;
  ref: string;
  compiledAtMs: number;
}

/** The manifest of a bundle, its digest, and the blobs it names. The bytes are final: they are signed as they are. */
export function sealManifest(source: BundleSource): {manifest: Buffer; digest: string; blobs: Blob[]} {
  const blobs: Blob[] = [];
  const entries = source.documents.toSorted(byKindAndName).map((document) => {
    const bytes = Buffer.from(document.json, 'utf8');
    const sha256 = createHash('sha256').update(bytes).digest();
    blobs.push({sha256, bytes});
    const {kind, name, file, line} = document;
    return {kind, name, file, line, sha256, sizeBytes: bytes.length};
  });
  const manifest = Buffer.from(
    BundleManifest.encode({
      schemaVersion: BUNDLE_SCHEMA_VERSION,
      generation: source.generation,
      commit: source.summary.commit,
      tree: source.summary.tree,
      ref: source.ref,
      compiledAt: new Date(source.compiledAtMs),
      documents: entries,
    }).finish(),
  );
  return {manifest, digest: createHash('sha256').update(manifest).digest('hex'), blobs};
}

/** The signed bundle as it is stored and sent. */
export function signBundle(
  source: BundleSource & {rules: number},
  sealed: {manifest: Buffer; digest: string},
  key: KeyObject,
): StoredBundle {
  return {
    generation: source.generation,
    digest: sealed.digest,
    commit: source.summary.commit,
    ref: source.ref,
    manifest: sealed.manifest,
    signature: signEd25519(SIGNED.bundle(sealed.manifest), key),
    publishedAtMs: source.compiledAtMs,
    documents: source.documents.length,
    rules: source.rules,
    subject: source.summary.subject,
    author: source.summary.author,
  };
}

function byKindAndName(a: CompiledDocument, b: CompiledDocument): number {
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return 0;
}
