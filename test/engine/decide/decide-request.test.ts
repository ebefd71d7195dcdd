import test from 'ava';
import fc from 'fast-check';
import {decideRequest} from '../../../engine/decide/decide-request.ts';
import {Action, Verdict} from '../../../proto/gen/weir/record/v1/record.ts';
import {bundleFrom} from '../../support/bundle-from.ts';
import {given, PROVIDER, policy, run} from './given.ts';

const MASK = '{name: mask-codes, find: {patterns: ["CODE-[0-9]+"]}, action: mask}';
const APPROVE = '{name: hold-budget, find: {keywords: [budget]}, action: approve, approve: {reviewers: [leads]}}';
const BLOCK =
  '{name: stop-nightfall, find: {keywords: [nightfall]}, action: block, block: {code: nightfall_prohibited}}';

test('an exchange that no policy applies to is refused', (t) => {
  const decision = decideRequest(bundleFrom(PROVIDER), given());
  t.is(decision.verdict.action, Action.BLOCK);
  t.is(decision.verdict.code, 'no_policy');
  t.is(decision.block?.status, 400);
});

test('a policy without rules allows what it applies to', (t) => {
  const bundle = bundleFrom(PROVIDER, policy('open', '', 'applies: {operations: [chat]}'));
  t.is(decideRequest(bundle, given()).verdict.action, Action.ALLOW);
  t.is(decideRequest(bundle, given({request: {operation: 'embeddings'}})).block?.code, 'no_policy');
});

for (const mode of ['shadow', 'off']) {
  test(`a policy in mode ${mode} covers nothing`, (t) => {
    const bundle = bundleFrom(PROVIDER, policy('open', '', `mode: ${mode}`));
    t.is(decideRequest(bundle, given()).block?.code, 'no_policy');
  });
}

test('a provider that the bundle does not have is refused', (t) => {
  const bundle = bundleFrom(PROVIDER, policy('open', ''));
  t.is(decideRequest(bundle, given({request: {provider: 'other'}})).block?.code, 'unknown_provider');
});

test('a model that the provider may not be asked for is refused', (t) => {
  const bundle = bundleFrom(PROVIDER.replace('/v1" }', '/v1", models: ["gpt-*"] }'), policy('open', ''));
  t.is(decideRequest(bundle, given()).verdict.action, Action.ALLOW);
  t.is(decideRequest(bundle, given({request: {model: 'o3'}})).block?.code, 'model_not_allowed');
  t.is(decideRequest(bundle, given({request: {model: ''}})).block?.code, 'model_missing');
  t.is(decideRequest(bundle, given({request: {operation: 'models', model: ''}})).block, undefined);
});

test('a request that leaves the model to the provider is refused: no rule could select on it', (t) => {
  const bundle = bundleFrom(PROVIDER, policy('open', ''));
  t.is(decideRequest(bundle, given({request: {model: ''}})).block?.code, 'model_missing');
});

test('block beats approve beats mask, and masks always apply', (t) => {
  const bundle = bundleFrom(PROVIDER, policy('a', [MASK, APPROVE, BLOCK].join(',')));
  const decide = (text: string) => decideRequest(bundle, given({prompts: [text]}));
  const edit = {run: 0, start: 0, end: 6, token: '[REDACTED:mask-codes]'};

  const masked = decide('CODE-1 is mine');
  t.is(masked.verdict.action, Action.MASK);
  t.deepEqual(masked.edits, [edit]);

  const held = decide('CODE-1 is in the budget');
  t.is(held.verdict.action, Action.APPROVE);
  t.deepEqual(held.edits, [edit]);
  t.deepEqual(
    held.approvals.map(({policy: of, rule, reviewers, count}) => ({of, rule, reviewers, count})),
    [{of: 'a', rule: 'hold-budget', reviewers: ['leads'], count: 1}],
  );

  const blocked = decide('CODE-1 is in the budget of Nightfall');
  t.is(blocked.verdict.action, Action.BLOCK);
  t.is(blocked.verdict.code, 'nightfall_prohibited');
  t.deepEqual(blocked.edits, [edit]);
  t.deepEqual(blocked.approvals, []);
  t.deepEqual(
    blocked.verdict.rules.map((match) => match.rule),
    ['hold-budget', 'mask-codes', 'stop-nightfall'],
  );
});

test('a verdict names commit, digest, generation, and what was found where', (t) => {
  const bundle = bundleFrom(PROVIDER, policy('a', MASK));
  const runs = [run('CODE-1', 'system', -1), run('CODE-2 CODE-3', 'prompt', 0)];
  const {verdict} = decideRequest(bundle, given({request: {runs}}));
  t.deepEqual(verdict, {
    action: Action.MASK,
    rules: [
      {
        policy: 'a',
        rule: 'mask-codes',
        action: Action.MASK,
        mode: 'enforce',
        findings: [
          {finding: 'mask-codes', place: 'prompt', count: 2},
          {finding: 'mask-codes', place: 'system', count: 1},
        ],
      },
    ],
    commit: bundle.commit,
    bundleDigest: bundle.digest,
    generation: 1n,
    code: '',
  });
});

test('a shadow rule is recorded and changes nothing', (t) => {
  const shadow = BLOCK.replace('action', 'mode: shadow, action');
  const bundle = bundleFrom(PROVIDER, policy('a', `${shadow}, ${MASK.replace('action', 'mode: shadow, action')}`));
  const decision = decideRequest(bundle, given({prompts: ['CODE-1 of nightfall']}));
  t.is(decision.verdict.action, Action.ALLOW);
  t.deepEqual(decision.edits, []);
  t.is(decision.block, undefined);
  t.deepEqual(
    decision.verdict.rules.map(({rule, mode, action}) => ({rule, mode, action})),
    [
      {rule: 'mask-codes', mode: 'shadow', action: Action.MASK},
      {rule: 'stop-nightfall', mode: 'shadow', action: Action.BLOCK},
    ],
  );
});

test('a rule that enforces inside a shadow policy enforces', (t) => {
  const enforced = BLOCK.replace('action', 'mode: enforce, action');
  const bundle = bundleFrom(PROVIDER, policy('open', ''), policy('a', enforced, 'mode: shadow'));
  t.is(decideRequest(bundle, given({prompts: ['nightfall']})).block?.code, 'nightfall_prohibited');
});

test('a rule looks only where it says', (t) => {
  const bundle = bundleFrom(PROVIDER, policy('a', BLOCK.replace('[nightfall]', '[nightfall], in: [system]')));
  t.is(decideRequest(bundle, given({prompts: ['nightfall']})).block, undefined);
  const decision = decideRequest(bundle, given({request: {runs: [run('nightfall', 'system', -1)]}}));
  t.is(decision.block?.code, 'nightfall_prohibited');
});

test('agents, callers, groups, models and operations select what a policy applies to', (t) => {
  const applies = `applies:
    agents: {env: prod}
    callers: {groups: [finance], subjects: ["svc:pay-*"]}
    models: ["gpt-*"]
    operations: [chat]`;
  const bundle = bundleFrom(PROVIDER, policy('a', '', applies));
  const code = (more: Parameters<typeof given>[0]) => decideRequest(bundle, given(more)).block?.code;
  const labels = {env: 'prod', zone: 'eu'};
  const caller = {groups: ['finance']};
  t.is(code({labels, caller}), undefined);
  t.is(code({labels, caller: {groups: [], subject: 'svc:pay-roll'}}), undefined);
  t.is(code({labels: {env: 'dev'}, caller}), 'no_policy');
  t.is(code({labels: {}, caller}), 'no_policy');
  t.is(code({labels}), 'no_policy');
  t.is(code({labels, caller, request: {model: 'o3'}}), 'no_policy');
  t.is(code({labels, caller, request: {operation: 'embeddings'}}), 'no_policy');
});

test('a rule for some callers leaves others alone', (t) => {
  const bundle = bundleFrom(PROVIDER, policy('a', '{name: one, callers: {groups: [interns]}, action: block}'));
  t.is(decideRequest(bundle, given()).block, undefined);
  t.is(decideRequest(bundle, given({caller: {groups: ['interns']}})).block?.code, 'blocked');
});

test('an approval is bound to the last message that matched', (t) => {
  const bundle = bundleFrom(
    PROVIDER,
    policy('a', `${APPROVE}, {name: always, action: approve, approve: {reviewers: [b]}}`),
  );
  const needs = (prompts: string[]) =>
    decideRequest(bundle, given({prompts})).approvals.map(({rule, lastMessage}) => ({rule, lastMessage}));
  t.deepEqual(needs(['budget', 'budget', 'thanks']), [
    {rule: 'always', lastMessage: -1},
    {rule: 'hold-budget', lastMessage: 1},
  ]);
});

test('what matched outside of the messages is bound with the first of them', (t) => {
  const bundle = bundleFrom(PROVIDER, policy('a', APPROVE));
  const runs = [run('the budget', 'system', -1), run('hello', 'prompt', 0), run('again', 'prompt', 1)];
  t.is(decideRequest(bundle, given({request: {runs}})).approvals[0]?.lastMessage, 0);
  t.is(decideRequest(bundle, given({request: {runs: runs.slice(0, 1)}})).approvals[0]?.lastMessage, -1);
});

test('overlapping findings become one token, of the rule that comes first by name', (t) => {
  const rules = [
    '{name: wide, find: {patterns: ["CODE-[0-9]+-[A-Z]+"]}, action: mask, mask: {with: "<wide>"}}',
    '{name: narrow, find: {patterns: ["CODE-[0-9]+"]}, action: mask, mask: {with: "<narrow>"}}',
  ];
  for (const order of [rules, rules.toReversed()]) {
    const bundle = bundleFrom(PROVIDER, policy('a', order.join(',')));
    const {edits} = decideRequest(bundle, given({prompts: ['see CODE-1-X now']}));
    t.deepEqual(edits, [{run: 0, start: 4, end: 12, token: '<narrow>'}]);
  }
});

test('a token that looks like a replacement pattern is taken as it is written', (t) => {
  const detector = 'apiVersion: weir/v1\nkind: Detector\nmetadata: {name: codes}\nspec: {keywords: [secret]}\n';
  const rule = '{name: one, find: {detectors: [codes]}, action: mask, mask: {with: "$& {finding} $1"}}';
  const bundle = bundleFrom(PROVIDER, detector, policy('a', rule));
  t.is(decideRequest(bundle, given({prompts: ['a secret']})).edits[0]?.token, '$& codes $1');
});

test('a guard that throws blocks, and leaves no text for the record', (t) => {
  const bundle = bundleFrom(PROVIDER, policy('a', MASK));
  const broken = () => {
    throw new TypeError('broken');
  };
  const decision = decideRequest({...bundle, matcher: {...bundle.matcher, find: broken, mayMatch: broken}}, given());
  t.is(decision.verdict.action, Action.BLOCK);
  t.is(decision.block?.code, 'guard_failed');
  t.deepEqual(decision.edits, [{run: 0, start: 0, end: 5, token: '[REDACTED:unchecked]'}]);
});

test('what cannot be inspected is blocked where a rule has to look, unless it is allowed by name', (t) => {
  const image = given({request: {uninspectable: [{category: 'image', pointer: '/messages/0/content/1'}]}});
  const code = (...texts: string[]) => decideRequest(bundleFrom(...texts), image).block?.code;
  t.is(code(PROVIDER, policy('a', MASK)), 'uninspectable');
  t.is(code(PROVIDER, policy('a', '')), undefined);
  t.is(code(PROVIDER, policy('a', MASK.replace('action', 'mode: shadow, action'))), undefined);
  t.is(code(PROVIDER, policy('a', MASK.replace('find', 'on: [response], find'))), undefined);
  t.is(code(PROVIDER, policy('a', MASK, 'allowUninspectable: [image]')), undefined);
  t.is(code(PROVIDER, policy('a', MASK, 'allowUninspectable: [audio]')), 'uninspectable');
  t.is(code(PROVIDER.replace('/v1" }', '/v1", allowUninspectable: [image] }'), policy('a', MASK)), undefined);
  t.is(code(PROVIDER, policy('a', MASK, 'allowUninspectable: [image]'), policy('b', MASK)), 'uninspectable');
});

test('the order of files and rules changes no byte of a decision', (t) => {
  const rules = [
    MASK,
    APPROVE,
    BLOCK,
    '{name: also-codes, find: {patterns: ["CODE-[0-9]"]}, action: mask, mask: {with: "<code>"}}',
    '{name: also-nightfall, find: {keywords: [nightfall]}, action: block, block: {code: other_code}}',
    '{name: noted, action: allow}',
  ];
  const decided = (texts: readonly string[]) => {
    const decision = decideRequest(
      bundleFrom(...texts),
      given({prompts: ['CODE-12 in the budget', 'of nightfall CODE-7']}),
    );
    // The digest names the documents, in which rules keep the order they were written in.
    const verdict = Buffer.from(Verdict.encode({...decision.verdict, bundleDigest: ''}).finish()).toString('hex');
    return {verdict, edits: decision.edits, block: decision.block, approvals: decision.approvals};
  };
  const texts = (order: readonly string[]) => [
    policy('a', order.slice(0, 3).join(',')),
    policy('b', order.slice(3).join(',')),
  ];
  const permutation = fc.shuffledSubarray([0, 1, 2], {minLength: 3, maxLength: 3});
  const expected = decided([PROVIDER, ...texts(rules)]);
  fc.assert(
    fc.property(permutation, permutation, permutation, (first, second, files) => {
      const order = [...first.map((index) => rules[index] ?? ''), ...second.map((index) => rules[index + 3] ?? '')];
      const shuffled = [PROVIDER, ...texts(order)];
      t.deepEqual(decided(files.map((index) => shuffled[index] ?? '')), expected);
    }),
    {numRuns: 30},
  );
  t.is(expected.block?.code, 'nightfall_prohibited');
});
