import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {weir} from '../io.ts';

const DETECTORS = `
apiVersion: weir/v1
kind: Detector
metadata: { name: unit-code }
spec: { patterns: ['[A-Z]{4}'], confidence: 0.4, context: { raise: [code] }, groups: [staff] }
---
apiVersion: weir/v1
kind: Detector
metadata: { name: badge }
spec: { patterns: ['B-[0-9]+'], keywords: [badge], groups: [staff] }
---
apiVersion: weir/v1
kind: Detector
metadata: { name: people }
spec: { external: { url: "http://127.0.0.1:5002", entities: [PERSON] } }
`;

interface Explained {
  rules: {rule: string; find?: object; replacement?: object; streams?: {until: string; because: string[]}}[];
}

async function repository(t: ExecutionContext, rules: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-explain-'));
  t.teardown(() => rm(directory, {recursive: true}));
  const policy = `apiVersion: weir/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n  rules:\n${rules}`;
  await writeFile(join(directory, 'a.yaml'), `${policy}---${DETECTORS}`);
  return directory;
}

async function explained(t: ExecutionContext, rules: string): Promise<Explained['rules']> {
  const {stdout} = await weir(['policy', 'explain', '--output', 'json', await repository(t, rules)]);
  return (JSON.parse(stdout) as Explained).rules;
}

const MASK = 'on: [request, response], action: mask';

test('a rule says what its names stand for, and how many patterns and keywords that are', async (t) => {
  const [rule] = await explained(
    t,
    `    - { name: r, ${MASK}, find: { detectors: [staff], except: [badge], keywords: [x] } }\n`,
  );
  t.like(rule, {rule: 'p/r', mode: 'enforce', on: ['request', 'response'], action: 'mask'});
  t.like(rule?.find, {names: ['staff'], except: ['badge'], detectors: ['unit-code'], patterns: 1, keywords: 1});
});

test('a rule says what its threshold leaves out', async (t) => {
  const [rule] = await explained(t, `    - { name: r, ${MASK}, find: { detectors: [staff], threshold: 0.9 } }\n`);
  t.like(rule?.find, {threshold: 0.9, patterns: 1, keywords: 1, beyondThreshold: 1});
  const directory = await repository(t, `    - { name: r, ${MASK}, find: { detectors: [staff], threshold: 0.9 } }\n`);
  const {stdout} = await weir(['policy', 'explain', directory]);
  t.regex(stdout, /threshold: +0\.9; nothing makes 1 more pattern that certain\n/);
});

for (const [what, find, mask, streams] of [
  ['a pattern alone is live', '{ detectors: [badge] }', '{}', {until: 'certain', because: []}],
  [
    'confidence waits for the end of a value',
    '{ detectors: [unit-code] }',
    '{}',
    {until: 'valueEnd', because: ['check']},
  ],
  [
    'a replacement that is made from a value waits for its end',
    '{ detectors: [unit-code] }',
    '{ keep: { last: 2 } }',
    {until: 'valueEnd', because: ['check', 'replacement']},
  ],
  [
    'a hash waits for the end of a value',
    '{ detectors: [badge] }',
    '{ hash: true }',
    {until: 'valueEnd', because: ['replacement']},
  ],
  [
    'an analyzer waits for the end of the answer',
    '{ detectors: [badge, people] }',
    '{}',
    {until: 'responseEnd', because: ['analyzer']},
  ],
] as const) {
  test(`on a stream, ${what}`, async (t) => {
    const [rule] = await explained(t, `    - { name: r, ${MASK}, find: ${find}, mask: ${mask} }\n`);
    t.deepEqual(rule?.streams, streams as never);
  });
}

test('a rule on requests does not look at streams, and one that restores says where', async (t) => {
  const rules = [
    '    - { name: a, action: block, find: { keywords: [x] } }',
    '    - { name: b, action: mask, find: { keywords: [x] }, mask: { restore: { tools: ["send_*"] } } }\n',
  ].join('\n');
  const directory = await repository(t, rules);
  const [block, restore] = await explained(t, rules);
  t.is(block?.streams, undefined);
  t.deepEqual(restore?.replacement, {kind: 'restore', tools: ['send_*']});
  const {stdout} = await weir(['policy', 'explain', directory]);
  t.regex(stdout, /^p\/a {2}\(.*a\.yaml:1\)\n[^]*on streams: +not looked at\n/);
  t.regex(stdout, /replacement: +a placeholder; the caller gets the value back in text and in arguments of send_\*\n/);
  t.regex(stdout, /on streams: +live: values come back/);
});

test('a rule says which analyzers it asks, and about what', async (t) => {
  const [prose, prompts] = await explained(
    t,
    [
      `    - { name: a, ${MASK}, find: { detectors: [people] } }`,
      '    - { name: b, action: mask, find: { detectors: [people], in: [prompt] } }\n',
    ].join('\n'),
  );
  t.like(prose?.find, {analyzers: ['people'], patterns: 0, keywords: 0, views: []});
  t.true((prose?.find as {analyzedIn: string[]} | undefined)?.analyzedIn.includes('response'));
  t.like(prompts?.find, {analyzers: ['people'], analyzedIn: ['prompt'], in: ['prompt']});
});

test('a rule on responses says that encoded text waits, unless it looks for none', async (t) => {
  const directory = await repository(
    t,
    [
      `    - { name: a, ${MASK}, find: { detectors: [badge] } }`,
      `    - { name: b, ${MASK}, find: { detectors: [badge], views: none } }\n`,
    ].join('\n'),
  );
  const {stdout} = await weir(['policy', 'explain', directory]);
  t.deepEqual(stdout.match(/when it begins.*/g), [
    'when it begins; what is encoded waits until its decoded text is certain',
    'when it begins',
  ]);
});

test('one rule is picked by name; every other name is a usage error', async (t) => {
  const directory = await repository(t, `    - { name: r, ${MASK}, find: { detectors: [secrets], views: none } }\n`);
  const all = await weir(['policy', 'explain', directory]);
  t.regex(all.stdout, /detectors: .* and \d+ more \(--rule lists them\)\n/);
  const one = await weir(['policy', 'explain', '--rule', 'p/r', directory]);
  t.notRegex(one.stdout, /more \(--rule/);
  t.regex(one.stdout, /views: +none: only the text as it stands\n/);
  const unknown = await weir(['policy', 'explain', '--rule', 'p/x', directory]);
  t.is(unknown.code, 2);
  t.regex(unknown.stderr, /there is no rule "p\/x"/);
});

test('a rule that is off looks at nothing', async (t) => {
  const directory = await repository(t, `    - { name: r, mode: "off", ${MASK}, find: { detectors: [staff] } }\n`);
  t.regex((await weir(['policy', 'explain', directory])).stdout, /mode: +off: it looks at nothing\n/);
});

test('a repository that is not valid is not explained', async (t) => {
  const {code, stdout} = await weir(['policy', 'explain', await repository(t, '    - { name: r, action: blok }\n')]);
  t.is(code, 3);
  t.regex(stdout, /did you mean "block"/);
});
