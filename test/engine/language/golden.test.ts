import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {compileRepository} from '../../../engine/language/compile.ts';

const FOLDER = join(import.meta.dirname, 'golden');
const MARK = '#! ';

/**
 * A case is a YAML file whose last lines, `#! line:column code message`, are the problems it must give. To add one,
 * write the YAML and run this test with GOLDEN=write; then read what was written.
 */
for (const file of readdirSync(FOLDER).toSorted()) {
  test(`${file.replace('.yaml', '').replaceAll('-', ' ')}: reported with place, code and advice`, (t) => {
    const path = join(FOLDER, file);
    const content = readFileSync(path, 'utf8');
    const lines = content.split('\n');
    const end = lines.findIndex((line) => line.startsWith(MARK));
    const text = lines.slice(0, end < 0 ? lines.length : end).join('\n');
    const compiled = compileRepository([{path: 'policy.yaml', text: text.endsWith('\n') ? text : `${text}\n`}]);
    const problems = compiled.ok ? [] : compiled.problems;
    const actual = problems.map(({line, column, code, message}) => `${MARK}${line}:${column} ${code} ${message}`);
    if (process.env['GOLDEN'] === 'write')
      writeFileSync(path, [...text.trimEnd().split('\n'), ...actual, ''].join('\n'));
    t.true(actual.length > 0, 'a golden case must be wrong somewhere');
    t.deepEqual(actual, process.env['GOLDEN'] === 'write' ? actual : lines.filter((line) => line.startsWith(MARK)));
  });
}
