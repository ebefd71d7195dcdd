import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGES = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'docs/operations.md',
  'docs/compatibility.md',
  'docs/policy.md',
];

for (const page of PAGES) {
  test(`every file that ${page} names is there`, async (t) => {
    const text = await readFile(join(ROOT, page), 'utf8');
    const links = text.matchAll(/\]\((?!https?:|#)([^)#]+)/g).map(([, link = '']) => join(dirname(page), link));
    const paths = text.matchAll(/`([\w.-]+\/[\w./-]+\.(?:ts|js|md|json))`/g).map(([, path = '']) => path);
    const missing = [...links, ...paths].filter((path) => !existsSync(join(ROOT, path)));
    t.deepEqual(missing, []);
  });
}
