import {existsSync} from 'node:fs';
import {cp, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {dirname, join, relative} from 'node:path';
import {type SimpleGit, simpleGit} from 'simple-git';

export interface DemoRepository {
  /** Where the repository is; made from the examples if there is none yet. */
  directory: string;
  /** A complete policy repository to copy. */
  examples: string;
  /** `sha256:…` of the demo caller's key. */
  callerKeyHash: string;
  /** By real base URL: what stands in for it; undefined restores the real one. */
  standIns: ReadonlyMap<string, string | undefined>;
}

/** Who calls in a demo; its key works with this repository only. */
const DEMO_CALLER = {
  subject: 'svc:demo',
  groups: ['engineering'],
  datasets: ['handbook', 'hr-records'],
} as const;

const COMMITTER = {name: 'weir dev', email: 'dev@weir.invalid'};

const CALLER_FILE = 'dev/demo-caller.yaml';

/** Not copied: the examples' caller keys stand in public. */
const EXAMPLE_KEYS = join('callers', 'keys.yaml');

/** `baseUrl: "…"` with the note that `weir dev` leaves behind a redirected one. */
const BASE_URL = /\bbaseUrl: *["']?([^"'\s,}]+)["']?([^\n#]*)(?:# stands in for (\S+)[^\n]*)?/g;

/**
 * Makes the policy repository of `weir dev`, or brings an existing one in line: the demo caller's key, and base URLs
 * that point to the stand-in model where there is no provider key. Only these lines are written and committed; what
 * else the user changed stays as it is.
 *
 * @returns the newest commit.
 * @throws Error where Git is missing or the directory cannot be written.
 */
export async function prepareRepository(repository: DemoRepository, signal: AbortSignal): Promise<string> {
  const {directory, examples} = repository;
  await mkdir(directory, {recursive: true});
  const git = simpleGit({
    baseDir: directory,
    abort: signal,
    config: [`user.name=${COMMITTER.name}`, `user.email=${COMMITTER.email}`, 'commit.gpgSign=false'],
  });
  if (!existsSync(join(directory, '.git'))) {
    await cp(examples, directory, {recursive: true, filter: (source) => relative(examples, source) !== EXAMPLE_KEYS});
    await git.init(['--initial-branch=main', '--quiet']);
    await nameCommitter(simpleGit({baseDir: directory, abort: signal}));
    await git.add('.');
    await commit(git, 'Copy the example policies', '.');
  }
  await putFile(git, directory, CALLER_FILE, callerDocument(repository.callerKeyHash));
  for (const file of await yamlFiles(directory)) {
    const before = await readFile(join(directory, file), 'utf8');
    await putFile(git, directory, file, redirect(before, repository.standIns));
  }
  return git.revparse(['HEAD']);
}

/** The YAML with each known base URL pointing where it should, and a note of the real one where it stands in. */
export function redirect(text: string, standIns: DemoRepository['standIns']): string {
  return text.replace(BASE_URL, (whole: string, url: string, rest: string, noted: string | undefined) => {
    const real = noted ?? url;
    if (!standIns.has(real)) return whole;
    const standIn = standIns.get(real);
    const shown = rest.trimEnd();
    if (standIn === undefined) return `baseUrl: "${real}"${shown}`;
    return `baseUrl: "${standIn}"${shown} # stands in for ${real}`;
  });
}

/** So that `git commit` works there on a machine that was never told who commits. */
async function nameCommitter(git: SimpleGit): Promise<void> {
  if ((await git.getConfig('user.email')).value !== null) return;
  await git.addConfig('user.name', COMMITTER.name);
  await git.addConfig('user.email', COMMITTER.email);
}

async function putFile(git: SimpleGit, directory: string, file: string, text: string): Promise<void> {
  const path = join(directory, file);
  if (existsSync(path) && (await readFile(path, 'utf8')) === text) return;
  await mkdir(dirname(path), {recursive: true});
  await writeFile(path, text);
  await git.add(file);
  await commit(git, `Set up ${file} for weir dev`, file);
}

async function commit(git: SimpleGit, message: string, path: string): Promise<void> {
  await git.raw(['commit', '--quiet', '--no-verify', '--message', message, '--', path]);
}

async function yamlFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, {recursive: true});
  return entries.filter((file) => /\.ya?ml$/.test(file) && !file.startsWith('.git')).sort();
}

function callerDocument(hash: string): string {
  return `# The caller of \`weir dev\`. Written by it; delete this file before you use the repository for anything else.
apiVersion: weir/v1
kind: ApiKey
metadata: { name: demo-caller }
spec:
  hash: "${hash}"
  subject: "${DEMO_CALLER.subject}"
  groups: [${DEMO_CALLER.groups.join(', ')}]
  datasets: [${DEMO_CALLER.datasets.join(', ')}]
`;
}
