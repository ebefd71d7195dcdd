import test from 'ava';
import {decideRequest} from '../../../engine/decide/decide-request.ts';
import {Action} from '../../../proto/gen/weir/record/v1/record.ts';
import {bundleFrom} from '../../support/bundle-from.ts';
import {type Given, given, PROVIDER, policy} from './given.ts';

/** An expression that cannot be evaluated on an agent without the label. */
const FAILS = 'agent.labels.env == "prod"';

function codeOf(policies: string | string[], more: Given = {}): string {
  return decideRequest(bundleFrom(PROVIDER, ...[policies].flat()), given(more)).verdict.code;
}

test('a condition decides whether a rule matches', (t) => {
  const rules = `{name: one, when: 'request.stream && "search" in request.tools', action: block}`;
  t.is(codeOf(policy('a', rules)), '');
  t.is(codeOf(policy('a', rules), {request: {stream: true, tools: ['search']}}), 'blocked');
});

test('a condition sees request, caller and agent', (t) => {
  const when = [
    'request.provider == "openai" && request.dialect == "openai" && request.operation == "chat"',
    'request.model.startsWith("gpt-") && request.sizeBytes < 1000 && size(request.tools) == 0',
    'caller.subject == "svc:test" && "engineering" in caller.groups && caller.kind == "apiKey"',
    'caller.groups.exists(group, group.matches("^eng")) && has(agent.labels.env) && agent.labels.env == "prod"',
  ].join(' && ');
  const rules = `{name: one, when: '${when}', action: block}`;
  t.is(codeOf(policy('a', rules), {labels: {env: 'prod'}}), 'blocked');
  t.is(codeOf(policy('a', rules), {labels: {env: 'dev'}}), '');
  t.is(codeOf(policy('a', rules)), '');
});

for (const action of ['mask', 'approve', 'block']) {
  test(`a condition that cannot be evaluated blocks in a rule that would ${action}`, (t) => {
    const detail = action === 'approve' ? 'approve: {reviewers: [leads]}, ' : '';
    const rule = `{name: one, when: '${FAILS}', ${detail}find: {keywords: [nothing]}, action: ${action}}`;
    const {verdict} = decideRequest(bundleFrom(PROVIDER, policy('a', rule)), given());
    t.is(verdict.code, 'guard_failed');
    t.deepEqual(verdict.rules, [{policy: 'a', rule: 'one', action: Action.BLOCK, mode: 'enforce', findings: []}]);
  });
}

test('a condition that cannot be evaluated never matches in a rule that allows', (t) => {
  const {verdict} = decideRequest(
    bundleFrom(PROVIDER, policy('a', `{name: one, when: '${FAILS}', action: allow}`)),
    given(),
  );
  t.is(verdict.action, Action.ALLOW);
  t.deepEqual(verdict.rules, []);
});

test('a condition that cannot be evaluated in a shadow rule is recorded and changes nothing', (t) => {
  const rule = `{name: one, mode: shadow, when: '${FAILS}', action: block}`;
  const {verdict} = decideRequest(bundleFrom(PROVIDER, policy('a', rule)), given());
  t.is(verdict.action, Action.ALLOW);
  t.deepEqual(verdict.rules, [{policy: 'a', rule: 'one', action: Action.BLOCK, mode: 'shadow', findings: []}]);
});

test('a policy whose own condition cannot be evaluated blocks if it restricts anything', (t) => {
  const applies = `applies: {when: '${FAILS}'}`;
  const restricting = policy('a', '{name: one, find: {keywords: [x]}, action: mask}', applies);
  t.is(codeOf([policy('open', ''), restricting]), 'guard_failed');
});

test('a policy whose own condition cannot be evaluated does not apply if it only allows', (t) => {
  const applies = `applies: {when: '${FAILS}'}`;
  t.is(codeOf(policy('a', '', applies)), 'no_policy');
  t.is(codeOf([policy('open', ''), policy('a', '{name: one, action: allow}', applies)]), '');
});

const HR = policy('a', `{name: hr, when: 'request.dataset in ["hr-records"]', action: block, block: {code: hr}}`);
const LENIENT = HR.replace('action:', 'unstated: allow, action:');
const stated = (statedDataset: string) => ({request: {statedDataset}});
const carrying = (...datasets: string[]) => ({caller: {datasets}});

test('a rule on a data set matches the request that states it', (t) => {
  t.is(codeOf(HR, {...stated('hr-records'), ...carrying('hr-records', 'handbook')}), 'hr');
  t.is(codeOf(HR, {...stated('handbook'), ...carrying('hr-records', 'handbook')}), '');
});

test('a request that states no data set may be of any that its key carries', (t) => {
  t.is(codeOf(HR, carrying('hr-records', 'handbook')), 'hr');
  t.is(codeOf(HR, carrying('invoices', 'handbook')), '');
  t.is(codeOf(LENIENT, carrying('hr-records', 'handbook')), 'hr');
});

test('a data set that the key does not carry is refused', (t) => {
  t.is(codeOf(HR, {...stated('handbook'), ...carrying('invoices')}), 'dataset_not_allowed');
});

test('a rule on a data set also matches a request of which none is known, unless it says so', (t) => {
  t.is(codeOf(HR), 'hr');
  t.is(codeOf(LENIENT), '');
});

test('a caller whose key carries no data set cannot shed a rule by what it states', (t) => {
  t.is(codeOf(HR, stated('public')), 'hr');
  t.is(codeOf(LENIENT, stated('public')), '');
  t.is(codeOf(LENIENT, stated('hr-records')), 'hr');
});

for (const [when, matches] of [
  ['request.dataset == "hr"', true],
  ['request.dataset != "public"', true],
  ['request.dataset.matches("^hr-[a-z]+$")', true],
  ['request.dataset.startsWith("hr") && request.stream', false],
  ['request.dataset == "hr" || request.stream', true],
  ['request.operation == "embeddings" && request.dataset == "hr"', false],
  ['["a", "b"].exists(name, name == request.dataset)', true],
  ['caller.datasets.exists(name, name == request.dataset)', false],
] as const) {
  test(`of unknown data set: ${when} ${matches ? 'matches' : 'does not match'}`, (t) => {
    t.is(codeOf(policy('a', `{name: one, when: '${when}', action: block}`)), matches ? 'blocked' : '');
  });
}

test('a policy for one data set restricts a request of unknown data set, but does not cover it', (t) => {
  const applies = `applies: {when: 'request.dataset == "public"'}`;
  const rule = '{name: one, find: {keywords: [hello]}, action: mask}';
  const decision = decideRequest(bundleFrom(PROVIDER, policy('a', rule, applies)), given());
  t.is(decision.verdict.code, 'no_policy');
  t.is(decision.edits.length, 1);
  t.is(codeOf(policy('a', rule, applies), {...stated('public'), ...carrying('public', 'hr')}), '');
  t.is(codeOf(policy('a', rule, applies), carrying('public', 'hr')), 'no_policy');
  t.is(codeOf(policy('a', rule, applies), stated('public')), 'no_policy');
});
