import test from 'ava';
import {bodyFraming, keepsConnection} from '../../../lib/http1/framing.ts';
import {headerLines, MalformedHead, parseHead} from '../../../lib/http1/head.ts';

test('a head is its first line and its headers by lower-case name', (t) => {
  const {startLine, headers} = parseHead('GET / HTTP/1.1\r\nHost: x\r\nX-A:\t one \r\nx-a: two\r\nEmpty:');
  t.is(startLine, 'GET / HTTP/1.1');
  t.deepEqual({...headers}, {host: 'x', 'x-a': 'one, two', empty: ''});
  t.deepEqual(parseHead('HTTP/1.1 200 OK'), {startLine: 'HTTP/1.1 200 OK', headers: {}});
});

test('a head that two parsers could read in two ways is none', (t) => {
  const wrong: Record<string, string> = {
    'a bare line feed': 'GET / HTTP/1.1\r\na: b\nc: d',
    'a bare carriage return': 'GET / HTTP/1.1\r\na: b\rc: d',
    'a folded line': 'GET / HTTP/1.1\r\na: b\r\n c',
    'a zero byte': 'GET / HTTP/1.1\r\na: \0',
    'a space before the colon': 'GET / HTTP/1.1\r\ncontent-length : 5',
    'a line without colon': 'GET / HTTP/1.1\r\nnonsense\r\nx: y',
    'an empty name': 'GET / HTTP/1.1\r\n: x',
    'a name with a separator': 'GET / HTTP/1.1\r\na(b): x',
    'two lengths': 'POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 5',
    'two codings': 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ntransfer-encoding: identity',
    'two hosts': 'GET / HTTP/1.1\r\nhost: a\r\nHost: b',
    'very many headers': `GET / HTTP/1.1${'\r\na: b'.repeat(300)}`,
  };
  for (const [name, text] of Object.entries(wrong)) t.throws(() => parseHead(text), {instanceOf: MalformedHead}, name);
});

test('no header name reaches the prototype of the headers', (t) => {
  const {headers} = parseHead('GET / HTTP/1.1\r\n__proto__: x\r\nconstructor: y\r\ntoString: z');
  t.is(Object.getPrototypeOf(headers), Object.prototype);
  t.deepEqual(Object.entries(headers), [
    ['constructor', 'y'],
    ['tostring', 'z'],
  ]);
});

test('the framing of a body is one length, chunks, or nothing', (t) => {
  t.is(bodyFraming({}), undefined);
  t.is(bodyFraming({'content-length': '12'}), 12);
  t.is(bodyFraming({'transfer-encoding': 'Chunked'}), 'chunked');
  const wrong = [
    {'content-length': '5, 5'},
    {'content-length': '+5'},
    {'content-length': '0x5'},
    {'content-length': ''},
    {'content-length': '9'.repeat(16)},
    {'content-length': '5', 'transfer-encoding': 'chunked'},
    {'transfer-encoding': 'gzip, chunked'},
    {'transfer-encoding': 'chunked, chunked'},
    {'transfer-encoding': ''},
  ];
  for (const headers of wrong)
    t.throws(() => bodyFraming(headers), {instanceOf: MalformedHead}, JSON.stringify(headers));
});

test('a connection is kept unless somebody says otherwise', (t) => {
  t.true(keepsConnection('1.1', {}));
  t.false(keepsConnection('1.1', {connection: 'Close'}));
  t.false(keepsConnection('1.1', {connection: 'foo, close'}));
  t.true(keepsConnection('1.1', {connection: 'closely'}));
  t.false(keepsConnection('1.0', {}));
  t.true(keepsConnection('1.0', {connection: 'keep-alive'}));
});

test('a header that would start another one is not written', (t) => {
  const lines = headerLines({a: 'b', bad: 'x\r\ninjected: y', 'na me': 'z', several: ['1', '2'], none: undefined});
  t.is(lines, 'a: b\r\nseveral: 1\r\nseveral: 2\r\n');
});
