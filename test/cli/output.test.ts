import test from 'ava';
import {fitTable, formatFields, formatTable, span, visible} from '../../cli/output.ts';

test('text of others cannot move the cursor, colour the terminal or turn the reading direction', (t) => {
  t.is(visible('a\u001b[2Jb\rc\u202ed\u0007'), 'a\\u{1b}[2Jb\\u{d}c\\u{202e}d\\u{7}');
  t.is(visible('line\n\tänderung 日本 👍'), 'line\n\tänderung 日本 👍');
});

test('a table lines up, also with wide characters, and keeps each row on one line', (t) => {
  const table = formatTable(
    ['NAME', 'VALUE'],
    [
      ['日本', 'a\nb'],
      ['x', 'y'],
    ],
  );
  t.is(table, 'NAME  VALUE\n日本  a b\nx     y\n');
});

test('the last column stands below its row where the terminal is too narrow', (t) => {
  const rows = [
    ['a', '1', 'rule'],
    ['b', '2', ''],
  ];
  const heads = ['X', 'Y', 'RULES'];
  t.is(fitTable(heads, rows, 11), formatTable(heads, rows));
  t.is(fitTable(heads, rows, undefined), formatTable(heads, rows));
  t.is(fitTable(heads, rows, 10), 'X  Y\na  1\n    rule\nb  2\n');
});

test('fields without a value are left out', (t) => {
  t.is(
    formatFields([
      ['a', '1'],
      ['long', undefined],
      ['bb', '2'],
      ['c', ''],
    ]),
    'a:   1\nbb:  2\n',
  );
});

test('a span is told in one unit', (t) => {
  t.deepEqual(
    [0, 59_000, 300_000, 7_200_000, 260_000_000, -5].map((ms) => span(0, ms)),
    ['0s', '59s', '5m', '2h', '3d', '0s'],
  );
});
