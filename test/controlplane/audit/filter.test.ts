import test from 'ava';
import {EXCHANGE_FIELDS, parseFilter, SESSION_FIELDS} from '../../../controlplane/audit/filter.ts';
import {Action, Outcome} from '../../../proto/gen/weir/record/v1/record.ts';

const parse = (text: string) => parseFilter(text, EXCHANGE_FIELDS);

test('comparisons are joined by AND, and OR binds tighter', (t) => {
  t.deepEqual(parse('verdict = BLOCK AND status >= 500 OR outcome = cut'), {
    kind: 'and',
    of: [
      {kind: 'test', field: 'verdict', operator: '=', value: Action.BLOCK},
      {
        kind: 'or',
        of: [
          {kind: 'test', field: 'status', operator: '>=', value: 500},
          {kind: 'test', field: 'outcome', operator: '=', value: Outcome.CUT},
        ],
      },
    ],
  });
});

test('values may stand with or without quotes', (t) => {
  const expected = {kind: 'test', field: 'caller.subject', operator: '=', value: 'svc:billing'} as const;
  t.deepEqual(parse('caller.subject = "svc:billing"'), expected);
  t.deepEqual(parse("caller.subject='svc:billing'"), expected);
  t.deepEqual(parse('caller.subject=svc:billing'), expected);
  t.deepEqual(parse('caller.subject = "a \\"b\\" c"'), {...expected, value: 'a "b" c'});
  const at = {kind: 'test', field: 'started_at', operator: '>', value: Date.UTC(2026, 10, 1)} as const;
  t.deepEqual(parse('started_at > 2026-11-01T00:00:00Z'), at);
  t.deepEqual(parse('started_at > "2026-11-01T00:00:00Z"'), at);
});

test('a star at the end, and any part of a commit, match what starts so', (t) => {
  t.deepEqual(parse('model = "gpt-*"'), {kind: 'prefix', field: 'model', prefix: 'gpt-'});
  t.deepEqual(parse('commit = c0ffee'), {kind: 'prefix', field: 'commit', prefix: 'c0ffee'});
  t.deepEqual(parse('model != gpt-*'), {kind: 'not', of: {kind: 'prefix', field: 'model', prefix: 'gpt-'}});
});

test('NOT, minus and parentheses', (t) => {
  const cut = {kind: 'test', field: 'outcome', operator: '=', value: Outcome.CUT} as const;
  t.deepEqual(parse('NOT outcome = CUT'), {kind: 'not', of: cut});
  t.deepEqual(parse('-outcome = CUT'), {kind: 'not', of: cut});
  t.deepEqual(parse('((outcome = CUT))'), cut);
});

test('an empty filter asks for everything', (t) => {
  t.is(parse('  '), undefined);
});

const WRONG: readonly (readonly [filter: string, message: string])[] = [
  ['colour = red', 'filter, column 1: there is no field "colour"; fields are exchange_id, session_id'],
  ['verdict = BLOCK AND', 'filter, column 20: a field is expected here'],
  ['verdict BLOCK', 'filter, column 9: one of = != < <= > >= : is expected here'],
  ['verdict = PURPLE', 'filter, column 11: verdict is one of ALLOW, MASK, APPROVE, BLOCK'],
  ['verdict > ALLOW', 'filter, column 9: this field can be compared by = and != only'],
  ['status = many', 'filter, column 10: status is a number'],
  ['started_at > yesterday', 'filter, column 14: started_at is a time such as'],
  ['model = "gpt', 'filter, column 9: a quote is not closed'],
  ['model = *gpt', 'filter, column 9: * may stand at the end only'],
  ['(model = a', 'filter, column 11: ")" is missing'],
  ['model = a)', 'filter, column 10: ")" is not expected here'],
];
for (const [filter, message] of WRONG) {
  test(`the error of ${filter} names the column and what to do`, (t) => {
    const error = t.throws(() => parse(filter), {code: 'INVALID_ARGUMENT'});
    t.true(error.message.startsWith(message), error.message);
  });
}

test('a filter too long or too deep is refused', (t) => {
  t.throws(() => parse(`model = "${'a'.repeat(5_000)}"`), {code: 'INVALID_ARGUMENT', message: /4096 are the limit/});
  t.throws(() => parse(`${'('.repeat(40)}model = a${')'.repeat(40)}`), {message: /nested deeper than 32/});
});

test('fields of exchanges are not fields of sessions', (t) => {
  t.throws(() => parseFilter('status = 200', SESSION_FIELDS), {message: /there is no field "status"/});
});
