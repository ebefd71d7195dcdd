import test from 'ava';
import fc from 'fast-check';
import type {JsonNode} from '../../../../engine/dialect/json/node.ts';
import {STRICT, scanJson} from '../../../../engine/dialect/json/scan.ts';
import {errorCode, publicMessage} from '../../../../lib/errors.ts';

/** The plain value of a node, as JSON.parse would give it. */
function valueOf(node: JsonNode, text: string): unknown {
  switch (node.kind) {
    case 'string':
    case 'literal':
      return node.value;
    case 'number':
      return Number(text.slice(node.start, node.end));
    case 'array':
      return node.items.map((item) => valueOf(item, text));
    case 'object':
      return Object.fromEntries(node.keys.map((key, i) => [key.value, valueOf(node.values[i] ?? key, text)] as const));
  }
}

function problemOf(text: string, options = STRICT): string | undefined {
  try {
    scanJson(text, options);
    return undefined;
  } catch (error) {
    return `${errorCode(error)}: ${publicMessage(error)}`;
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('every document that JSON.parse reads is read to the same value', (t) => {
  fc.assert(
    fc.property(fc.jsonValue({maxDepth: 6}), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      t.deepEqual(valueOf(scanJson(text, {...STRICT, loneSurrogates: 'allow'}), text), JSON.parse(text));
    }),
  );
});

test('a damaged document is refused exactly where JSON.parse refuses it', (t) => {
  const damaged = fc
    .tuple(fc.jsonValue(), fc.nat(), fc.constantFrom('', '"', '\\', '{', ']', ',', ':', '0', '-', 'e', '.', '\n', 'u'))
    .map(([value, at, junk]) => {
      const text = JSON.stringify(value);
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + junk + text.slice(cut + 1);
    })
    .filter((text) => text.isWellFormed() && !/\\u[dD][89a-fA-F]/.test(text));
  fc.assert(
    fc.property(damaged, (text) => {
      t.is(problemOf(text, {...STRICT, duplicateKeys: 'allow'}) === undefined, parses(text));
    }),
    {numRuns: 2000},
  );
});

test('every token is found where it stands', (t) => {
  const text = '{"a\\u0062": [1.50e+3, "x\\n\\ud83d\\ude00y", true]}';
  const root = scanJson(text);
  t.like(root, {kind: 'object', start: 0, end: text.length});
  const tokens: string[] = [];
  const visit = (node: JsonNode): void => {
    if (node.kind === 'object') for (const key of node.keys) visit(key);
    if (node.kind === 'object') for (const value of node.values) visit(value);
    else if (node.kind === 'array') for (const item of node.items) visit(item);
    else tokens.push(text.slice(node.start, node.end));
  };
  visit(root);
  t.deepEqual(tokens, ['"a\\u0062"', '1.50e+3', '"x\\n\\ud83d\\ude00y"', 'true']);
});

const REFUSED: readonly [string, string][] = [
  ['{"a":1,"a":2}', 'a duplicate key at character 7'],
  ['{"a":1,"\\u0061":2}', 'a duplicate key at character 7'],
  ['[{"x":{"k":1,"k":1}}]', 'a duplicate key at character 13'],
  [`{${Array.from({length: 20}, (_, i) => `"k${i}":0`).join(',')},"k3":1}`, 'a duplicate key at character 151'],
  ['"\\ud800"', 'a lone surrogate at character 1'],
  ['"\\udc00"', 'a lone surrogate at character 1'],
  ['"\\ud800\\u0041"', 'a lone surrogate at character 1'],
  ['"\\udc00\\udc00"', 'a lone surrogate at character 1'],
  ['"ab\ud800"', 'a lone surrogate at character 3'],
  ['"\ud800\\udc00"', 'a lone surrogate at character 1'],
  [`${'['.repeat(101)}${']'.repeat(101)}`, 'nesting deeper than 100 at character 100'],
  ['{} {}', 'text after the end of the document at character 3'],
  ['', 'an early end at character 0'],
  ['\ufeff{}', 'an unexpected character at character 0'],
  ['"a\nb"', 'a control character in a string at character 2'],
  ['"\\x"', 'an unknown escape at character 1'],
  ['01', 'text after the end of the document at character 1'],
  ['1.', 'a malformed number at character 2'],
  ['{"a" 1}', 'a missing colon at character 5'],
  ["{'a':1}", 'a missing key at character 1'],
  ['[1,]', 'an unexpected character at character 3'],
];

for (const [text, problem] of REFUSED) {
  test(`refused: ${JSON.stringify(text).slice(0, 60)}`, (t) => {
    t.is(problemOf(text), `BODY_UNREADABLE: body is not acceptable JSON: ${problem}`);
  });
}

test('a document of more values than anybody could hold is refused, whatever they are', (t) => {
  for (const value of ['1', '[]', '{}', '""', 'null']) {
    const problem = problemOf(`[${`${value},`.repeat(500_000)}1]`);
    t.regex(problem ?? '', /^BODY_UNREADABLE: .*more than 500000 values/, `of ${value}`);
  }
  t.is(problemOf(`[${'1,'.repeat(400_000)}1]`), undefined);
});

test('nesting of 100 is accepted', (t) => {
  t.is(problemOf(`${'['.repeat(100)}${']'.repeat(100)}`), undefined);
});

test('a message about a bad body never holds its text', (t) => {
  const canary = 'CANARY-not-a-secret';
  for (const text of [`{"${canary}":1,"${canary}":2}`, `{"a": ${canary}}`, `"${canary}\\ud800"`, `["${canary}`]) {
    t.true(problemOf(text)?.startsWith('BODY_UNREADABLE'));
    t.false(problemOf(text)?.includes(canary));
  }
});
