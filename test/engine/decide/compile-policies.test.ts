import test from 'ava';
import {compileRepository} from '../../../engine/language/compile.ts';
import {loadBundle} from '../../../engine/load-bundle.ts';

const HEAD = 'apiVersion: weir/v1\nkind: Policy\nmetadata: { name: p }\n';

function rulesOf(...rules: string[]) {
  const text = `${HEAD}spec:\n  rules:\n${rules.map((rule) => `    - ${rule}\n`).join('')}`;
  const compiled = compileRepository([{path: 'a.yaml', text}]);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const loaded = loadBundle({generation: 1n, digest: '', commit: '', documents: compiled.documents});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.bundle.policies.rules;
}

for (const [mask, replacement] of [
  ['', {kind: 'text', token: '[REDACTED:{finding}]'}],
  [', mask: {}', {kind: 'text', token: '[REDACTED:{finding}]'}],
  [', mask: { with: "***" }', {kind: 'text', token: '***'}],
  [', mask: { keep: { first: 2 } }', {kind: 'keep', first: 2, last: 0}],
  [', mask: { keep: { first: 2, last: 4 } }', {kind: 'keep', first: 2, last: 4}],
  [', mask: { hash: true }', {kind: 'hash'}],
  [', mask: { restore: {} }', {kind: 'restore', tools: []}],
  [', mask: { restore: { tools: ["send_*"] } }', {kind: 'restore', tools: ['send_*']}],
] as const) {
  test(`a finding is replaced as asked for by ${mask.slice(2) || 'a rule that says nothing of it'}`, (t) => {
    const [rule] = rulesOf(`{ name: r, action: mask, find: { keywords: [x] }${mask} }`);
    t.deepEqual(rule?.action === 'mask' ? rule.replacement : undefined, replacement as never);
  });
}

test('a bundle whose rule asks for two replacements is not taken', (t) => {
  const spec = {rules: [{name: 'r', action: 'mask', find: {keywords: ['x']}, mask: {with: '*', hash: true}}]};
  const json = JSON.stringify({apiVersion: 'weir/v1', kind: 'Policy', metadata: {name: 'p'}, spec});
  const document = {kind: 'Policy', name: 'p', file: 'a.yaml', line: 1, json};
  const loaded = loadBundle({generation: 1n, digest: '', commit: '', documents: [document]});
  t.like(loaded, {ok: false, problems: [{message: 'rule "r" asks for more than one replacement'}]});
});

test('what a rule makes streams wait for is part of the bundle; a rule on requests makes them wait for nothing', (t) => {
  const rules = rulesOf(
    '{ name: a, on: [response], action: mask, find: { keywords: [x] } }',
    '{ name: b, on: [response], action: block, find: { detectors: [iban] } }',
    '{ name: c, action: mask, find: { detectors: [iban] } }',
  );
  t.deepEqual(
    rules.map((rule) => rule.streams),
    [{until: 'certain', because: []}, {until: 'valueEnd', because: ['check']}, undefined],
  );
});
