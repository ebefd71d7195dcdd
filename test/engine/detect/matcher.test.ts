import test from 'ava';
import {type FinderSet, type Matcher} from '../../../engine/detect/finder.ts';
import {compileMatcher} from '../../../engine/detect/matcher.ts';
import {finderOf, keywordFinder} from './regex/support.ts';

function matcherOf(...finders: Parameters<typeof compileMatcher>[0]): {matcher: Matcher; all: FinderSet} {
  const compiled = compileMatcher(finders);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return {matcher: compiled.matcher, all: new Uint8Array(finders.length).fill(1)};
}

function found(text: string, ...finders: Parameters<typeof compileMatcher>[0]): string[] {
  const {matcher, all} = matcherOf(...finders);
  return matcher.find(text, all).map(({start, end}) => text.slice(start, end));
}

for (const [keyword, text, findings] of [
  ['financial forecast', 'Our FINANCIAL\n  Forecast, please', ['FINANCIAL\n  Forecast']],
  ['forecast', 'forecasts reforecast my_forecast forecast.', ['forecast']],
  ['C++', 'in C++, not C', ['C++']],
  ['Ärger', 'viel ÄRGER, Ärgernis', ['ÄRGER']],
  ['财务预测', '请看财务预测吧', ['财务预测']],
  ['forecast', '查看forecast吧', ['forecast']],
] as const) {
  test(`the keyword ${keyword} stands in any case, as a whole word, over any white space: ${text}`, (t) => {
    t.deepEqual(found(text, keywordFinder(keyword)), findings);
  });
}

test('only active finders find', (t) => {
  const {matcher} = matcherOf(finderOf('a'), finderOf('b'));
  t.deepEqual(matcher.find('ab', Uint8Array.of(0, 1)), [{finder: 1, start: 1, end: 2}]);
  t.deepEqual(matcher.find('ab', Uint8Array.of(1, 0)), [{finder: 0, start: 0, end: 1}]);
  t.false(matcher.mayMatch('a', Uint8Array.of(0, 1)));
});

test('the group named mask is the finding', (t) => {
  t.deepEqual(found('key = "abc"', finderOf('key = "(?P<mask>[^"]*)"')), ['abc']);
});

test('a context character is shared by two findings', (t) => {
  t.deepEqual(found('1 2 3', finderOf('(?:^|[^0-9])(?P<mask>[0-9])(?:$|[^0-9])')), ['1', '2', '3']);
});

test('what a pattern asks of its neighbours means the same beside however many others', (t) => {
  const letters = Array.from({length: 60}, (_, index) => String.fromCharCode(0x3b1 + index));
  const finders = letters.map((letter) => finderOf(`(?:^|[${letter}0])(?P<mask>[0-9])(?:[${letter}0]|$)`));
  const text = letters.map((letter) => `${letter}1${letter}2${letter} 010101 ${letter}1`).join('');
  const {matcher, all} = matcherOf(...finders);
  const together = matcher.find(text, all);
  for (const [id, finder] of finders.entries()) {
    const alone = matcherOf(finder);
    const own = together.filter((finding) => finding.finder === id).map(({start, end}) => ({start, end}));
    t.deepEqual(
      own,
      alone.matcher.find(text, alone.all).map(({start, end}) => ({start, end})),
    );
    t.is(own.length, id === letters.length - 1 ? 123 : 122);
  }
});

test('a finding that its validator rejects is looked for again one character on', (t) => {
  t.deepEqual(found('94111111111111111', finderOf('[0-9]{16}', {validator: 'luhn'})), ['4111111111111111']);
});

test('a finding of too little entropy does not count', (t) => {
  t.deepEqual(found('k=aaaaaaaa k=a8Bz2Qx7', finderOf('k=(?P<mask>\\w{8})', {minEntropy: 2.9})), ['a8Bz2Qx7']);
});

test('what an allow-list holds is passed over as a whole, whatever a part of it looks like', (t) => {
  const allow = {values: ['no-reply@x.io'], patterns: ['[a-z-]+@example\\.com', 'a|ab']};
  const finder = finderOf('\\b[a-z-]+@[a-z.]+|ab', {allow});
  t.deepEqual(found('no-reply@x.io my-reply@x.io', finder), ['my-reply@x.io']);
  t.deepEqual(found('a-b@example.com a-b@example.company ab', finder), ['a-b@example.company']);
});

test('an allow-list never lets pass what is too long to be looked at', (t) => {
  const text = 'a'.repeat(3000);
  t.deepEqual(found(text, finderOf('a+', {allow: {values: [], patterns: ['a+']}})), [text]);
  t.deepEqual(found('aaa', finderOf('a+', {allow: {values: [], patterns: ['a+']}})), []);
});

test('a pattern of an allow-list that cannot be used is a problem of its finder', (t) => {
  const compiled = compileMatcher([finderOf('a', {allow: {values: [], patterns: ['b(']}})]);
  t.like(compiled, {ok: false, problems: [{finder: 0, offset: 1}]});
});

test('every finder that cannot be used is named, with place and reason', (t) => {
  const compiled = compileMatcher([
    finderOf('a(?=b)'),
    finderOf('fine'),
    finderOf('x', {validator: 'lun'}),
    keywordFinder('  '),
  ]);
  t.like(compiled, {
    ok: false,
    problems: [
      {finder: 0, offset: 1},
      {finder: 2, offset: 0},
      {finder: 3, offset: 0},
    ],
  });
});

test('attempts that read on to the end of a line find the same as one by one, and are not read again', (t) => {
  const finder = finderOf('a(?P<mask>b?)(.*x)?|b');
  const line = 'abaacaabbc'.repeat(400);
  const {matcher, all} = matcherOf(finder);
  const starts = matcher.find(`${line}\n`, all).map(({start}) => start);
  const expected = Array.from(line.matchAll(/a(b?)|b/g), ({index, 0: whole, 1: mask}) => {
    return mask === undefined || mask === '' ? (whole === 'b' ? index : -1) : index + 1;
  });
  t.deepEqual(
    starts,
    expected.filter((start) => start !== -1),
  );
});

test('text that matches nothing is told without searching', (t) => {
  const {matcher, all} = matcherOf(finderOf('secret-[0-9]{4}'));
  t.false(matcher.mayMatch('an ordinary secret', all));
  t.true(matcher.mayMatch('a secret-1234', all));
});

for (const [pattern, unit] of [
  ['(a+)+$', 'a'],
  ['(.*)*x', 'ab '],
  ['(a|a)*b', 'a'],
  ['(?s)a.*b.*c.*d', 'abc'],
  ['(a|b)*a(a|b){14}c', 'abba'],
  ['[a-z]{1,64}@[a-z]{1,64}', 'abcdefgh'],
  ['\\s+$', ' '],
  [Array.from({length: 10_000}, (_, index) => `word${index}x`).join('|'), 'word1 word29 '],
] as const) {
  test(`${pattern.slice(0, 30)} takes time in proportion to the text`, (t) => {
    const {matcher, all} = matcherOf(finderOf(pattern));
    const text = unit.repeat(Math.ceil(60_000 / unit.length));
    matcher.find(text, all);
    const startedAtMs = performance.now();
    matcher.find(text, all);
    // Backtracking would take years; the bound is loose because test machines are slow and shared.
    t.true(performance.now() - startedAtMs < 1500);
  });
}
