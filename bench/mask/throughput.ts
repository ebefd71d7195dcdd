import type {Masker} from './maskers.ts';
import {measureRounds, type Subject} from './rounds.ts';
import {CLEAN_KINDS, type Corpus, corpus} from './texts/index.ts';

/** How fast one masker gets through one kind of text. */
export interface Throughput {
  text: string;
  masker: string;
  megabytesPerSecond: number;
  /** Per document. */
  microseconds: number;
  /** Documents that came out other than they went in, in per cent. */
  changedPercent: number;
}

/** Characters of a document; of a prompt where a single one is timed. */
const DOCUMENT = 16_384;
const PROMPT = 1024;

/** Whole texts of every kind through every masker. */
export async function measureThroughput(
  maskers: readonly Masker[],
  budget: {rounds: number; milliseconds: number},
  signal: AbortSignal,
): Promise<Throughput[]> {
  const kinds = Object.keys(CLEAN_KINDS) as (keyof typeof CLEAN_KINDS)[];
  const corpora = [
    ...[...kinds, 'dense' as const].map((kind) => corpus(kind, {count: 8, length: DOCUMENT})),
    {...corpus('prose', {count: 64, length: PROMPT}), name: '1 KB prompt'},
  ];
  const results: Throughput[] = [];
  for (const texts of corpora) results.push(...(await measureCorpus(texts, maskers, budget, signal)));
  return results;
}

async function measureCorpus(
  {name, documents}: Corpus,
  maskers: readonly Masker[],
  budget: {rounds: number; milliseconds: number},
  signal: AbortSignal,
): Promise<Throughput[]> {
  const sizes = documents.map((text) => Buffer.byteLength(text));
  const changed = new Map<string, number>();
  const subjects: Subject[] = [];
  for (const {name: masker, mask} of maskers) {
    let count = 0;
    for (const text of documents) if ((await mask(text)) !== text) count++;
    changed.set(masker, count);
    let next = 0;
    subjects.push({
      name: masker,
      step: () => {
        const index = next++ % documents.length;
        const masked = mask(documents[index] ?? '');
        const bytes = sizes[index] ?? 0;
        return typeof masked === 'string' ? bytes : masked.then(() => bytes);
      },
    });
  }
  const meanBytes = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  return (await measureRounds(subjects, budget, signal)).map(({name: masker, perSecond}) => ({
    text: name,
    masker,
    megabytesPerSecond: perSecond / 1e6,
    microseconds: (meanBytes / perSecond) * 1e6,
    changedPercent: ((changed.get(masker) ?? 0) / documents.length) * 100,
  }));
}
