import type {Random} from './random.ts';

const split = (words: string): readonly string[] => words.split(' ');

export const NOUNS = split(
  'river bridge market letter engine harbour winter garden teacher window kitchen season village answer railway ' +
    'council painter captain library meadow question station theatre orchard builder machine journal evening summit ' +
    'forest signal pattern customer invoice delivery warehouse contract meeting report budget schedule project ' +
    'department supplier shipment quarter agreement proposal customer review reader editor chapter paragraph story',
);
export const VERBS = split(
  'opens follows carries finds leaves reaches builds crosses paints returns explains repairs measures collects ' +
    'describes prepares delivers confirms delays signs prints reads sends writes checks counts compares replaces',
);
export const ADJECTIVES = split(
  'quiet early narrow bright heavy ancient careful simple distant broken gentle hidden common foreign wooden silver ' +
    'northern regular annual final second draft open late weekly useful long-standing well-known half-finished',
);
export const NAMES = split(
  'Ada Bruno Clara Dmitri Elena Farid Greta Hiro Ines Jonas Kemal Lucia Marta Nils Oskar Petra',
);
export const PLACES = split('Lisbon Oslo Vienna Nairobi Kyoto Lima Dublin Turin Porto Graz Bergen Malmö Zürich Galway');

/** An identifier of two or three words, in camel case. */
export function identifier(random: Random): string {
  const parts = [random.pick(VERBS), random.pick(NOUNS), ...(random.integer(3) === 0 ? [random.pick(NOUNS)] : [])];
  return parts.map((part, index) => (index === 0 ? part : part.charAt(0).toUpperCase() + part.slice(1))).join('');
}

/** A sentence without anything that would have to be masked. */
export function sentence(random: Random): string {
  const {pick, integer} = random;
  const subject = () => (integer(5) === 0 ? pick(NAMES) : `the ${pick(ADJECTIVES)} ${pick(NOUNS)}`);
  const clause = () => `${subject()} ${pick(VERBS)} ${subject()}`;
  const tails = [
    () => `, and ${clause()}`,
    () => ` near ${pick(PLACES)}`,
    () => ` (see page ${10 + integer(300)})`,
    () => `, about ${1 + integer(90)} per cent of it`,
    () => ` in ${1900 + integer(130)}`,
    () => ` at ${1 + integer(11)}:${10 + integer(50)}`,
    () => `: “${pick(NOUNS)} or ${pick(NOUNS)}?”`,
    () => ` — not ${pick(ADJECTIVES)}, it’s ${pick(ADJECTIVES)}`,
    () => '',
    () => '',
  ];
  const text = clause() + pick(tails)() + pick(tails)();
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${pick(['.', '.', '.', '!', '?'])}`;
}
