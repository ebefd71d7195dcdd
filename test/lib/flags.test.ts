import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {errorCode} from '../../lib/errors.ts';
import {helpText} from '../../lib/flag-help.ts';
import {parseFlags, type Usage} from '../../lib/flags.ts';

const FLAGS = {
  repo: {type: 'string', help: 'the policy repository', required: true},
  grpcListen: {type: 'string', default: '127.0.0.1:8443', help: 'address'},
  pollInterval: {type: 'duration', default: 15_000, min: 100, help: 'time between fetches'},
  output: {type: 'string', choices: ['table', 'json'], default: 'table', help: 'form'},
  pageSize: {type: 'number', max: 1_000, help: 'rows'},
  adminToken: {type: 'list', secret: true, help: 'tokens'},
  credential: {type: 'list', configKey: 'credentials', help: 'sources'},
  insecure: {type: 'boolean', help: 'plaintext'},
} as const;

const USAGE = {
  name: 'weir thing',
  summary: 'Does a thing.',
  flags: FLAGS,
  positionals: [{name: 'ID', help: 'which one', required: false}],
  examples: ['weir thing --repo .'],
} satisfies Usage;

function values(argv: string[], env: Record<string, string> = {}) {
  const parsed = parseFlags<typeof FLAGS>(USAGE, ['--repo', '.', ...argv], env);
  if (parsed.kind === 'help') throw new Error('help was not asked for');
  return {...parsed.values, positionals: parsed.positionals};
}

function configFile(t: ExecutionContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-flags-'));
  t.teardown(() => {
    rmSync(folder, {recursive: true});
  });
  const path = join(folder, 'weir.yaml');
  writeFileSync(path, text);
  return path;
}

test('defaults stand where nothing is given', (t) => {
  t.deepEqual(values([]), {
    repo: '.',
    grpcListen: '127.0.0.1:8443',
    pollInterval: 15_000,
    output: 'table',
    pageSize: undefined,
    adminToken: [],
    credential: [],
    insecure: false,
    positionals: [],
  });
});

test('the command line wins over the environment, which wins over the file', (t) => {
  const config = configFile(t, 'grpc-listen: from-file\npollInterval: 1s\noutput: json\n');
  const env = {WEIR_GRPC_LISTEN: 'from-env', WEIR_POLL_INTERVAL: '2s', WEIR_CONFIG: config};
  t.like(values(['--grpc-listen=from-line'], env), {grpcListen: 'from-line', pollInterval: 2_000, output: 'json'});
});

test('a list is repeated on the command line, separated by space in the environment, a list in the file', (t) => {
  t.deepEqual(values(['--admin-token', 'a', '--admin-token=b=c']).adminToken, ['a', 'b=c']);
  t.deepEqual(values([], {WEIR_ADMIN_TOKEN: 'a:group=x,group=y\n b '}).adminToken, ['a:group=x,group=y', 'b']);
  const config = configFile(t, 'credentials:\n  - openai=env:KEY@api.openai.com\n');
  t.deepEqual(values(['--config', config]).credential, ['openai=env:KEY@api.openai.com']);
});

test('a boolean flag takes no value unless it is joined by =', (t) => {
  const {insecure, positionals} = values(['--insecure', 'thing']);
  t.true(insecure);
  t.deepEqual(positionals, ['thing']);
  t.false(values(['--insecure=false'], {WEIR_INSECURE: 'true'}).insecure);
});

test('behind -- everything is an argument', (t) => {
  t.deepEqual(values(['--', '--insecure']).positionals, ['--insecure']);
});

for (const [title, argv, env, message] of [
  [
    'an unknown flag',
    ['--grpc-lisen', 'x'],
    {},
    /--grpc-lisen is not a flag of weir thing \(did you mean --grpc-listen\?\); see/,
  ],
  ['a short flag', ['-x'], {}, /--x is not a flag of weir thing; see weir thing --help$/],
  ['a flag without its value', ['--grpc-listen'], {}, /--grpc-listen needs a value \(TEXT\)/],
  ['a flag in place of a value', ['--grpc-listen', '--insecure'], {}, /--grpc-listen needs a value/],
  ['a flag given twice', ['--output', 'json', '--output', 'json'], {}, /--output is given twice/],
  ['a rubbish duration', ['--poll-interval', '15'], {}, /--poll-interval: "15" is not a duration like 500ms/],
  ['a duration under the limit', ['--poll-interval', '1ms'], {}, /"1ms" is not at least 100 ms/],
  ['a number over the limit', ['--page-size', '1001'], {}, /--page-size: "1001" is not from 0 to 1000/],
  ['a word for a number', [], {WEIR_PAGE_SIZE: 'many'}, /WEIR_PAGE_SIZE: "many" is not a number/],
  ['a choice that is none', ['--output', 'xml'], {}, /"xml" is not one of table, json/],
  ['a word for a boolean', ['--insecure=perhaps'], {}, /"perhaps" is not true or false/],
  ['an argument too many', ['a', 'b'], {}, /"b" is one argument too many/],
  ['a configuration file that is not there', ['--config', '/nowhere/w.yaml'], {}, /cannot be read \(ENOENT\)/],
] as const) {
  test(`${title} is a usage error of one line`, (t) => {
    const error = t.throws(() => values([...argv], env), {message});
    t.is(errorCode(error), 'USAGE');
    t.notRegex(error.message, /\n/);
  });
}

for (const [title, text, message] of [
  ['names an unknown key', 'polInterval: 1s\n', /"polInterval" is not a setting here \(did you mean pollInterval\?\)/],
  ['is no mapping', '- a\n', /must hold `flag: value` pairs/],
  ['is no YAML', 'a: [\n', /weir\.yaml:\d+:\d+: /],
  ['sets a key twice', 'pollInterval: 1s\npoll-interval: 2s\n', /"poll-interval" is set twice/],
  ['nests', 'repo: {url: x}\n', /"repo" must be a text/],
] as const) {
  test(`a configuration file that ${title} is a usage error`, (t) => {
    const config = configFile(t, text);
    const error = t.throws(() => values(['--config', config]), {message});
    t.is(errorCode(error), 'USAGE');
  });
}

test('a required flag that is missing is named with its variable', (t) => {
  t.throws(() => parseFlags(USAGE, [], {}), {message: /^--repo \(or WEIR_REPO\) must be given/});
  t.notThrows(() => parseFlags(USAGE, [], {WEIR_REPO: 'x'}));
});

test('the value of a secret flag is in no error', (t) => {
  const usage = {...USAGE, flags: {token: {type: 'number', secret: true, help: 'x'}}} as const;
  t.throws(() => parseFlags(usage, ['--token', 'hunter2'], {}), {message: '--token: the value is not a number'});
});

test('help names every flag with its variable and its default, and the examples', (t) => {
  t.is(parseFlags(USAGE, ['--insecure', '--help'], {}).kind, 'help');
  const text = helpText(USAGE);
  t.regex(text, /--poll-interval DURATION +time between fetches \(WEIR_POLL_INTERVAL, default 15s\)/);
  t.regex(text, /--repo TEXT +the policy repository \(WEIR_REPO, required\)/);
  t.regex(text, /Usage:\n {2}weir thing \[ID\] \[flags\]/);
  t.regex(text, /Examples:\n {2}weir thing --repo \./);
});
