import test from 'ava';
import type {CompiledDocument} from '../../engine/bundle.ts';
import {compileRepository} from '../../engine/language/compile.ts';
import {loadBundle} from '../../engine/load-bundle.ts';
import {bundleFrom} from '../support/bundle-from.ts';

const source = {generation: 7n, digest: 'd'.repeat(64), commit: 'c'.repeat(40)};

function document(kind: string, name: string, spec: object, more: Partial<CompiledDocument> = {}): CompiledDocument {
  const json = JSON.stringify({apiVersion: 'weir/v1', kind, metadata: {name}, spec});
  return {kind, name, file: 'policy.yaml', line: 3, json, ...more};
}

function problemsOf(...documents: CompiledDocument[]): string[] {
  const loaded = loadBundle({...source, documents});
  return loaded.ok ? [] : loaded.problems.map(({file, line, code}) => `${file}:${line} ${code}`);
}

test('a bundle takes generation, digest and commit from its manifest', (t) => {
  const loaded = loadBundle({...source, documents: [document('Policy', 'open', {rules: []})]});
  t.like(loaded, {ok: true, bundle: source});
});

test('what a compiled document leaves out has its default', (t) => {
  const url = 'https://api.example.com/v1/';
  const bundle = bundleFrom(
    `{apiVersion: weir/v1, kind: Provider, metadata: {name: openai}, spec: {dialect: openai, baseUrl: "${url}"}}`,
  );
  t.deepEqual(bundle.providers.get('openai'), {
    name: 'openai',
    dialect: 'openai',
    baseUrl: 'https://api.example.com/v1',
    credential: undefined,
    models: [],
    default: true,
    maxRequestBytes: 33_554_432,
    connectTimeoutMs: 10_000,
    firstByteTimeoutMs: 600_000,
    idleTimeoutMs: 300_000,
  });
});

test('the default of a dialect is the provider that says so, or the only one', (t) => {
  const provider = (name: string, dialect: string, more = '') =>
    `{apiVersion: weir/v1, kind: Provider, metadata: {name: ${name}},
      spec: {dialect: ${dialect}, baseUrl: "https://${name}.example.com"${more}}}`;
  const bundle = bundleFrom(
    provider('one', 'openai'),
    provider('two', 'openai', ', default: true'),
    provider('three', 'anthropic'),
  );
  t.is(bundle.defaultProvider('openai')?.name, 'two');
  t.is(bundle.defaultProvider('anthropic')?.name, 'three');
  t.is(bundleFrom(provider('one', 'openai'), provider('two', 'openai')).defaultProvider('openai'), undefined);
});

test('an agent belongs to the most specific group that selects it, else to the strict default', (t) => {
  const group = (name: string, selector: string) =>
    `{apiVersion: weir/v1, kind: AgentGroup, metadata: {name: ${name}}, spec: {selector: ${selector}, content: none}}`;
  const bundle = bundleFrom(
    group('prod', '{env: prod}'),
    group('prod-eu', '{env: prod, zone: eu}'),
    group('also-prod', '{env: prod}'),
  );
  t.is(bundle.agentGroup({env: 'prod', zone: 'eu', node: '1'}).name, 'prod-eu');
  t.is(bundle.agentGroup({env: 'prod'}).name, 'also-prod');
  t.like(bundle.agentGroup({env: 'dev'}), {
    name: 'default',
    recording: 'strict',
    content: 'masked',
    maxStalenessMs: 86_400_000,
  });
});

test('keys and identity providers come with what the agent checks', (t) => {
  const hash = `sha256:${'0'.repeat(64)}`;
  const bundle = bundleFrom(
    `{apiVersion: weir/v1, kind: ApiKey, metadata: {name: billing},
      spec: {hash: "${hash}", subject: "svc:billing", groups: [engineering], expires: 2027-06-30}}`,
    `{apiVersion: weir/v1, kind: IdentityProvider, metadata: {name: corp},
      spec: {issuer: "https://login.example.com", audiences: [weir], claims: {subject: email}}}`,
  );
  t.like(bundle.apiKeys.get(hash), {subject: 'svc:billing', datasets: [], expiresAtMs: Date.UTC(2027, 5, 30)});
  t.deepEqual(bundle.identityProviders[0], {
    name: 'corp',
    issuer: 'https://login.example.com',
    audiences: ['weir'],
    jwksUri: undefined,
    algorithms: ['RS256', 'ES256', 'EdDSA'],
    claims: {subject: 'email', groups: 'groups', datasets: undefined},
  });
});

test('rules that are off are not counted', (t) => {
  const rules =
    '{name: one, action: block}, {name: two, mode: "off", action: block}, {name: three, mode: shadow, action: block}';
  const policy = (name: string, mode: string) =>
    `{apiVersion: weir/v1, kind: Policy, metadata: {name: ${name}}, spec: {mode: "${mode}", rules: [${rules}]}}`;
  t.is(bundleFrom(policy('a', 'enforce'), policy('b', 'off')).rules, 2);
});

test('a document that this version cannot take fails the whole bundle', (t) => {
  const good = document('Policy', 'open', {rules: []});
  t.deepEqual(problemsOf(good, document('Waiver', 'later', {})), ['policy.yaml:3 unknown_kind']);
  t.deepEqual(problemsOf(document('Policy', 'a', {rules: [], newField: 1})), ['policy.yaml:3 bundle_unreadable']);
  t.deepEqual(problemsOf(document('Policy', 'a', {rules: []}, {json: '{'})), ['policy.yaml:3 bundle_unreadable']);
  t.deepEqual(problemsOf(document('Policy', 'a', {rules: []}, {name: 'b'})), ['policy.yaml:3 bundle_unreadable']);
  const rule = (more: object) => document('Policy', 'a', {rules: [{name: 'one', action: 'block', ...more}]});
  t.deepEqual(problemsOf(rule({find: {detectors: ['of-the-future']}})), [':0 bundle_unreadable']);
  t.deepEqual(problemsOf(rule({find: {patterns: ['a(b']}})), [':0 bundle_unreadable']);
  t.deepEqual(problemsOf(rule({when: 'request.colour == "red"'})), [':0 bundle_unreadable']);
});

test('a pattern that this version cannot take is named by the detector or rule that holds it', (t) => {
  const rule = {name: 'one', action: 'block', find: {detectors: ['codes']}};
  const codes = document('Detector', 'codes', {patterns: ['fine'], allow: {patterns: ['a(b']}});
  const loaded = loadBundle({...source, documents: [document('Policy', 'a', {rules: [rule]}), codes]});
  t.like(loaded, {ok: false, problems: [{message: 'pattern of "codes": this group is not closed'}]});
});

test('detectors that extend each other, or what is not there, fail the whole bundle', (t) => {
  const open = document('Policy', 'open', {rules: []});
  const itself = document('Detector', 'itself', {extends: 'itself'});
  t.deepEqual(problemsOf(open, itself), [':0 bundle_unreadable']);
  t.deepEqual(problemsOf(open, document('Detector', 'later', {extends: 'of-the-future'})), [':0 bundle_unreadable']);
});

test('a compiled document compiles to itself', (t) => {
  const text = `apiVersion: weir/v1
kind: Policy
metadata: { name: a }
spec:
  rules: [{ name: one, find: { keywords: [x] }, action: approve, approve: { reviewers: [leads] } }]
`;
  const first = compileRepository([{path: 'a.yaml', text}]);
  const json = first.ok ? (first.documents[0]?.json ?? '') : '';
  t.deepEqual(compileRepository([{path: 'a.yaml', text: json}]), {
    ...first,
    documents: [{...document('Policy', 'a', {}), file: 'a.yaml', line: 1, json}],
  });
});
