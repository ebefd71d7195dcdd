import test from 'ava';
import fc from 'fast-check';
import {ResponseReader} from '../../bench/proxy/response-reader.ts';

const RESPONSES = Buffer.from(
  [
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    'HTTP/1.1 102 Processing\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n',
    'HTTP/1.1 503 Away\r\ncontent-length: 0\r\n\r\n',
  ].join(''),
);

function read(cuts: readonly number[]): string[] {
  const seen: string[] = [];
  const reader = new ResponseReader({
    body: () => seen.push('body'),
    end: (status) => seen.push(`end ${status}`),
  });
  const edges = [0, ...cuts.toSorted((a, b) => a - b), RESPONSES.length];
  for (const [index, edge] of edges.entries()) reader.push(RESPONSES.subarray(edge, edges[index + 1] ?? edge));
  return seen;
}

test('responses are told apart however their bytes are cut', (t) => {
  const whole = ['body', 'end 200', 'body', 'end 200', 'end 503'];
  t.deepEqual(read([]), whole);
  fc.assert(
    fc.property(fc.array(fc.nat(RESPONSES.length)), (cuts) => {
      t.deepEqual(read(cuts), whole);
    }),
  );
});
