import {mkdir, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {simpleGit} from 'simple-git';

/** A bare repository, as a company hosts it, and a clone that pushes to it. */
export interface PolicyRepository {
  /** What the control plane is given. */
  readonly url: string;
  /** Writes files (undefined removes one), commits and pushes; resolves to the commit. */
  readonly push: (files: Readonly<Record<string, string | undefined>>, message: string) => Promise<string>;
}

/** Makes a policy repository with a first commit. */
export async function createPolicyRepository(
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<PolicyRepository> {
  const url = join(directory, 'policies.git');
  const clone = join(directory, 'clone');
  await mkdir(url, {recursive: true});
  await simpleGit(url).init(true, ['--initial-branch=main']);
  await mkdir(clone, {recursive: true});
  const git = simpleGit({
    baseDir: clone,
    config: ['user.name=Ana Example', 'user.email=ana@example.com', 'commit.gpgSign=false'],
  });
  await git.init(['--initial-branch=main']);
  await git.addRemote('origin', url);

  const repository: PolicyRepository = {
    url,
    push: async (changes, message) => {
      for (const [file, text] of Object.entries(changes)) {
        const path = join(clone, file);
        await mkdir(dirname(path), {recursive: true});
        if (text === undefined) await rm(path);
        else await writeFile(path, text);
      }
      await git.add('.');
      await git.commit(message, undefined, {'--no-verify': null});
      await git.push('origin', 'main');
      return git.revparse(['HEAD']);
    },
  };
  await repository.push(files, 'Add policies');
  return repository;
}
