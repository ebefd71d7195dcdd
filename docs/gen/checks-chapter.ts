import {VALIDATORS} from '../../engine/detect/validators/index.ts';

/** Checks that are of use beyond the value they were written for. */
const GENERAL: Readonly<Record<string, string>> = {
  luhn: 'ends in a Luhn check digit, and is not one digit repeated; only digits count',
  luhnNumber: 'ends in a Luhn check digit',
  mixed: 'has letters and digits',
  notPlaceholder: 'is no variable, template or word such as `changeme`',
  tokenValue: 'is no stand-in for a key of known form: dots, stars, `xxxxxx`, `your-key-here`',
  namedValue: 'is neither of these nor a path or a word: what stands behind `API_KEY=`',
  passwordValue: 'can be a password, rather than a version, a URL or a name in code',
};

/** What `validator` of a detector can name. */
export function checksChapter(): string {
  const rows = Object.entries(GENERAL).map(([name, what]) => `| \`${name}\` | ${what} |\n`);
  const others = Object.keys(VALIDATORS)
    .filter((name) => !Object.hasOwn(GENERAL, name))
    .sort();
  return [
    '\n## Checks\n\nA detector of your own can name one as its `validator`. Those of general use:\n\n',
    '| Check | Passes where the finding |\n|---|---|\n',
    ...rows,
    '\nThe others belong to one kind of value; the entries below say to which: ',
    `${others.map((name) => `\`${name}\``).join(', ')}.\n`,
  ].join('');
}
