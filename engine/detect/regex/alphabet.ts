/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
import {type CharSet, contains, MAX_CODE_POINT, ranges, WORD} from './char-set.ts';

/** What an assertion needs to know of a neighbouring character; a bit each. */
export const WORD_FLAG = 1;
export const NEWLINE_FLAG = 2;
export const KEYWORD_FLAG = 4;
/** Beyond the text's start or end there is no character. */
export const EDGE_FLAG = 8;

/** Behind the flags stands, as a number, which sets that neighbours are asked about a character is in. */
export const PROFILE_SHIFT = 4;

/**
 * The characters of a set of patterns, sorted into classes that no pattern tells apart.
 *
 * Characters are code points: a surrogate pair is one. The last two classes are no characters:
 * `end` stands for the end of the text, `surrogate` says that a unit alone does not decide.
 */
export class Alphabet {
  /** Number of classes, the two special ones included. */
  readonly size: number;
  readonly end: number;
  readonly surrogate: number;
  /** Class of each UTF-16 unit. */
  readonly unitClass = new Uint16Array(0x10000);
  /** Flags of each class. */
  readonly flags: Int32Array;
  /** Number of profiles; of the first, characters are in no set that neighbours are asked about. */
  readonly profiles: number;
  readonly #starts: Int32Array;
  readonly #classes: Int32Array;
  readonly #members: Uint8Array;
  /** A row for each set that neighbours are asked about: 1 for each profile that is in it. */
  readonly #contexts: readonly Uint8Array[];

  constructor(sets: readonly CharSet[], keywordLetters: CharSet, contexts: readonly CharSet[]) {
    const flagSets: CharSet[] = [WORD, [0x0a, 0x0a], keywordLetters, ...contexts];
    const {starts, classes, count} = partition([...sets, ...flagSets]);
    this.#starts = starts;
    this.#classes = classes;
    this.end = count;
    this.surrogate = count + 1;
    this.size = count + 2;
    this.#members = new Uint8Array(sets.length * this.size);
    this.flags = new Int32Array(this.size);
    this.flags[this.end] = EDGE_FLAG;
    const profiles = new Map([['', 0]]);
    for (let i = 0; i < starts.length; i++) {
      const first = starts[i]!;
      const characterClass = classes[i]!;
      const next = i + 1 < starts.length ? starts[i + 1]! : MAX_CODE_POINT + 1;
      if (first <= 0xffff) this.unitClass.fill(characterClass, first, Math.min(next, 0x10000));
      let flags = 0;
      if (contains(WORD, first)) flags |= WORD_FLAG;
      if (first === 0x0a) flags |= NEWLINE_FLAG;
      if (contains(keywordLetters, first)) flags |= KEYWORD_FLAG;
      const profile = contexts.flatMap((set, context) => (contains(set, first) ? [context] : [])).join();
      if (!profiles.has(profile)) profiles.set(profile, profiles.size);
      this.flags[characterClass] = flags | (profiles.get(profile)! << PROFILE_SHIFT);
    }
    this.profiles = profiles.size;
    this.#contexts = contexts.map(() => new Uint8Array(profiles.size));
    for (const [profile, number] of profiles) {
      if (profile !== '') for (const context of profile.split(',')) this.#contexts[Number(context)]![number] = 1;
    }
    this.unitClass.fill(this.surrogate, 0xd800, 0xe000);
    sets.forEach((set, id) => {
      for (const [low, high] of ranges(set)) {
        for (let i = this.#interval(low); i < starts.length && starts[i]! <= high; i++) {
          this.#members[id * this.size + classes[i]!] = 1;
        }
      }
    });
  }

  /** Class of a code point; a surrogate without its other half counts as a code point of its own. */
  classOf(code: number): number {
    return this.#classes[this.#interval(code)]!;
  }

  has(set: number, characterClass: number): boolean {
    return this.#members[set * this.size + characterClass] === 1;
  }

  /** Whether a character with these flags is in a set that neighbours are asked about. */
  isInContext(context: number, flags: number): boolean {
    return this.#contexts[context]![flags >> PROFILE_SHIFT] === 1;
  }

  /** Flags of the character before an index of a text, which must not split a pair; at its start those of the edge. */
  flagsBefore(text: string, index: number): number {
    if (index === 0) return EDGE_FLAG;
    const last = text.charCodeAt(index - 1);
    if ((last & 0xf800) !== 0xd800) return this.flags[this.unitClass[last]!]!;
    const isPair = (last & 0xfc00) === 0xdc00 && index > 1 && (text.charCodeAt(index - 2) & 0xfc00) === 0xd800;
    return this.flags[this.classOf(isPair ? text.codePointAt(index - 2)! : last)]!;
  }

  #interval(code: number): number {
    const starts = this.#starts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= code) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Cuts the code points at every edge of every set, then numbers the pieces by the sets they are in. */
function partition(sets: readonly CharSet[]): {starts: Int32Array; classes: Int32Array; count: number} {
  const edges = new Set([0]);
  for (const set of sets) {
    for (const [low, high] of ranges(set)) {
      edges.add(low);
      if (high < MAX_CODE_POINT) edges.add(high + 1);
    }
  }
  const starts = Int32Array.from(edges).sort();
  const indexOf = new Map(Array.from(starts, (start, index) => [start, index]));
  const classes = new Int32Array(starts.length);
  const sizes = [starts.length];
  for (const set of sets) {
    const split = new Map<number, number>();
    const inside: number[] = [];
    for (const [low, high] of ranges(set)) {
      const stop = high < MAX_CODE_POINT ? indexOf.get(high + 1)! : starts.length;
      for (let i = indexOf.get(low)!; i < stop; i++) inside.push(i);
    }
    const taken = new Map<number, number>();
    for (const i of inside) taken.set(classes[i]!, (taken.get(classes[i]!) ?? 0) + 1);
    for (const [old, count] of taken) {
      if (count === sizes[old]!) continue;
      split.set(old, sizes.push(count) - 1);
      sizes[old]! -= count;
    }
    for (const i of inside) classes[i] = split.get(classes[i]!) ?? classes[i]!;
  }
  return {starts, classes, count: sizes.length};
}
