import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {Readable} from 'node:stream';
import test, {type ExecutionContext} from 'ava';
import type {Command} from '../../cli/command.ts';
import {detectorsCommand} from '../../cli/policy/detectors.ts';
import {testCommand} from '../../cli/policy/test.ts';
import {validateCommand} from '../../cli/policy/validate.ts';

const EXAMPLES = join(import.meta.dirname, '../../policies-example');

const BROKEN = 'apiVersion: weir/v1\nkind: Policy\nmetadata: { name: a }\nspec: { rulez: [] }\n';
const PROVIDER =
  'apiVersion: weir/v1\nkind: Provider\nmetadata: { name: openai }\nspec: { dialect: openai, baseUrl: "https://api.example.com" }\n';
const OPEN = 'apiVersion: weir/v1\nkind: Policy\nmetadata: { name: open }\nspec: { rules: [] }\n';

function caseFile(expected: string): string {
  const given = 'given: { provider: openai, prompt: hello }';
  return `apiVersion: weir/v1\nkind: PolicyTest\nmetadata: { name: t }\nspec: { cases: [{ name: one, ${given}, expect: ${expected} }] }\n`;
}

async function run(command: Command, ...argv: string[]) {
  return runWith('', command, ...argv);
}

async function runWith(stdin: string, command: Command, ...argv: string[]) {
  const written = {stdout: '', stderr: ''};
  const io = {
    stdout: {write: (chunk: string | Uint8Array) => (written.stdout += String(chunk))},
    stderr: {write: (chunk: string | Uint8Array) => (written.stderr += String(chunk))},
    stdin: () => Readable.from([Buffer.from(stdin)]),
    env: {},
    signal: new AbortController().signal,
    isTTY: false,
    columns: 80,
  };
  const code = await command.run(argv, io);
  return {code, ...written};
}

async function folder(t: ExecutionContext, files: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-policy-'));
  t.teardown(() => rm(directory, {recursive: true}));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), {recursive: true});
    await writeFile(join(directory, path), text);
  }
  return directory;
}

test('the example repository is valid, and all of its tests pass', async (t) => {
  const validated = await run(validateCommand, EXAMPLES);
  t.is(validated.code, 0);
  t.regex(validated.stdout, /^valid: \d+ documents, \d+ rules, \d+ test cases\n$/);
  const tested = await run(testCommand, EXAMPLES);
  t.is(tested.code, 0);
  t.regex(tested.stdout, /\n\d+ passed, 0 failed\n$/);
});

test('a wrong policy is shown with its place, its line and a caret, and exits with 3', async (t) => {
  const directory = await folder(t, {'policies/a.yaml': BROKEN, '.github/b.yaml': 'ignored: true'});
  const {code, stdout} = await run(validateCommand, directory);
  t.is(code, 3);
  const shown = [
    `${directory}/policies/a.yaml:4:7  "rules" is missing in "spec"; a policy that allows all it applies to says "rules: []"`,
    '  4 | spec: { rulez: [] }',
    '    |       ^',
    '',
    `${directory}/policies/a.yaml:4:9  unknown field "rulez"; did you mean "rules"?`,
    '  4 | spec: { rulez: [] }',
    '    |         ^',
    '',
    '2 problems in 1 file',
    '',
  ];
  t.is(stdout, shown.join('\n'));
});

test('problems come as JSON for programs', async (t) => {
  const directory = await folder(t, {'a.yaml': BROKEN});
  const {code, stdout} = await run(validateCommand, directory, '--output', 'json');
  t.is(code, 3);
  const result = JSON.parse(stdout) as {valid: boolean; problems: unknown[]};
  t.false(result.valid);
  t.like(result.problems[1], {file: 'a.yaml', line: 4, column: 9, code: 'unknown_field'});
});

test('control characters of a policy file do not reach the terminal', async (t) => {
  const directory = await folder(t, {
    'a.yaml': BROKEN.replace('rulez', '"\u001b[31m\u202erulez"').replace('\u001b', '\\e'),
  });
  const {stdout} = await run(validateCommand, directory);
  t.notRegex(stdout, /[\u001b\u202e]/);
});

test('a directory that is not there is a usage error', async (t) => {
  const error = await t.throwsAsync(run(validateCommand, '/nowhere/at/all'));
  t.like(error, {
    code: 'USAGE',
    message: '"/nowhere/at/all" is not a directory; name the folder that holds the policies',
  });
});

test('a failing case shows what was expected and what came, and exits with 1', async (t) => {
  const files = {
    'a.yaml': PROVIDER,
    'b.yaml': OPEN,
    'c.yaml': caseFile('{ verdict: block, code: blocked, sent: bye }'),
  };
  const {code, stdout} = await run(testCommand, await folder(t, files));
  t.is(code, 1);
  t.regex(stdout, /^FAIL {2}t: one {2}\(.*c\.yaml:4\)\n/);
  t.regex(stdout, /verdict\n {10}expected {2}block\n {10}actual {4}allow\n/);
  t.regex(stdout, /sent\n {10}expected {2}bye\n {10}actual {4}hello\n/);
  t.regex(stdout, /\n0 passed, 1 failed\n$/);
});

test('a repository without tests does not pass as tested', async (t) => {
  const {code, stderr} = await run(testCommand, await folder(t, {'a.yaml': OPEN}));
  t.is(code, 1);
  t.regex(stderr, /nothing was tested/);
});

test('policy that is not valid is not tested', async (t) => {
  const {code, stdout} = await run(testCommand, await folder(t, {'a.yaml': BROKEN}));
  t.is(code, 3);
  t.regex(stdout, /2 problems in 1 file/);
});

test('detectors are listed with what makes their matches count', async (t) => {
  const listed = await run(detectorsCommand, '--group', 'financial');
  t.regex(listed.stdout, /^NAME +GROUPS +CONFIDENCE +CHECKS +FINDS\n/);
  t.regex(listed.stdout, /\niban +.* iban/);
  t.notRegex(listed.stdout, /\nemail /);
  const one = await run(detectorsCommand, '--name', 'email', '--output', 'json');
  const {detectors} = JSON.parse(one.stdout) as {detectors: {name: string; views: string[]}[]};
  t.deepEqual(
    detectors.map(({name}) => name),
    ['email'],
  );
  t.true(detectors[0]?.views.includes('base64'));
});

test('one detector is shown with its context words, examples and near-misses', async (t) => {
  const spec = "{ patterns: ['[A-Z]{4}'], keywords: [abc], context: { raise: [code], lower: [word] }, groups: [pii] }";
  const head = 'apiVersion: weir/v1\nkind: Detector\nmetadata: { name: unit-code, description: Codes of units }\n';
  const directory = await folder(t, {'a.yaml': `${head}spec: ${spec}\n`});
  const own = (await run(detectorsCommand, '--name', 'unit-code', directory)).stdout;
  for (const [field, value] of [
    ['finds', 'Codes of units'],
    ['keywords', '1'],
    ['more after', 'code'],
    ['less after', 'word'],
    ['views', 'jsonEscapes, .*homoglyphs'],
  ] as const) {
    t.regex(own, new RegExp(`^${field}: +${value}$`, 'm'));
  }
  const builtIn = (await run(detectorsCommand, '--name', 'email')).stdout;
  t.regex(builtIn, /^finds in: +.*@/m);
  t.regex(builtIn, /^not in: +/m);
});

test('an unknown group or detector is a usage error that says what could have been meant', async (t) => {
  await t.throwsAsync(run(detectorsCommand, '--group', 'financal'), {code: 'USAGE', message: /did you mean financial/});
  await t.throwsAsync(run(detectorsCommand, '--name', 'emial'), {code: 'USAGE', message: /did you mean email/});
  await t.throwsAsync(run(detectorsCommand, '--name', 'secrets.ai'), {message: /it is a group: --group secrets\.ai/});
});

test('detectors are tried on a text: what they find, how sure, and the text as it would be masked', async (t) => {
  const text = 'write to ana@example.com';
  const expected = {
    found: [{detector: 'email', start: 9, end: 24, text: 'ana@example.com'}],
    masked: 'write to [REDACTED:email]',
  };
  const tried = await run(detectorsCommand, '--name', 'email', '--try', text, '--output', 'json');
  t.like(JSON.parse(tried.stdout), expected);
  const piped = await runWith(text, detectorsCommand, '--name', 'email', '--try', '-', '--output', 'json');
  t.deepEqual(JSON.parse(piped.stdout), JSON.parse(tried.stdout));
  t.is((await run(detectorsCommand, '--try', 'hello')).stdout, 'nothing found\n');
  const unsure = await run(detectorsCommand, '--name', 'bank-account', '--try', 'pin 078051120');
  t.is(unsure.stdout, 'nothing found; below the threshold: bank-account 0.2\n');
  const encoded = await run(detectorsCommand, '--name=email', '--try=to ana%40example.com');
  t.regex(encoded.stdout, /\nto \[REDACTED:email\]\n$/);
});

test('detectors of a repository are listed and tried with the built-in ones, words before a match considered', async (t) => {
  const spec = "{ patterns: ['[A-Z]{4}'], confidence: 0.4, context: { raise: [code] }, groups: [pii] }";
  const head = 'apiVersion: weir/v1\nkind: Detector\nmetadata: { name: unit-code }\n';
  const directory = await folder(t, {'a.yaml': `${head}spec: ${spec}\n`});
  t.regex((await run(detectorsCommand, '--group', 'pii', directory)).stdout, /\nunit-code +pii +0\.4 +context\n/);
  const tried = await run(detectorsCommand, '--name', 'unit-code', '--try', 'ABCD, code EFGH', directory);
  t.regex(tried.stdout, /\nunit-code +11 +15 +0\.8 +EFGH\n\nABCD, code \[REDACTED:unit-code\]\n$/);
  const unsure = await run(detectorsCommand, '--name=unit-code', '--threshold=0.3', '--try=ABCD', directory);
  t.regex(unsure.stdout, /\nunit-code +0 +4 +0\.4 +ABCD\n/);
});

test('who tries a detector that asks an analyzer is told that nobody is asked', async (t) => {
  const spec = '{ external: { url: "http://127.0.0.1:5002", entities: [PERSON] } }';
  const head = 'apiVersion: weir/v1\nkind: Detector\nmetadata: { name: people }\n';
  const directory = await folder(t, {'a.yaml': `${head}spec: ${spec}\n`});
  const {stdout, stderr} = await run(detectorsCommand, '--name=people', '--try=Ada', directory);
  t.is(stdout, 'nothing found\n');
  t.is(stderr, 'weir: only agents ask analyzers: people is not tried in full\n');
});

test('a repository that is not valid has no detectors to try', async (t) => {
  const {code, stdout} = await run(detectorsCommand, '--try', 'x', await folder(t, {'a.yaml': BROKEN}));
  t.is(code, 3);
  t.regex(stdout, /2 problems in 1 file/);
});
