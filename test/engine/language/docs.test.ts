import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {runCase} from '../../../cli/policy/run-case.ts';
import {compileRepository} from '../../../engine/language/compile.ts';
import {loadBundle} from '../../../engine/load-bundle.ts';

test('the examples of docs/policy.md are one valid repository, and its test cases pass', (t) => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/policy.md'), 'utf8');
  const blocks = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)];
  t.true(blocks.length > 10);
  const files = blocks.map(([, yaml = ''], index) => ({path: `block-${index + 1}.yaml`, text: yaml}));
  const compiled = compileRepository(files);
  t.deepEqual(compiled.ok ? [] : compiled.problems, []);
  const documents = compiled.ok ? compiled.documents : [];
  const loaded = loadBundle({generation: 1n, digest: '', commit: '', documents});
  t.deepEqual(loaded.ok ? [] : loaded.problems, []);
  const cases = compiled.ok ? compiled.tests : [];
  t.is(cases.length, 6);
  for (const {case: one} of cases) t.deepEqual(loaded.ok && runCase(loaded.bundle, one), [], one.name);
});
