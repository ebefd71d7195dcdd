import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {simpleGit} from 'simple-git';
import {prepareRepository, redirect} from '../../../cli/dev/demo-repository.ts';

const REAL = 'https://api.openai.com/v1';
const STAND_IN = 'http://127.0.0.1:8789/v1';
const PROVIDER = `kind: Provider\nspec: { dialect: openai, baseUrl: "${REAL}", credential: openai-key }\n`;
const signal = new AbortController().signal;

async function folders(t: ExecutionContext): Promise<{examples: string; directory: string}> {
  const base = await mkdtemp(join(tmpdir(), 'weir-demo-'));
  t.teardown(async () => rm(base, {recursive: true, force: true}));
  const examples = join(base, 'examples');
  await mkdir(join(examples, 'callers'), {recursive: true});
  await writeFile(join(examples, 'callers', 'keys.yaml'), 'kind: ApiKey\n');
  await writeFile(join(examples, 'providers.yaml'), PROVIDER);
  return {examples, directory: join(base, 'policies')};
}

test('a base URL is redirected with a note, moved to another port, and restored', (t) => {
  const standing = redirect(PROVIDER, new Map([[REAL, STAND_IN]]));
  t.true(standing.includes(`baseUrl: "${STAND_IN}", credential: openai-key } # stands in for ${REAL}\n`));
  const moved = redirect(standing, new Map([[REAL, 'http://127.0.0.1:9000/v1']]));
  t.true(moved.includes(`baseUrl: "http://127.0.0.1:9000/v1", credential: openai-key } # stands in for ${REAL}\n`));
  t.is(redirect(moved, new Map([[REAL, undefined]])), PROVIDER);
  t.is(
    redirect('baseUrl: https://other.example.com\n', new Map([[REAL, STAND_IN]])),
    'baseUrl: https://other.example.com\n',
  );
});

test('the repository is made once, and a later start commits nothing when nothing changed', async (t) => {
  const {examples, directory} = await folders(t);
  const options = {directory, examples, callerKeyHash: 'sha256:00', standIns: new Map([[REAL, STAND_IN]])};
  await prepareRepository(options, signal);
  const first = (await simpleGit(directory).log()).latest?.hash;
  await prepareRepository(options, signal);

  t.is((await simpleGit(directory).log()).latest?.hash, first);
  t.true((await readFile(join(directory, 'providers.yaml'), 'utf8')).includes(STAND_IN));
  t.true((await simpleGit(directory).status()).isClean());
  t.deepEqual(await readdir(join(directory, 'callers')), [], 'keys that stand in public let nobody in');
});

test.serial('where nobody told Git who commits, commits in the repository work all the same', async (t) => {
  const {examples, directory} = await folders(t);
  const before = {...process.env};
  t.teardown(() => Object.assign(process.env, before));
  Object.assign(process.env, {HOME: examples, XDG_CONFIG_HOME: examples});
  await prepareRepository({directory, examples, callerKeyHash: 'sha256:00', standIns: new Map()}, signal);
  const local = await simpleGit(directory).listConfig('local');
  t.is(local.all['user.email'], 'dev@weir.invalid');
  t.is(local.all['user.name'], 'weir dev');
});

test('what the user committed or is editing stays when the key changes', async (t) => {
  const {examples, directory} = await folders(t);
  const options = {directory, examples, standIns: new Map([[REAL, STAND_IN]])};
  await prepareRepository({...options, callerKeyHash: 'sha256:00'}, signal);
  await writeFile(join(directory, 'mine.yaml'), 'kind: Policy\n');
  await prepareRepository({...options, callerKeyHash: 'sha256:11'}, signal);

  t.deepEqual((await simpleGit(directory).status()).not_added, ['mine.yaml']);
  t.true((await readFile(join(directory, 'dev/demo-caller.yaml'), 'utf8')).includes('sha256:11'));
});
