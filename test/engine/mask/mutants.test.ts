import test from 'ava';
import {SEEDS} from './near-secrets.ts';
import {CATALOGUE, cut, masked, ruleSet, streamed} from './support.ts';

const catalogue = ruleSet(CATALOGUE);
const texts = SEEDS.filter((text) => masked(catalogue, text) !== text);

/** Maskers of streams as others have built them: each has to be told from the real one by the property of every cutting. */
const MUTANTS: Record<string, (pieces: readonly string[]) => string> = {
  'checks each piece alone': (pieces) => pieces.map((piece) => masked(catalogue, piece)).join(''),
  'sends before it looks': (pieces) => {
    const whole = pieces.join('');
    return pieces.length > 1 ? whole : masked(catalogue, whole);
  },
  'holds nothing back': (pieces) => flushing(pieces, (held) => held.length),
  'keeps a fixed tail': (pieces) => flushing(pieces, (held) => held.length - 16),
  'flushes at a space': (pieces) => flushing(pieces, (held) => held.lastIndexOf(' ') + 1),
  'flushes at the end of a sentence': (pieces) => flushing(pieces, (held) => held.search(/[.!?\n][^.!?\n]*$/) + 1),
  'releases a tail that grows too long': (pieces) =>
    flushing(pieces, (held) => (held.length > 32 ? held.length : held.length - 32)),
  'forgets what it holds when the text ends': (pieces) => {
    const lane: string[] = [];
    for (const at of pieces.keys()) lane.push(pieces.slice(0, at).join(''));
    return masked(catalogue, lane.at(-1) ?? '');
  },
};

for (const [name, mutant] of Object.entries(MUTANTS)) {
  test(`the property of every cutting tells a masker that ${name}`, (t) => {
    const isTold = texts.some((text) => {
      const whole = masked(catalogue, text);
      const cuttings = [cut(text, [1]), cut(text, [5]), cut(text, [20])];
      return cuttings.some((pieces) => mutant(pieces) !== whole && streamed(catalogue, pieces) === whole);
    });
    t.true(isTold);
  });
}

/** Masks and releases what comes before a place that is believed to be safe. */
function flushing(pieces: readonly string[], safe: (held: string) => number): string {
  let held = '';
  let output = '';
  for (const piece of pieces) {
    held += piece;
    const to = Math.max(0, safe(held));
    output += masked(catalogue, held.slice(0, to));
    held = held.slice(to);
  }
  return output + masked(catalogue, held);
}
