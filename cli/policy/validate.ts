import {compileRepository} from '../../engine/language/compile.ts';
import {loadBundle} from '../../engine/load-bundle.ts';
import {type Command, defineCommand} from '../command.ts';
import {OUTPUT_FLAG, print} from '../output.ts';
import {counted, problemText} from './problem-text.ts';
import {readRepository} from './read-repository.ts';

/** Exit code for a policy repository that is not valid. */
export const POLICY_INVALID = 3;

/** Checks a policy repository exactly as the control plane does before it publishes. */
export const validateCommand: Command = defineCommand({
  name: 'weir policy validate',
  summary: 'checks a policy repository and prints every problem',
  flags: OUTPUT_FLAG,
  positionals: [{name: 'DIR', help: 'folder with the policies; the current one unless given', required: false}],
  examples: ['weir policy validate', 'weir policy validate policies-example --output json'],
  run: async ({output}, {stdout}, [directory = '.']) => {
    const files = await readRepository(directory);
    const compiled = compileRepository(files);
    if (!compiled.ok) {
      const {problems} = compiled;
      print(stdout, output, {valid: false, problems}, () => problemText(directory, files, problems));
      return POLICY_INVALID;
    }
    const {documents, tests} = compiled;
    const loaded = loadBundle({generation: 0n, digest: '', commit: '', documents});
    if (!loaded.ok) {
      const {problems} = loaded;
      print(stdout, output, {valid: false, problems}, () => problemText(directory, files, problems));
      return POLICY_INVALID;
    }
    const {rules} = loaded.bundle;
    const summary = {valid: true, problems: [], documents: documents.length, rules, cases: tests.length};
    print(stdout, output, summary, () => {
      const parts = [counted(documents.length, 'document'), counted(rules, 'rule'), counted(tests.length, 'test case')];
      return `valid: ${parts.join(', ')}\n`;
    });
    return 0;
  },
});
