import {posix} from 'node:path';
import {compileRepository, type PlacedTestCase} from '../../engine/language/compile.ts';
import {loadBundle} from '../../engine/load-bundle.ts';
import {type Command, defineCommand} from '../command.ts';
import {OUTPUT_FLAG, print, visible} from '../output.ts';
import {problemText} from './problem-text.ts';
import {readRepository} from './read-repository.ts';
import {type Mismatch, runCase} from './run-case.ts';
import {POLICY_INVALID} from './validate.ts';

interface CaseResult {
  test: string;
  name: string;
  file: string;
  line: number;
  passed: boolean;
  mismatches: Mismatch[];
}

/** Runs every PolicyTest of a repository through the code that agents decide with. */
export const testCommand: Command = defineCommand({
  name: 'weir policy test',
  summary: 'runs the PolicyTest documents of a repository',
  flags: OUTPUT_FLAG,
  positionals: [{name: 'DIR', help: 'folder with the policies; the current one unless given', required: false}],
  examples: ['weir policy test', 'weir policy test policies-example --output json'],
  run: async ({output}, {stdout, stderr}, [directory = '.']) => {
    const files = await readRepository(directory);
    const compiled = compileRepository(files);
    const loaded = compiled.ok
      ? loadBundle({generation: 0n, digest: '', commit: '', documents: compiled.documents})
      : compiled;
    if (!compiled.ok || !loaded.ok) {
      const problems = loaded.ok ? [] : loaded.problems;
      print(stdout, output, {valid: false, problems}, () => problemText(directory, files, problems));
      return POLICY_INVALID;
    }
    if (compiled.tests.length === 0) {
      stderr.write(`weir: no PolicyTest document in "${directory}", so nothing was tested; add one\n`);
      return 1;
    }
    const results = compiled.tests.map((placed) => resultOf(placed, runCase(loaded.bundle, placed.case)));
    const failed = results.filter((result) => !result.passed).length;
    const summary = {passed: results.length - failed, failed};
    print(stdout, output, {valid: true, ...summary, cases: results}, () =>
      [...results.map((result) => resultText(directory, result)), summaryText(summary)].join(''),
    );
    return failed === 0 ? 0 : 1;
  },
});

function resultOf(placed: PlacedTestCase, mismatches: Mismatch[]): CaseResult {
  const {test, file, line} = placed;
  return {test, name: placed.case.name, file, line, passed: mismatches.length === 0, mismatches};
}

function resultText(directory: string, result: CaseResult): string {
  const title = `${result.test}: ${result.name}`;
  if (result.passed) return visible(`ok    ${title}\n`);
  const place = `${posix.join(directory, result.file)}:${result.line}`;
  const details = result.mismatches.map(
    ({what, expected, actual}) => `        ${what}\n          expected  ${expected}\n          actual    ${actual}\n`,
  );
  return visible(`FAIL  ${title}  (${place})\n${details.join('')}`);
}

function summaryText({passed, failed}: {passed: number; failed: number}): string {
  return `${passed} passed, ${failed} failed\n`;
}
