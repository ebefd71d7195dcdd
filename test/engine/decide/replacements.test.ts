import test from 'ava';
import {decideRequest} from '../../../engine/decide/decide-request.ts';
import {spliceEdits} from '../../../engine/dialect/splice.ts';
import type {TextRun} from '../../../engine/exchange.ts';
import {createPseudonyms, groupKey} from '../../../engine/mask/pseudonyms.ts';
import {bundleFrom} from '../../support/bundle-from.ts';
import {given, PROVIDER, policy, run} from './given.ts';

const KEY = groupKey(Buffer.alloc(32, 1), 'default');
const CALLER = {kind: 'apiKey', authority: 'test', subject: 'svc:test'};
const pseudonyms = createPseudonyms({key: KEY, caller: CALLER, conversation: 'c'});

/** The texts as they would be sent. */
function sent(rules: string, runs: readonly TextRun[], names: typeof pseudonyms | 'none' = pseudonyms) {
  const decision = decideRequest(bundleFrom(PROVIDER, policy('p', rules)), {
    ...given({request: {runs}}),
    pseudonyms: names === 'none' ? undefined : names,
  });
  const texts = runs.map((one, index) => {
    const body = JSON.stringify(one.text);
    return JSON.parse(
      spliceEdits(
        body,
        [one],
        decision.edits.filter((e) => e.run === index).map((e) => ({...e, run: 0})),
      ),
    ) as string;
  });
  return {texts, decision};
}

const KEYWORD = (mask: string, more = '') =>
  `{name: r, on: [request], find: {patterns: ['TICKET-[0-9]+'] ${more}}, action: mask, mask: ${mask}}`;

test('a rule says what stands in the place of a value', (t) => {
  const prompt = [run('see TICKET-123456.', 'prompt')];
  t.deepEqual(sent(KEYWORD('{with: "<{finding}>"}'), prompt).texts, ['see <r>.']);
  t.deepEqual(sent(KEYWORD('{keep: {last: 4}}'), prompt).texts, ['see *********3456.']);
  t.deepEqual(sent(KEYWORD('{hash: true}'), prompt).texts, [`see ${pseudonyms.hashOf('r', 'TICKET-123456')}.`]);
  t.deepEqual(sent(KEYWORD('{restore: {}}'), prompt).texts, [`see ${pseudonyms.placeholderOf('r', 'TICKET-123456')}.`]);
});

test('without a key nothing is named: the fixed token stands, and nothing is restored', (t) => {
  for (const mask of ['{hash: true}', '{restore: {}}']) {
    const {texts, decision} = sent(KEYWORD(mask), [run('see TICKET-123456.', 'prompt')], 'none');
    t.deepEqual(texts, ['see [REDACTED:r].']);
    t.is(decision.restore.size, 0);
  }
});

test('a placeholder stands for the whole of overlapping findings', (t) => {
  const rules = `${KEYWORD('{restore: {tools: [crm]}}')}, {name: s, on: [request], find: {patterns: ['3456 [a-z]+']}, action: mask}`;
  const {decision} = sent(rules, [run('TICKET-123456 abc.', 'prompt')]);
  const entries = Array.from(decision.restore.entries(), ([, entry]) => entry);
  t.deepEqual(entries, [{value: 'TICKET-123456 abc', tools: [['crm']]}]);
});

test('what a caller got back is masked again when the conversation brings it, wherever the rule looks', (t) => {
  const runs = [run('my TICKET-123456', 'prompt'), run('TICKET-123456 is open', 'assistant', 1)];
  const {texts} = sent(KEYWORD('{restore: {}}', ', in: [prompt]'), runs);
  const placeholder = pseudonyms.placeholderOf('r', 'TICKET-123456');
  t.deepEqual(texts, [`my ${placeholder}`, `${placeholder} is open`]);
});

test('a value is masked in all of a conversation, also where the context that told it is missing', (t) => {
  const rule = `{name: r, on: [request], find: {patterns: ['account (?P<mask>[0-9]{8})']}, action: mask, mask: {restore: {}}}`;
  const runs = [run('my account 12345678', 'prompt'), run('12345678 has 9912345678 left', 'assistant', 1)];
  const placeholder = pseudonyms.placeholderOf('r', '12345678');
  t.deepEqual(sent(rule, runs).texts, [`my account ${placeholder}`, `${placeholder} has 9912345678 left`]);
});

test('a placeholder that the conversation brings back is not masked again', (t) => {
  const placeholder = pseudonyms.placeholderOf('r', 'key=abc');
  const find = `find: {patterns: ['key=\\S+', '[a-z0-9]{16}']}`;
  const rule = `{name: r, on: [request], ${find}, action: mask, mask: {restore: {}}}`;
  const other = `{name: s, on: [response], ${find}, action: mask}`;
  const {texts, decision} = sent(`${rule}, ${other}`, [
    run('key=abc', 'prompt'),
    run(`so ${placeholder}`, 'toolCall', 1),
  ]);
  t.deepEqual(texts, [placeholder, `so ${placeholder}`]);
  const finder = decision.response?.finders.indexOf(1) ?? -1;
  const treatment = decision.response?.treatmentOf(finder);
  t.is(treatment?.tokenOf?.(placeholder), placeholder);
  t.is(treatment?.tokenOf?.('key=other'), '[REDACTED:s]');
});

test('what earlier exchanges made stays known, and what this one makes comes first', (t) => {
  const bundle = bundleFrom(PROVIDER, policy('p', KEYWORD('{restore: {tools: [a]}}')));
  const own = pseudonyms.placeholderOf('r', 'TICKET-1');
  const decision = decideRequest(bundle, {
    ...given({prompts: ['TICKET-1']}),
    pseudonyms,
    remembered: [
      [own, {value: 'TICKET-1', tools: [['b']]}],
      ['[r-aaaaaaaaaaaaaaaa]', {value: 'TICKET-2', tools: [['b']]}],
    ],
  });
  t.deepEqual(decision.restore.get(own)?.tools, [['a']]);
  t.is(decision.restore.get('[r-aaaaaaaaaaaaaaaa]')?.value, 'TICKET-2');
});
