import {createHash} from 'node:crypto';
import type {Bundle} from '../../engine/bundle.ts';
import {compileRepository} from '../../engine/language/compile.ts';
import {loadBundle} from '../../engine/load-bundle.ts';

/** A bundle made of policy texts, as if each were a file of a repository. Throws with all problems if any is wrong. */
export function bundleFrom(...texts: string[]): Bundle {
  const compiled = compileRepository(texts.map((text, index) => ({path: `file-${index + 1}.yaml`, text})));
  if (!compiled.ok) throw new Error(compiled.problems.map(problemLine).join('\n'));
  const digest = createHash('sha256').update(JSON.stringify(compiled.documents)).digest('hex');
  const loaded = loadBundle({generation: 1n, digest, commit: 'c'.repeat(40), documents: compiled.documents});
  if (!loaded.ok) throw new Error(loaded.problems.map(problemLine).join('\n'));
  return loaded.bundle;
}

function problemLine(problem: {file: string; line: number; column: number; code: string; message: string}): string {
  return `${problem.file}:${problem.line}:${problem.column} ${problem.code} ${problem.message}`;
}
