import {DETECTORS} from '../../../engine/detect/catalogue.ts';
import {code, gitLog, json, lockFile, log, prose} from './clean.ts';
import {createRandom, type Random} from './random.ts';
import {sentence} from './words.ts';

/** Documents of one kind. */
export interface Corpus {
  name: string;
  documents: readonly string[];
}

/** Text of a kind that holds nothing to be masked, by name. */
export const CLEAN_KINDS = {prose, code, logs: log, JSON: json, 'lock files': lockFile, 'git logs': gitLog} as const;

/** Prose with a value to be masked in every other sentence: what the catalogue's detectors give as examples. */
function dense(random: Random): string {
  const {examples} = random.pick(DETECTORS);
  return `${sentence(random)} ${random.pick(examples)}\n${sentence(random)}\n`;
}

/** Documents that are the same in every run. */
export function corpus(kind: keyof typeof CLEAN_KINDS | 'dense', options: {count: number; length: number}): Corpus {
  const random = createRandom(0x5eed + kind.length);
  const part = kind === 'dense' ? dense : CLEAN_KINDS[kind];
  const documents = Array.from({length: options.count}, () => {
    let text = '';
    while (text.length < options.length) text += part(random);
    return kind === 'dense' ? text : text.slice(0, options.length);
  });
  return {name: kind, documents};
}
