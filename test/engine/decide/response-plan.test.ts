import test from 'ava';
import {decideRequest} from '../../../engine/decide/decide-request.ts';
import {Action} from '../../../proto/gen/weir/record/v1/record.ts';
import {bundleFrom} from '../../support/bundle-from.ts';
import {given, PROVIDER, policy} from './given.ts';

const MASK = '{name: codes, on: [response], find: {patterns: ["CODE-[0-9]+"]}, action: mask}';
const BLOCK =
  '{name: night, on: [response], find: {keywords: [nightfall]}, action: block, block: {code: no_nightfall}}';

function planOf(rules: string) {
  const bundle = bundleFrom(PROVIDER, policy('a', rules));
  const plan = decideRequest(bundle, given()).response;
  const found = (text: string) =>
    bundle.matcher.find(text, plan?.finders ?? new Uint8Array(bundle.policies.finders.length));
  return {bundle, plan, found};
}

test('without a response rule there is no plan', (t) => {
  t.is(planOf('').plan, undefined);
  t.is(planOf('{name: one, find: {keywords: [x]}, action: mask}').plan, undefined);
});

test('a blocked request has no plan', (t) => {
  t.is(planOf(`${MASK}, {name: stop, action: block}`).plan, undefined);
});

test('a plan masks, blocks, and tells in a verdict what it did', (t) => {
  const {plan, found, bundle} = planOf(`${MASK}, ${BLOCK}`);
  const [code, night] = found('CODE-1 of nightfall');
  t.is(plan?.treatmentOf(code?.finder ?? -1).action, 'mask');
  t.is(plan?.treatmentOf(code?.finder ?? -1).token, '[REDACTED:codes]');
  t.is(plan?.treatmentOf(night?.finder ?? -1).action, 'block');
  t.is(plan?.blockAnswerOf(night?.finder ?? -1).code, 'no_nightfall');

  t.deepEqual(plan?.verdictOf(new Map([[code?.finder ?? -1, 3]])), {
    action: Action.MASK,
    rules: [
      {
        policy: 'a',
        rule: 'codes',
        action: Action.MASK,
        mode: 'enforce',
        findings: [{finding: 'codes', place: 'response', count: 3}],
      },
    ],
    commit: bundle.commit,
    bundleDigest: bundle.digest,
    generation: bundle.generation,
    code: '',
  });
  t.like(plan?.verdictOf(new Map([[night?.finder ?? -1, 1]])), {action: Action.BLOCK, code: 'no_nightfall'});
  t.like(plan?.verdictOf(new Map()), {action: Action.ALLOW, rules: [], code: ''});
});

test('a shadow rule only observes a response', (t) => {
  const {plan, found} = planOf(BLOCK.replace('action', 'mode: shadow, action'));
  const finder = found('nightfall')[0]?.finder ?? -1;
  t.is(plan?.treatmentOf(finder).action, 'observe');
  t.like(plan?.verdictOf(new Map([[finder, 1]])), {action: Action.ALLOW, code: ''});
});

test('of several rules that look for the same, the strictest decides', (t) => {
  const detector = 'apiVersion: weir/v1\nkind: Detector\nmetadata: {name: codes}\nspec: {keywords: [secret]}\n';
  const rule = (name: string, action: string) =>
    `{name: ${name}, on: [response], find: {detectors: [codes]}, action: ${action}}`;
  const bundle = bundleFrom(PROVIDER, detector, policy('a', [rule('one', 'mask'), rule('two', 'block')].join(',')));
  t.is(decideRequest(bundle, given()).response?.treatmentOf(0).action, 'block');
});

test('a finder that the plan does not know blocks', (t) => {
  t.is(planOf(MASK).plan?.treatmentOf(99).action, 'block');
});
