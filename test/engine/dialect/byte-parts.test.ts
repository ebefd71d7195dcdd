import test from 'ava';
import {ByteParts} from '../../../engine/dialect/byte-parts.ts';

test('bytes that come one by one are held by few buffers', (t) => {
  const parts = new ByteParts();
  const expected = Buffer.from(Array.from({length: 100_000}, (_, i) => i % 251));
  for (let i = 0; i < expected.length; i++) parts.add(expected.subarray(i, i + 1));
  t.true(parts.buffers < 1_000);
  t.is(parts.size, expected.length);
  t.true(parts.bytes().equals(expected));
  parts.clear();
  t.is(parts.bytes().length, 0);
});

test('a single part is not copied', (t) => {
  const parts = new ByteParts();
  const part = Buffer.from('one');
  parts.add(part);
  t.is(parts.bytes(), part);
});
