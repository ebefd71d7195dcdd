import type {FinderSet, Matcher} from '../../engine/detect/finder.ts';
import type {LaneMasker, Treatment} from '../../engine/mask/lane.ts';
import {createLaneMasker} from '../../engine/mask/lane-masker.ts';
import type {Masker} from './maskers.ts';
import {measureRounds, quantile} from './rounds.ts';
import {corpus} from './texts/index.ts';

/** What a live stream of deltas costs. */
export interface DeltaCost {
  text: string;
  masker: string;
  microseconds: number;
}

/** Characters that a lane holds back, looked at after every delta. */
export interface HoldBack {
  text: string;
  masker: string;
  mean: number;
  p50: number;
  p99: number;
  max: number;
}

/** Something that masks a text in pieces. */
export interface StreamMasker {
  name: string;
  open: () => LaneMasker;
}

const DELTA = 4;
const TEXTS = ['prose', 'code', 'lock files', 'JSON', 'dense'] as const;

/** A matcher as a masker of streams; what it releases goes nowhere. */
export function streamMasker(
  name: string,
  matcher: Matcher,
  plan: {finders: FinderSet; treatmentOf: (finder: number) => Treatment},
): StreamMasker {
  const nothing = () => undefined;
  const sink = {keep: nothing, replace: nothing, block: nothing};
  return {name, open: () => createLaneMasker({...plan, matcher, sink, needsValues: false, onFinding: nothing})};
}

/** The time a delta of four characters takes; peers, which have no streams, look at every delta by itself. */
export async function measureDeltas(
  streams: readonly StreamMasker[],
  peers: readonly Masker[],
  budget: {rounds: number; milliseconds: number},
  signal: AbortSignal,
): Promise<DeltaCost[]> {
  const results: DeltaCost[] = [];
  for (const text of TEXTS) {
    const documents = corpus(text, {count: 16, length: 4096}).documents.map(deltasOf);
    const speeds = await measureRounds(
      [
        ...streams.map(({name, open}) => ({name, step: eachDocument(documents, (deltas) => pushAll(open(), deltas))})),
        ...peers.map(({name, mask}) => ({name, step: eachDelta(documents.flat(), mask)})),
      ],
      budget,
      signal,
    );
    for (const {name, perSecond} of speeds) results.push({text, masker: name, microseconds: 1e6 / perSecond});
  }
  return results;
}

/** How much of a text waits at the client's expense. */
export function measureHoldBack(streams: readonly StreamMasker[]): HoldBack[] {
  return (['prose', 'code', 'lock files'] as const).flatMap((text) => {
    const {documents} = corpus(text, {count: 48, length: 8192});
    return streams.map(({name, open}): HoldBack => {
      const held: number[] = [];
      for (const document of documents) {
        const lane = open();
        for (const delta of deltasOf(document)) {
          lane.push(delta);
          held.push(lane.held);
        }
        lane.end();
      }
      held.sort((a, b) => a - b);
      const mean = held.reduce((sum, count) => sum + count, 0) / held.length;
      const [p50, p99, max] = [quantile(held, 0.5), quantile(held, 0.99), held.at(-1) ?? 0];
      return {text, masker: name, mean, p50, p99, max};
    });
  });
}

function pushAll(lane: LaneMasker, deltas: readonly string[]): number {
  for (const delta of deltas) lane.push(delta);
  lane.end();
  return deltas.length;
}

function eachDocument(documents: readonly string[][], step: (deltas: readonly string[]) => number): () => number {
  let next = 0;
  return () => step(documents[next++ % documents.length] ?? []);
}

function eachDelta(deltas: readonly string[], mask: Masker['mask']): () => number | Promise<number> {
  let next = 0;
  return () => {
    const masked = mask(deltas[next++ % deltas.length] ?? '');
    return typeof masked === 'string' ? 1 : masked.then(() => 1);
  };
}

/** A text as models send it. */
function deltasOf(text: string): string[] {
  return Array.from({length: Math.ceil(text.length / DELTA)}, (_, i) => text.slice(i * DELTA, (i + 1) * DELTA));
}
