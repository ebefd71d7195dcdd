import test from 'ava';
import fc from 'fast-check';
import {applyEdits, maskClusters} from '../../../engine/mask/clusters.ts';
import {finderOf, keywordFinder} from '../detect/regex/support.ts';
import {CATALOGUE, cut, openLane, type RuleSet, ruleSet, streamed} from './support.ts';

const LETTERS = ['a', 'b', '=', ' '];

function whole(rules: RuleSet, text: string): string {
  return applyEdits(text, maskClusters(text, rules.matcher.find(text, rules.active), rules.treatmentOf));
}

function continuations(length: number): string[] {
  if (length === 0) return [''];
  return ['', ...continuations(length - 1).flatMap((rest) => LETTERS.map((letter) => letter + rest))];
}

for (const sources of [
  ['ab+'],
  ['\\bab\\b', 'b='],
  ['a(?:b=)?a'],
  ['a=(?P<mask>[ab]+)'],
  ['a+b', 'ba+'],
  ['(?:^|[ =])(?P<mask>ab)(?:$|[ =])'],
  ['(?m)^a.*b$'],
  ['a{2,3}', '=+ '],
]) {
  test(`what is released of ${sources.join(' and ')} fits every continuation`, (t) => {
    const rules = ruleSet(sources.map((source) => finderOf(source)));
    const suffixes = continuations(3);
    const leaks: string[] = [];
    for (const text of new Set(continuations(5))) {
      const lane = openLane(rules);
      for (const unit of text) lane.push(unit);
      const isSafe = suffixes.every((suffix) => whole(rules, text + suffix).startsWith(lane.output));
      if (!isSafe) leaks.push(text);
    }
    t.deepEqual(leaks, []);
  });
}

test('ordinary text is let through at once', (t) => {
  const lane = openLane(ruleSet([finderOf('secret-[0-9]+'), finderOf('\\bkey=\\S+')]));
  lane.push('the quick brown fox ');
  t.is(lane.output, 'the quick brown fox ');
  lane.push('jumps sec');
  t.is(lane.output, 'the quick brown fox jumps ');
  lane.push('ond');
  t.is(lane.output, 'the quick brown fox jumps second');
});

test('a value without end is replaced when it begins, and swallowed without being kept', (t) => {
  const lane = openLane(ruleSet([finderOf('api_key=\\S+', {label: 'key'})]));
  lane.push('use api_key=a');
  let most = 0;
  for (let i = 0; i < 5000; i++) {
    lane.push('0123456789');
    most = Math.max(most, lane.masker.held);
  }
  t.is(lane.output, 'use ‹key›');
  t.true(most <= 10);
  lane.push(' and go on');
  lane.masker.end();
  t.is(lane.output, 'use ‹key› and go on');
});

test('the body of a key block is swallowed as it comes', (t) => {
  const lane = openLane(ruleSet(CATALOGUE));
  lane.push(`see -----BEGIN PRIVATE KEY-----\n${'Fake0Example'.repeat(6)}\n`);
  for (let line = 0; line < 200; line++) lane.push(`${'Fake0Example'.repeat(5)}\n`);
  t.is(lane.output, 'see ‹private-key›');
  t.true(lane.masker.held < 200);
  lane.push('-----END PRIVATE KEY----- ok ');
  lane.masker.end();
  t.is(lane.output, 'see ‹private-key› ok ');
});

test('an attempt that stays undecided is masked from its start, however it is cut', (t) => {
  const rules = ruleSet([finderOf('(?s)BEGIN.*END', {label: 'block'})]);
  const text = `x BEGIN ${'secret '.repeat(3000)}`;
  t.is(whole(rules, text), 'x ‹block›');
  for (const lengths of [[1], [7, 300], [100_000]]) t.is(streamed(rules, cut(text, lengths)), 'x ‹block›');
});

test('memory for an undecided attempt is bounded', (t) => {
  const lane = openLane(ruleSet([finderOf('(?s)BEGIN.*END')]));
  lane.push('BEGIN');
  let most = 0;
  for (let i = 0; i < 400; i++) {
    lane.push('x'.repeat(100));
    most = Math.max(most, lane.masker.held);
  }
  t.true(most <= 8400);
});

test('a blocking finding releases nothing from where it starts', (t) => {
  const rules = ruleSet([keywordFinder('financial forecast'), finderOf('[0-9]{4}')], [{action: 'block'}]);
  for (const lengths of [[1], [3], [100]]) {
    t.is(streamed(rules, cut('in 2024 the Financial\n Forecast for 2025', lengths)), 'in ‹[0-9]{4}› the ■');
  }
});

test('a lane that was blocked takes no more', (t) => {
  const lane = openLane(ruleSet([finderOf('stop')], [{action: 'block'}]));
  lane.push('go stop ');
  lane.push('go on');
  lane.masker.end();
  t.is(lane.output, 'go ');
  t.like(lane.blocked, {finder: 0, start: 3, end: 7});
});

test('an observed finding is told and stays', (t) => {
  const lane = openLane(ruleSet([finderOf('ab'), finderOf('bc')], [{action: 'observe'}]));
  for (const unit of 'abc ab') lane.push(unit);
  lane.masker.end();
  t.is(lane.output, 'a‹bc› ab');
  t.deepEqual(
    lane.findings.map(({finder, start, end}) => [finder, start, end]),
    [
      [0, 0, 2],
      [1, 1, 3],
      [0, 4, 6],
    ],
  );
});

test('overlapping findings become one, named by the leftmost, the priority, the longest', (t) => {
  const rules = ruleSet(
    [finderOf('abc'), finderOf('cde'), finderOf('x+'), finderOf('xy'), finderOf('pq'), finderOf('pqr')],
    [{priority: 9}, {priority: 1}, {priority: 2}, {priority: 1}, {priority: 3}, {priority: 3}],
  );
  t.is(whole(rules, 'abcde xy pqr'), '‹abc› ‹xy› ‹pqr›');
  t.is(streamed(rules, cut('abcde xy pqr', [1])), '‹abc› ‹xy› ‹pqr›');
});

test('neighbouring findings stay apart', (t) => {
  const rules = ruleSet([finderOf('ab'), finderOf('cd')]);
  t.is(streamed(rules, ['abcd']), '‹ab›‹cd›');
});

test('lanes do not touch each other', (t) => {
  const rules = ruleSet(CATALOGUE);
  const one = openLane(rules);
  const two = openLane(rules);
  const first = 'mail jane.doe@example.com now';
  const second = 'key AKIAQWERTFAKEZXCVBNM end.';
  for (let i = 0; i < first.length; i++) {
    one.push(first.charAt(i));
    two.push(second.charAt(i));
  }
  one.masker.end();
  two.masker.end();
  t.is(one.output, 'mail ‹email› now');
  t.is(two.output, 'key ‹aws-access-key-id› end.');
});

test('the order of finders changes nothing', (t) => {
  const sources = ['a+b', 'ba+', '[ab]{3}', 'b=a'];
  t.notThrows(() => {
    fc.assert(
      fc.property(
        fc.string({unit: fc.constantFrom(...LETTERS), maxLength: 20}),
        fc.shuffledSubarray(sources, {minLength: 4}),
        (text, shuffled) => {
          const set = (list: string[]): RuleSet =>
            ruleSet(
              list.map((source) => finderOf(source)),
              list.map((source) => ({priority: sources.indexOf(source) >> 1})),
            );
          return whole(set(sources), text) === streamed(set(shuffled), cut(text, [2]));
        },
      ),
    );
  });
});
