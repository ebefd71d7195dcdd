import test from 'ava';
import {MalformedHead} from '../../../lib/http1/head.ts';
import {HeadReader, HeadTooLong} from '../../../lib/http1/head-reader.ts';

/** Reads one head from these pieces; the head, and what follows it. */
function read(pieces: readonly string[], limitBytes = 1_000) {
  const reader = new HeadReader(limitBytes);
  let rest: string | undefined;
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1');
    const taken = rest === undefined ? reader.push(bytes) : 0;
    if (taken !== -1) rest = (rest ?? '') + bytes.toString('latin1', taken);
  }
  return {text: reader.text, rest, size: reader.size};
}

test('a head ends at its empty line, however it is cut', (t) => {
  const whole = 'GET / HTTP/1.1\r\na: b\r\nc:\r\n\r\nbody\r\n\r\n';
  const expected = {text: 'GET / HTTP/1.1\r\na: b\r\nc:', rest: 'body\r\n\r\n', size: 0};
  t.deepEqual(read(Array.from(whole)), expected);
  for (let first = 0; first <= whole.length; first++) {
    for (let second = first; second <= whole.length; second++) {
      const pieces = [whole.slice(0, first), whole.slice(first, second), whole.slice(second)];
      t.deepEqual(read(pieces), expected, `${first} ${second}`);
    }
  }
});

test('a reader is ready for the next head', (t) => {
  const reader = new HeadReader(100);
  t.is(reader.push(Buffer.from('one\r\n')), -1);
  t.is(reader.firstLine(), 'one');
  t.is(reader.push(Buffer.from('\r\ntwo')), 2);
  t.is(reader.text, 'one');
  t.is(reader.push(Buffer.from('tw')), -1);
  t.is(reader.firstLine(), undefined);
  t.is(reader.push(Buffer.from('o\r\n\r\n')), 5);
  t.is(reader.text, 'two');
});

test('a head over the limit is refused, whole or not', (t) => {
  t.is(read([`${'x'.repeat(100)}\r\n\r\n`], 100).text.length, 100);
  t.throws(() => read([`${'x'.repeat(101)}\r\n\r\n`], 100), {instanceOf: HeadTooLong});
  t.throws(() => read(['x'.repeat(101)], 100), {instanceOf: HeadTooLong});
  t.throws(() => read(['x'.repeat(60), `${'x'.repeat(60)}\r\n\r\n`], 100), {instanceOf: HeadTooLong});
});

test('a bare line feed is refused as soon as it arrives', (t) => {
  for (const pieces of [['GET /\n'], ['\n'], ['a\r\nb', '\n'], ['a\r', 'x\n']]) {
    t.throws(() => read(pieces), {instanceOf: MalformedHead}, JSON.stringify(pieces));
  }
  t.is(read(['a\r', '\n', 'b']).rest, undefined);
});
