/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {ranges} from '../regex/char-set.ts';
import {RUN_KINDS} from './run-anchor.ts';

const members = RUN_KINDS.map(({set}) => {
  const table = new Uint8Array(0x10000);
  for (const [low, high] of ranges(set)) table.fill(1, low, high + 1);
  return table;
});

/**
 * Where the next run of a kind begins, or the text's length. It reads backwards from where such a run would have to
 * reach, and so looks at a fraction of the text.
 */
export function nextRun(text: string, kind: number, from: number): number {
  const isMember = members[kind]!;
  const {length} = RUN_KINDS[kind]!;
  /** The start of a run, if there is one; all up to `known` belong to it. */
  let start = from;
  let known = from;
  for (;;) {
    const last = start + length - 1;
    if (last >= text.length) return text.length;
    let at = last;
    while (at >= known && isMember[text.charCodeAt(at)] === 1) at--;
    if (at < known) return start;
    known = last + 1;
    start = at + 1;
  }
}

/** Where a run that goes on at an offset ends. */
export function endOfRun(text: string, kind: number, from: number): number {
  const isMember = members[kind]!;
  let at = from;
  while (at < text.length && isMember[text.charCodeAt(at)] === 1) at++;
  return at;
}
