import {posix} from 'node:path';
import type {SimpleGit} from 'simple-git';
import {isPolicyFile} from '../../engine/language/draft.ts';
import type {Problem} from '../../proto/gen/weir/agent/v1/policy_sync.ts';

/** A policy file as committed. */
export interface PolicyFile {
  /** From the root of the repository. */
  path: string;
  text: string;
}

/** What a commit holds under the configured path, and everything that keeps it from being used. */
export interface PolicyTree {
  files: PolicyFile[];
  problems: Problem[];
}

/** What a policy repository may hold; beyond that a commit is refused. */
export const TREE_LIMITS = {files: 1_000, fileBytes: 256 * 1024, totalBytes: 4 * 1024 * 1024} as const;

interface Entry {
  mode: string;
  kind: string;
  object: string;
  sizeBytes: number;
  path: string;
}

const SYMLINK = '120000';

/**
 * Reads every `*.yaml` and `*.yml` of a commit under `path`, sorted by path, straight from Git's object store.
 *
 * Files and folders whose name starts with a dot are not policy (`.github/`, `.yamllint.yml`). A policy file that is a
 * symbolic link is refused, and submodules are not entered: what is enforced is in the commit itself.
 *
 * @param git runs in the mirror; `withInput` makes one that feeds a command's standard input.
 */
export async function readPolicyTree(
  git: {plain: SimpleGit; withInput: (input: string) => SimpleGit},
  commit: string,
  path: string,
): Promise<PolicyTree> {
  const under = normalPath(path);
  const listing = await git.plain.raw(['ls-tree', '-r', '-z', '-l', '--full-tree', commit, '--', ...under]);
  const entries = parseListing(listing).filter((entry) => entry.kind === 'blob' && isPolicyFile(entry.path));
  const problems = [...checkEntries(entries, commit, path)];
  if (problems.length > 0) return {files: [], problems};
  const bodies = await readBlobs(git.withInput, entries);
  const files: PolicyFile[] = [];
  for (const [index, entry] of entries.entries()) {
    const text = decodeUtf8(bodies[index]);
    if (text === undefined) problems.push(problem(entry.path, 'file_encoding', 'is not UTF-8 text; save it as UTF-8'));
    else files.push({path: entry.path, text});
  }
  return {files, problems};
}

/** The folder as Git spells it; empty for the root. */
function normalPath(path: string): string[] {
  const normal = posix.normalize(path).replace(/^\.?\/+|\/+$/g, '');
  return normal === '' || normal === '.' ? [] : [normal];
}

/** `<mode> <kind> <object> <size>\t<path>`, each ended by NUL. */
function parseListing(listing: string): Entry[] {
  return listing
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', kind = '', object = '', size = ''] = line.slice(0, tab).split(/ +/);
      return {mode, kind, object, sizeBytes: Number(size) || 0, path: line.slice(tab + 1)};
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function* checkEntries(entries: Entry[], commit: string, path: string): Generator<Problem> {
  if (entries.length === 0) {
    const where = `under "${path}" in commit ${commit.slice(0, 12)}`;
    yield problem(
      '',
      'no_policy_files',
      `no *.yaml or *.yml file ${where}, names with a leading dot aside; check --path`,
    );
  }
  if (entries.length > TREE_LIMITS.files) {
    yield problem('', 'too_many_files', `${entries.length} policy files; the limit is ${TREE_LIMITS.files}`);
  }
  let totalBytes = 0;
  for (const entry of entries) {
    totalBytes += entry.sizeBytes;
    if (entry.mode === SYMLINK) {
      yield problem(entry.path, 'file_symlink', 'is a symbolic link; commit the file itself');
    } else if (entry.sizeBytes > TREE_LIMITS.fileBytes) {
      const sizes = `${entry.sizeBytes} bytes; the limit is ${TREE_LIMITS.fileBytes}`;
      yield problem(entry.path, 'file_too_large', `has ${sizes}, so split it`);
    }
  }
  if (totalBytes > TREE_LIMITS.totalBytes) {
    const sizes = `${totalBytes} bytes; the limit is ${TREE_LIMITS.totalBytes}`;
    yield problem('', 'repository_too_large', `all policy files together have ${sizes}`);
  }
}

/** `<object> blob <size>\n<bytes>\n` for each object asked for, in order. */
async function readBlobs(withInput: (input: string) => SimpleGit, entries: Entry[]): Promise<Buffer[]> {
  const input = entries.map(({object}) => `${object}\n`).join('');
  const output = (await withInput(input).binaryCatFile(['--batch'])) as Buffer; // typed any by simple-git
  const bodies: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const end = output.indexOf(0x0a, at);
    const [object, kind, size] = output.toString('latin1', at, end).split(' ');
    if (end < 0 || object !== entry.object || kind !== 'blob') throw new Error(`git lost object ${entry.object}`);
    at = end + 1 + Number(size);
    bodies.push(output.subarray(end + 1, at));
    at += 1;
  }
  return bodies;
}

function decodeUtf8(bytes: Buffer | undefined): string | undefined {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    return undefined;
  }
}

function problem(file: string, code: string, message: string): Problem {
  return {file, line: 0, column: 0, code, message};
}
