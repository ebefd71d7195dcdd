import test from 'ava';
import fc from 'fast-check';
import {compileRepository} from '../../../engine/language/compile.ts';

const POLICY = 'apiVersion: weir/v1\nkind: Policy\nmetadata: { name: open }\nspec: { rules: [] }\n';

function problemsOf(...files: {path: string; text: string}[]): string[] {
  const compiled = compileRepository(files);
  return compiled.ok ? [] : compiled.problems.map(({file, line, column, code}) => `${file}:${line}:${column} ${code}`);
}

test('documents are compiled to canonical JSON with defaults filled in', (t) => {
  const compiled = compileRepository([{path: 'a.yaml', text: `# a comment\n${POLICY}`}]);
  t.deepEqual(compiled, {
    ok: true,
    documents: [
      {
        kind: 'Policy',
        name: 'open',
        file: 'a.yaml',
        line: 2,
        json:
          '{"apiVersion":"weir/v1","kind":"Policy","metadata":{"name":"open"},"spec":{"allowUninspectable":[],' +
          '"applies":{"agents":{},"models":[],"operations":[],"providers":[]},"mode":"enforce","rules":[]}}',
      },
    ],
    tests: [],
  });
});

test('a bundle says of every rule how sure findings have to be, and in which views they are looked for', (t) => {
  const find = (more: string) => {
    const rule = `{ name: r, action: mask, find: { keywords: [x]${more} } }`;
    const compiled = compileRepository([{path: 'a.yaml', text: POLICY.replace('rules: []', `rules: [${rule}]`)}]);
    const json = compiled.ok ? compiled.documents[0]?.json : undefined;
    return (JSON.parse(json ?? '{}') as {spec: {rules: {find: object}[]}}).spec.rules[0]?.find;
  };
  const all = ['jsonEscapes', 'nestedJson', 'percent', 'base64', 'hex', 'zeroWidth', 'nfkc', 'homoglyphs'];
  t.like(find(''), {threshold: 0.5, views: all});
  t.like(find(', threshold: 0.8, views: [hex]'), {threshold: 0.8, views: ['hex']});
  t.like(find(', views: none'), {views: []});
});

test('the order of files and of fields changes nothing', (t) => {
  const names = ['c', 'a', 'd', 'b'];
  const files = names.map((name) => ({path: `${name}.yaml`, text: POLICY.replace('open', name)}));
  const expected = compileRepository(files);
  fc.assert(
    fc.property(fc.shuffledSubarray(files, {minLength: files.length}), (shuffled) => {
      t.deepEqual(compileRepository(shuffled), expected);
    }),
    {numRuns: 20},
  );
  const turned = 'spec: { rules: [] }\nmetadata: { name: open }\nkind: Policy\napiVersion: weir/v1\n';
  t.deepEqual(compileRepository([{path: 'a.yaml', text: turned}]), compileRepository([{path: 'a.yaml', text: POLICY}]));
});

test('all problems of all files come at once, sorted by place', (t) => {
  const broken = POLICY.replace('rules: []', 'rules: [{name: one, action: blok}], mod: shadow');
  const problems = problemsOf(
    {path: 'b.yaml', text: broken},
    {path: 'a.yaml', text: `${broken}---\n  - [`},
    {path: 'c.yaml', text: broken},
  );
  t.deepEqual(problems, [
    'a.yaml:6:6 yaml_syntax',
    'b.yaml:4:37 invalid_value',
    'b.yaml:4:45 unknown_field',
    'c.yaml:3:19 duplicate_name',
    'c.yaml:4:37 invalid_value',
    'c.yaml:4:45 unknown_field',
  ]);
});

test('problems do not depend on the order of files', (t) => {
  const files = ['a', 'b', 'c'].map((name) => ({path: `${name}.yaml`, text: POLICY}));
  const expected = compileRepository(files);
  t.false(expected.ok);
  fc.assert(
    fc.property(fc.shuffledSubarray(files, {minLength: files.length}), (shuffled) => {
      t.deepEqual(compileRepository(shuffled), expected);
    }),
  );
});

test('a repository without policy documents is not taken', (t) => {
  t.deepEqual(problemsOf(), [':0:0 empty_repository']);
  t.deepEqual(problemsOf({path: 'a.yaml', text: '# nothing\n---\n---\n'}), [':0:0 empty_repository']);
});

test('only YAML files outside of folders with a dot are policy', (t) => {
  const broken = {text: 'not: policy'};
  const files = [
    {path: '.github/workflows/ci.yaml', ...broken},
    {path: 'docs/.hidden.yaml', ...broken},
    {path: 'README.md', ...broken},
  ];
  t.deepEqual(problemsOf({path: 'policies/a.yml', text: POLICY}, ...files), []);
});

test('a file that is too large is refused before it is read', (t) => {
  t.deepEqual(problemsOf({path: 'a.yaml', text: `${POLICY}#${'x'.repeat(262_144)}`}), ['a.yaml:1:1 file_too_large']);
});

test('lines end with LF, CRLF or CR', (t) => {
  for (const end of ['\n', '\r\n', '\r']) {
    const text = POLICY.replace('rules: []', 'rulez: []').replaceAll('\n', end);
    t.deepEqual(problemsOf({path: 'a.yaml', text}), ['a.yaml:4:7 missing_field', 'a.yaml:4:9 unknown_field']);
  }
});

test('no text whatever makes the compiler throw', (t) => {
  const pieces = fc.constantFrom(
    'kind: Policy',
    'spec:',
    '- ',
    '  ',
    '{',
    '}',
    '[',
    ']',
    ': ',
    '"',
    "'",
    '|',
    '>',
    '&a ',
    '*a',
    '!!x ',
    '? ',
    '__proto__',
    '\n',
    '---',
    '\u0000',
    '\ud800',
    'rules',
    '~',
    '<<',
  );
  fc.assert(
    fc.property(fc.array(pieces, {maxLength: 40}), (parts) => {
      for (const text of [parts.join(''), POLICY + parts.join(''), POLICY.replace('rules: []', parts.join(''))]) {
        const compiled = compileRepository([{path: 'a.yaml', text}]);
        const problems = compiled.ok ? [] : compiled.problems;
        t.true(problems.every(({line, column, message}) => line >= 0 && column >= 0 && message !== ''));
      }
    }),
    {numRuns: 300},
  );
});
