import test from 'ava';
import {createBodyDecoder, UNTIL_CLOSE} from '../../../lib/http1/body-decoder.ts';
import type {BodyFraming} from '../../../lib/http1/framing.ts';
import {MalformedHead} from '../../../lib/http1/head.ts';

/** Decodes what arrives in these pieces; the body, and what follows it. */
function decode(framing: BodyFraming, pieces: readonly string[], extensions: 'skip' | 'refuse' = 'refuse') {
  const decoder = createBodyDecoder(framing, extensions);
  let body = '';
  let rest = '';
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1');
    const taken = decoder.push(bytes, (part) => {
      body += part.toString('latin1');
    });
    rest += bytes.toString('latin1', taken);
  }
  return {body, rest, isDone: decoder.isDone};
}

test('a body of a stated length ends there, however it is cut', (t) => {
  const text = 'hello GET /';
  for (let cut = 0; cut <= text.length; cut++) {
    t.deepEqual(decode(5, [text.slice(0, cut), text.slice(cut)]), {body: 'hello', rest: ' GET /', isDone: true});
  }
  t.like(decode(0, ['x']), {body: '', rest: 'x', isDone: true});
  t.like(decode(5, ['hell']), {isDone: false});
});

test('chunks are joined, however they are cut, and what follows is left', (t) => {
  const text = '3\r\nhel\r\nA\r\nlo, world!\r\n0\r\ntrailer: x\r\n\r\nGET /';
  for (let cut = 0; cut <= text.length; cut++) {
    const expected = {body: 'hello, world!', rest: 'GET /', isDone: true};
    t.deepEqual(decode('chunked', [text.slice(0, cut), text.slice(cut)]), expected, String(cut));
  }
  t.like(decode('chunked', Array.from(text)), {body: 'hello, world!', isDone: true});
});

test('a chunk that another parser would end elsewhere is refused', (t) => {
  const wrong = [
    '3\nhel\n0\n\n',
    '3 \r\nhel\r\n0\r\n\r\n',
    '3;a=b\r\nhel\r\n0\r\n\r\n',
    '0x3\r\nhel\r\n0\r\n\r\n',
    '+3\r\nhel\r\n0\r\n\r\n',
    '-3\r\nhel\r\n0\r\n\r\n',
    '\r\nhel\r\n0\r\n\r\n',
    '3\r\nhell\r\n0\r\n\r\n',
    '123456789\r\n',
    '0\r\nno trailer\r\n\r\n',
    '0\r\n folded: x\r\n\r\n',
    '0\r\na;b: x\r\n\r\n',
    '0\r\na: \0\r\n\r\n',
    '0\r\na: x\ry\r\n\r\n',
    '0\r\nContent-Length: 5\r\n\r\n',
    '0\r\nConnection: close\r\n\r\n',
    '0\r\ntransfer-encoding: chunked\r\n\r\n',
    `0\r\n${'a: b\r\n'.repeat(5_000)}\r\n`,
    'f'.repeat(1_000),
  ];
  for (const text of wrong) t.throws(() => decode('chunked', [text]), {instanceOf: MalformedHead}, text.slice(0, 20));
});

test('extensions are skipped where they may stand', (t) => {
  t.like(decode('chunked', ['3 ; a="b"\r\nhel\r\n0;x\r\n\r\n'], 'skip'), {body: 'hel', isDone: true});
});

test('a body without framing lasts as long as its connection', (t) => {
  let body = '';
  t.is(
    UNTIL_CLOSE.push(Buffer.from('any'), (part) => {
      body += part.toString();
    }),
    3,
  );
  t.is(body, 'any');
  t.false(UNTIL_CLOSE.isDone);
});
