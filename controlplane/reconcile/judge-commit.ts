import type {KeyObject} from 'node:crypto';
import type {Bundle, CompiledDocument} from '../../engine/bundle.ts';
import type {Problem} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import type {Mirror} from '../git/mirror.ts';
import type {PolicyFile} from '../git/tree.ts';
import type {Blob, StoredBundle} from '../store/bundle-store.ts';
import {sealManifest, signBundle} from './sign-bundle.ts';

/** The language, as far as reconciling needs it. */
export interface Compiler {
  readonly compile: (
    files: PolicyFile[],
  ) => {ok: true; documents: CompiledDocument[]} | {ok: false; problems: Problem[]};
  readonly load: (source: {
    generation: bigint;
    digest: string;
    commit: string;
    documents: CompiledDocument[];
  }) => {ok: true; bundle: Bundle} | {ok: false; problems: Problem[]};
}

export interface JudgeOptions {
  mirror: Mirror;
  /** Folder of the repository that holds policy. */
  path: string;
  /** A commit that may replace the active one although it does not descend from it; at least 7 hex digits. */
  acceptRewrite: string | undefined;
  compiler: Compiler;
  signingKey: KeyObject;
  now: () => number;
}

/** A commit is either ready to be published, or refused with every reason. */
export type Judgement = {kind: 'good'; bundle: StoredBundle; blobs: Blob[]} | {kind: 'refused'; problems: Problem[]};

/**
 * Decides whether a commit may follow the active bundle; publishes nothing.
 *
 * @throws WeirError GIT_FAILED when the mirror cannot be read.
 */
export async function judgeCommit(
  commit: string,
  active: StoredBundle | undefined,
  options: JudgeOptions,
  signal: AbortSignal,
): Promise<Judgement> {
  const {mirror, path, compiler, signingKey, now} = options;
  const mayFollow =
    active === undefined ||
    isAccepted(commit, options.acceptRewrite) ||
    (await mirror.isAncestor(active.commit, commit, signal));
  if (!mayFollow) return {kind: 'refused', problems: [historyRewritten(commit, active.commit)]};

  const tree = await mirror.readTree(commit, path, signal);
  if (tree.problems.length > 0) return {kind: 'refused', problems: tree.problems};
  const compiled = compiler.compile(tree.files);
  if (!compiled.ok) return {kind: 'refused', problems: compiled.problems};

  const {documents} = compiled;
  const summary = await mirror.describe(commit, signal);
  const generation = (active?.generation ?? 0n) + 1n;
  const source = {documents, generation, summary, ref: mirror.ref, compiledAtMs: now()};
  const {manifest, digest, blobs} = sealManifest(source);
  // What an agent could not load is never published.
  const loaded = compiler.load({generation, digest, commit, documents});
  if (!loaded.ok) return {kind: 'refused', problems: loaded.problems};
  return {
    kind: 'good',
    bundle: signBundle({...source, rules: loaded.bundle.rules}, {manifest, digest}, signingKey),
    blobs,
  };
}

function isAccepted(commit: string, accepted: string | undefined): boolean {
  return accepted !== undefined && accepted.length >= 7 && commit.startsWith(accepted.toLowerCase());
}

function historyRewritten(commit: string, active: string): Problem {
  const message =
    `commit ${commit} does not descend from the active commit ${active}: the branch was rewritten; push a commit that ` +
    `descends from the active one, or start the control plane once with --accept-rewrite ${commit}`;
  return {file: '', line: 0, column: 0, code: 'history_rewritten', message};
}
