import {chmod, mkdir, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {type SimpleGit, simpleGit} from 'simple-git';
import {type Mirror, openMirror} from '../../../controlplane/git/mirror.ts';
import {redactText, redactUrl} from '../../../controlplane/git/redact.ts';
import {TREE_LIMITS} from '../../../controlplane/git/tree.ts';
import {tempDir} from '../../support/temp-dir.ts';

const {signal} = new AbortController();

interface Place {
  directory: string;
  work: string;
  git: SimpleGit;
  mirror: Mirror;
  /** Writes files, commits all, and reads them back through the mirror. */
  commit: (files: Record<string, string | Buffer>) => Promise<string>;
}

async function setUp(t: ExecutionContext): Promise<Place> {
  const directory = await tempDir(t);
  const work = join(directory, 'work');
  await mkdir(work);
  const git = simpleGit({baseDir: work, config: ['user.name=Ana Example', 'user.email=ana@example.com']});
  await git.init(['--initial-branch=main']);
  const mirror = openMirror({repository: work, branch: 'main', directory: join(directory, 'mirror')});
  const commit: Place['commit'] = async (files) => {
    for (const [file, content] of Object.entries(files)) {
      await mkdir(join(work, file, '..'), {recursive: true});
      await writeFile(join(work, file), content);
    }
    await git.add('.');
    await git.commit('Change', undefined, {'--allow-empty': null});
    return mirror.fetchTip(signal);
  };
  return {directory, work, git, mirror, commit};
}

test('policy files are read from a commit as they are, sorted, whatever their names', async (t) => {
  const {mirror, commit} = await setUp(t);
  const id = await commit({
    'policies/b.yml': 'b: 1\n',
    'policies/é ü "x".yaml': 'ü: "€"\n',
    'policies/deep/er/a.yaml': '',
    'policies/README.md': 'no policy',
    'policies/.github/workflows/ci.yml': 'no policy',
    'policies/.yamllint.yaml': 'no policy',
    'elsewhere/c.yaml': 'c: 1\n',
  });
  const expected = [
    {path: 'policies/b.yml', text: 'b: 1\n'},
    {path: 'policies/deep/er/a.yaml', text: ''},
    {path: 'policies/é ü "x".yaml', text: 'ü: "€"\n'},
  ];
  for (const path of ['policies', './policies/', '/policies']) {
    t.deepEqual(await mirror.readTree(id, path, signal), {files: expected, problems: []});
  }
  t.is((await mirror.readTree(id, '.', signal)).files.length, 4);
});

test('an earlier commit is read as it was', async (t) => {
  const {mirror, commit} = await setUp(t);
  const first = await commit({'a.yaml': 'one'});
  const second = await commit({'a.yaml': 'two'});
  t.is((await mirror.readTree(first, '.', signal)).files[0]?.text, 'one');
  t.is((await mirror.readTree(second, '.', signal)).files[0]?.text, 'two');
  t.true(await mirror.isAncestor(first, second, signal));
  t.false(await mirror.isAncestor(second, first, signal));
  t.false(await mirror.isAncestor('a'.repeat(40), second, signal));
});

test('a symbolic link in place of a policy file is refused', async (t) => {
  const {mirror, commit, work} = await setUp(t);
  await symlink('/etc/hostname', join(work, 'secret.yaml'));
  const id = await commit({'a.yaml': 'a: 1'});
  const {files, problems} = await mirror.readTree(id, '.', signal);
  t.deepEqual(files, []);
  t.like(problems[0], {file: 'secret.yaml', code: 'file_symlink'});
});

test('a submodule is not entered', async (t) => {
  const {mirror, commit, git, directory} = await setUp(t);
  const first = await commit({'a.yaml': 'a: 1'});
  await git.raw(['update-index', '--add', '--cacheinfo', `160000,${first},sub.yaml`]);
  await git.commit('Add a submodule');
  t.truthy(directory);
  const {files, problems} = await mirror.readTree(await mirror.fetchTip(signal), '.', signal);
  t.deepEqual(problems, []);
  t.deepEqual(
    files.map(({path}) => path),
    ['a.yaml'],
  );
});

test('a file that is too large or not UTF-8 is refused by name', async (t) => {
  const {mirror, commit} = await setUp(t);
  const large = await commit({'large.yaml': 'x'.repeat(TREE_LIMITS.fileBytes + 1)});
  t.like((await mirror.readTree(large, '.', signal)).problems[0], {file: 'large.yaml', code: 'file_too_large'});
  const binary = await commit({'large.yaml': Buffer.from([0x61, 0xff, 0xfe])});
  t.like((await mirror.readTree(binary, '.', signal)).problems[0], {file: 'large.yaml', code: 'file_encoding'});
});

test('too many files are refused', async (t) => {
  const {mirror, commit} = await setUp(t);
  const names = Array.from({length: TREE_LIMITS.files + 1}, (_, index) => [`${index}.yaml`, '']);
  const id = await commit(Object.fromEntries(names) as Record<string, string>);
  t.like((await mirror.readTree(id, '.', signal)).problems[0], {code: 'too_many_files'});
});

test('hooks of the mirror and settings of the repository run nothing', async (t) => {
  const {mirror, commit, directory} = await setUp(t);
  await commit({'a.yaml': '1'});
  const ran = join(directory, 'ran');
  const hook = join(directory, 'mirror', 'hooks', 'reference-transaction');
  await mkdir(join(hook, '..'), {recursive: true});
  await writeFile(hook, `#!/bin/sh\ntouch ${ran}\n`);
  await chmod(hook, 0o755);
  await commit({'a.yaml': '2'});
  t.like(await mirror.describe(await mirror.fetchTip(signal), signal), {author: 'Ana Example <ana@example.com>'});
  await t.throwsAsync(
    import('node:fs/promises').then(async ({stat}) => stat(ran)),
    {code: 'ENOENT'},
  );
});

test('a file:// address works like a path', async (t) => {
  const {commit, work, directory} = await setUp(t);
  const id = await commit({'a.yaml': '1'});
  const repository = pathToFileURL(work).href;
  const mirror = openMirror({repository, branch: 'main', directory: join(directory, 'second')});
  t.is(await mirror.fetchTip(signal), id);
});

test('an unreachable address fails without asking and without showing credentials', async (t) => {
  const directory = await tempDir(t);
  const repository = 'http://robot:not-a-real-password@127.0.0.1:9/policies.git';
  const mirror = openMirror({repository, branch: 'main', directory: join(directory, 'mirror')});
  const error = await t.throwsAsync(mirror.fetchTip(signal), {code: 'GIT_FAILED'});
  t.false(`${error.message}${error.stack ?? ''}${String(error.cause)}`.includes('not-a-real-password'));
  t.is(mirror.address, 'http://127.0.0.1:9/policies.git');
});

test('an address that would run a command is refused', async (t) => {
  const directory = await tempDir(t);
  for (const repository of ['ext::sh -c "touch weir-was-here"', '--upload-pack=touch weir-was-here']) {
    const mirror = openMirror({repository, branch: 'main', directory: join(directory, 'mirror')});
    await t.throwsAsync(mirror.fetchTip(signal), {code: 'GIT_FAILED'});
  }
});

test('an aborted signal ends a fetch', async (t) => {
  const {mirror} = await setUp(t);
  await t.throwsAsync(mirror.fetchTip(AbortSignal.abort(new Error('stopping'))), {message: 'stopping'});
});

test('credentials are cut out of addresses and texts', (t) => {
  t.is(redactUrl('https://robot:secret@git.example.com/p.git?token=secret#x'), 'https://git.example.com/p.git');
  t.is(redactUrl('ssh://git@git.example.com/p.git'), 'ssh://git@git.example.com/p.git');
  t.is(redactUrl('ssh://git:secret@git.example.com/p.git'), 'ssh://git@git.example.com/p.git');
  t.is(redactUrl('git@git.example.com:p.git'), 'git@git.example.com:p.git');
  t.is(redactUrl('/srv/policies.git'), '/srv/policies.git');
  t.is(redactText("fatal: 'https://a:b@h/p' and http://t@h2"), "fatal: 'https://h/p' and http://h2");
});
