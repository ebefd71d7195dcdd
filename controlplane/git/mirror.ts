import {existsSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {type SimpleGit, simpleGit} from 'simple-git';
import {WeirError} from '../../lib/errors.ts';
import {redactText, redactUrl} from './redact.ts';
import {type PolicyTree, readPolicyTree} from './tree.ts';

export interface MirrorOptions {
  /** Any address Git takes: a path, https, ssh. */
  repository: string;
  branch: string;
  /** Where the bare copy is kept; made if it does not exist. */
  directory: string;
}

/** A commit, as far as people want to see it. */
export interface CommitSummary {
  commit: string;
  tree: string;
  author: string;
  subject: string;
}

/** A bare copy of one branch, without work tree. Every method settles soon after its signal aborts. */
export interface Mirror {
  /** The address without credentials. */
  readonly address: string;
  readonly ref: string;
  /**
   * The commit at the tip of the branch, fetched with all its ancestors.
   *
   * @throws WeirError GIT_FAILED when the repository or the branch cannot be reached; it may heal.
   */
  readonly fetchTip: (signal: AbortSignal) => Promise<string>;
  /** Whether `commit` is known and `descendant` contains it. */
  readonly isAncestor: (commit: string, descendant: string, signal: AbortSignal) => Promise<boolean>;
  readonly describe: (commit: string, signal: AbortSignal) => Promise<CommitSummary>;
  /** The policy files of a commit under `path`. */
  readonly readTree: (commit: string, path: string, signal: AbortSignal) => Promise<PolicyTree>;
  /** Keeps a commit from being collected although no branch holds it any more. */
  readonly keep: (commit: string, signal: AbortSignal) => Promise<void>;
}

/** Where the fetched tip and the active commit are remembered. */
const TIP_REF = 'refs/weir/tip';
const ACTIVE_REF = 'refs/weir/active';

/** A Git process that says nothing for this long is ended. */
const SILENCE_MS = 60_000;
/** No single operation takes longer. */
const OPERATION_MS = 10 * 60_000;

/** Hooks off, no prompt, nothing fetched but what was asked for. The environment's own GIT_SSH_COMMAND wins. */
const SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.askPass=true',
  'core.sshCommand=ssh -o BatchMode=yes',
  'fetch.recurseSubmodules=no',
  'gc.autoDetach=false',
  'advice.detachedHead=false',
];

/** A commit id in full. */
const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** Mirrors a branch; nothing is read or fetched before the first call. */
export function openMirror(options: MirrorOptions): Mirror {
  const {repository, branch, directory} = options;
  const ref = `refs/heads/${branch}`;
  // Git runs inside the mirror, so a relative path has to be made absolute first.
  const source = isRemote(repository) ? repository : resolve(repository);
  const run = async (args: string[], signal: AbortSignal): Promise<string> => {
    await prepare(directory, signal);
    return runGit(directory, args, signal);
  };
  return {
    address: redactUrl(repository),
    ref,
    fetchTip: async (signal) => {
      const flags = ['--no-tags', '--no-write-fetch-head', '--force', '--quiet'];
      await run(['fetch', ...flags, '--', source, `+${ref}:${TIP_REF}`], signal);
      return (await run(['rev-parse', '--verify', `${TIP_REF}^{commit}`], signal)).trim();
    },
    isAncestor: async (commit, descendant, signal) => {
      if (!(await isKnown(commit, signal))) return false;
      // merge-base prints the commit itself if, and only if, it is an ancestor; without any base it prints nothing.
      return (await run(['merge-base', requireCommit(commit), requireCommit(descendant)], signal)).trim() === commit;
    },
    describe: async (commit, signal) => {
      const format = '--format=%H%x00%T%x00%an <%ae>%x00%s';
      const text = await run(['log', '-1', '--no-show-signature', format, requireCommit(commit)], signal);
      const [id = '', tree = '', author = '', subject = ''] = text.trimEnd().split('\0');
      return {commit: id, tree, author, subject};
    },
    readTree: async (commit, path, signal) => {
      await prepare(directory, signal);
      const git = {
        plain: gitAt(directory, signal),
        withInput: (input: string) => gitAt(directory, signal, input),
      };
      try {
        return await readPolicyTree(git, requireCommit(commit), path);
      } catch (cause) {
        signal.throwIfAborted();
        throw gitError('read', cause);
      }
    },
    keep: async (commit, signal) => {
      await run(['update-ref', ACTIVE_REF, requireCommit(commit)], signal);
    },
  };

  async function isKnown(commit: string, signal: AbortSignal): Promise<boolean> {
    // cat-file answers `<id> missing` for an object it does not have; that is no failure.
    const answer = await runGit(directory, ['cat-file', '--batch-check'], signal, `${requireCommit(commit)}\n`);
    return answer.trim().split(' ')[1] === 'commit';
  }
}

/** `scheme://…` and `host:path` lead elsewhere; anything else is a folder of this machine. */
function isRemote(repository: string): boolean {
  return /^[^/]*:/.test(repository);
}

async function prepare(directory: string, signal: AbortSignal): Promise<void> {
  if (existsSync(join(directory, 'HEAD'))) return;
  await mkdir(directory, {recursive: true, mode: 0o700});
  await runGit(directory, ['init', '--bare', '--quiet'], signal);
}

function gitAt(directory: string, signal: AbortSignal, input?: string): SimpleGit {
  return simpleGit({
    baseDir: directory,
    abort: AbortSignal.any([signal, AbortSignal.timeout(OPERATION_MS)]),
    config: SETTINGS,
    timeout: {block: SILENCE_MS},
    allowEnvironment: ['GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_SSL_CAINFO'],
    unsafe: {allowUnsafeHooksPath: true, allowUnsafeAskPass: true, allowUnsafeSshCommand: true},
    ...(input === undefined ? {} : {input: () => input}),
  });
}

async function runGit(directory: string, args: string[], signal: AbortSignal, input?: string): Promise<string> {
  try {
    return await gitAt(directory, signal, input).raw(args);
  } catch (cause) {
    signal.throwIfAborted();
    throw gitError(args[0] ?? 'git', cause);
  }
}

/** Git's last words in one line, without credentials. */
function gitError(command: string, cause: unknown): WeirError {
  if (cause instanceof WeirError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (text.includes('ENOENT') && text.includes('spawn')) {
    return new WeirError('GIT_FAILED', 'git was not found; install git 2.30 or later and put it on the PATH');
  }
  const lines = redactText(text)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const said = lines.find((line) => /^(fatal|error|ERROR|ssh|Host key)/.test(line)) ?? lines[0] ?? 'no reason given';
  // The cause is left out: its message may hold the repository's credentials.
  return new WeirError('GIT_FAILED', `git ${command}: ${said.slice(0, 500)}`);
}

function requireCommit(commit: string): string {
  if (COMMIT.test(commit)) return commit;
  throw new WeirError('INVALID_ARGUMENT', `"${commit.slice(0, 80)}" is not a full commit id`);
}
