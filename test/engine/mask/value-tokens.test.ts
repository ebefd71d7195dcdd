import test from 'ava';
import fc from 'fast-check';
import {applyEdits, maskClusters} from '../../../engine/mask/clusters.ts';
import {keepEnds} from '../../../engine/mask/keep-ends.ts';
import {MAX_VALUE} from '../../../engine/mask/lane.ts';
import {finderOf} from '../detect/regex/support.ts';
import {cut, cuttings, openLane, type RuleSet, ruleSet, streamed} from './support.ts';

const shown = (value: string): string => `<${value}>`;

function whole(rules: RuleSet, text: string): string {
  return applyEdits(text, maskClusters(text, rules.matcher.find(text, rules.active), rules.treatmentOf));
}

test('a token can be made from the value, however the text is cut', (t) => {
  const letters = fc.string({unit: fc.constantFrom('a', 'b', '=', ' ', '😀'), maxLength: 24});
  const rules = ruleSet(
    [finderOf('a+b'), finderOf('ba+'), finderOf('b=(?P<mask>[ab]+)'), finderOf('(?s)=.{0,6}=')],
    [{tokenOf: shown}, {tokenOf: shown}, {}, {tokenOf: shown}],
  );
  t.notThrows(() => {
    fc.assert(
      fc.property(letters, cuttings, (text, lengths) => streamed(rules, cut(text, lengths)) === whole(rules, text)),
      {numRuns: 3000},
    );
  });
});

test('findings that overlap are one value', (t) => {
  const rules = ruleSet([finderOf('abc'), finderOf('cde')], [{tokenOf: shown}, {}]);
  t.is(whole(rules, 'x abcde y'), 'x <abcde> y');
  t.is(streamed(rules, cut('x abcde y', [1])), 'x <abcde> y');
});

test('a lane waits for the end of a value that its token is made from', (t) => {
  const lane = openLane(ruleSet([finderOf('key=\\S+')], [{tokenOf: shown}]));
  lane.push('my key=abc');
  t.is(lane.output, 'my ');
  lane.push('def and');
  t.is(lane.output, 'my <key=abcdef> and');
});

test('a value beyond the limit is replaced by the fixed token and swallowed without being kept', (t) => {
  const rules = ruleSet([finderOf('key=\\S+')], [{tokenOf: shown, token: '[GONE]'}]);
  const lane = openLane(rules);
  let most = 0;
  for (let i = 0; i < 5000; i++) {
    lane.push(i === 0 ? 'my key=a' : '0123456789');
    most = Math.max(most, lane.masker.held);
  }
  t.is(lane.output, 'my [GONE]');
  t.true(most <= MAX_VALUE + 10);
  t.true(lane.masker.held <= 10);
  for (const length of [MAX_VALUE, MAX_VALUE + 1]) {
    const text = `my key=${'0'.repeat(length - 4)} and`;
    const expected = length > MAX_VALUE ? 'my [GONE] and' : `my <key=${'0'.repeat(length - 4)}> and`;
    t.is(whole(rules, text), expected);
    for (const lengths of [[1], [4096], [100_000]]) t.is(streamed(rules, cut(text, lengths)), expected);
  }
});

test('a value that a block cuts off has the fixed token', (t) => {
  const rules = ruleSet(
    [finderOf('key=\\S+'), finderOf('stop')],
    [{tokenOf: shown, token: '[GONE]'}, {action: 'block'}],
  );
  for (const lengths of [[1], [3], [100]]) {
    t.is(streamed(rules, cut('a key=b key=cstop it', lengths)), 'a <key=b> [GONE]■');
  }
});

test('tokens in the strings of a JSON lane are made from what the strings mean', (t) => {
  const rules = ruleSet([finderOf('a"+')], [{tokenOf: (value) => `${value}\n`}]);
  for (const lengths of [[1], [2], [100]]) {
    t.is(streamed(rules, cut('{"x\\u0061\\"": ["a\\"\\""]}', lengths), 'json'), '{"xa\\"\\n": ["a\\"\\"\\n"]}');
  }
});

test('of a value whose ends are kept, no more than half stays', (t) => {
  t.is(keepEnds('4111111111111111', {first: 0, last: 4}), '************1111');
  t.is(keepEnds('joe@example.com', {first: 3, last: 3}), 'joe*********com');
  t.is(keepEnds('1234', {first: 0, last: 4}), '**34');
  t.is(keepEnds('x', {first: 5, last: 5}), '*');
  t.is(keepEnds('😀😀😀😀', {first: 1, last: 0}), '😀***');
});
