import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {detectorsDocument} from '../../docs/gen/detectors-document.ts';
import {DETECTORS} from '../../engine/detect/catalogue.ts';
import {compileRepository} from '../../engine/language/compile.ts';

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/detectors.md'), 'utf8');

test('docs/detectors.md says what the catalogue holds; npm run gen writes it again', (t) => {
  t.true(DOCUMENT === detectorsDocument(DETECTORS), 'docs/detectors.md is stale: run npm run gen');
});

test('every detector has one entry, in a chapter of one of its groups', (t) => {
  const entries = [...DOCUMENT.matchAll(/^\* \*\*`([^`]+)`\*\*/gm)].map(([, name]) => name);
  t.deepEqual(entries.toSorted(), DETECTORS.map(({name}) => name).toSorted());
});

test('an entry says what tells a finding from what looks like one', (t) => {
  const source = {kind: 'pattern', pattern: 'x', ignoreCase: false} as const;
  const context = {raise: ['card', 'visa', 'iban', 'account'], lower: ['order'], within: 64};
  const document = detectorsDocument([
    {
      name: 'a',
      description: 'A thing',
      groups: ['secrets', 'secrets.ai'],
      finders: [{source, validator: 'luhn', minEntropy: 3, confidence: 0.4, context}],
      examples: [`with a \`tick\`\nand ${'more '.repeat(20)}`],
      nearMisses: ['near'],
    },
  ]);
  t.regex(document, /\n\| `secrets` \| [^|]+ \| 1 \|\n\| `secrets\.ai` \| [^|]+ \| 1 \|\n/);
  const facts = 'Checks: `luhn`, entropy; confidence 0.4; more after “card”, “visa”, “iban” …, less after “order”.';
  const sample = '``with a `tick` and more mor…ore more more``';
  t.true(
    document.endsWith(`\n## secrets.ai\n\n* **\`a\`**: A thing. Finds ${sample}, not \`near\`. ${facts}\n`),
    document,
  );
});

test('the example of an external detector compiles', (t) => {
  const [, yaml = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(DOCUMENT) ?? [];
  const compiled = compileRepository([{path: 'example.yaml', text: yaml}]);
  t.deepEqual(compiled.ok ? [] : compiled.problems, []);
});
