import {ANY, type CharSet, charSet, contains, ranges, union} from './char-set.ts';

/** Scripts written without spaces: there a word has no boundary to stand at. */
const SPACELESS = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar'];

/**
 * Where Unicode has characters; elsewhere there are only unassigned and private ones. A test holds this against the
 * runtime: reading all 1,114,112 code points takes four times as long.
 */
export const ASSIGNED: CharSet = [0, 0x3ffff, 0xe0000, 0xe0fff];
/** Names whose sets reach beyond. */
const REACHES_BEYOND = /^(?:C[no]?|Unknown|Zzzz)$/;
const HAS_SURROGATES = /^(?:Cs?|Unknown|Zzzz)$/;

/** What Unicode says of characters, taken from the runtime when first asked for; made once per compilation. */
export class UnicodeTables {
  readonly #properties = new Map<string, CharSet | undefined>();
  /** Single characters with their other cases: patterns are full of them. */
  readonly #folded = new Map<number, CharSet>();
  #assigned: string | undefined;
  #orbits: Map<number, number[]> | undefined;
  #keywordLetters: CharSet | undefined;

  /** The set of a general category (`L`, `Lu`) or script (`Greek`); undefined if Unicode has none of that name. */
  property(name: string): CharSet | undefined {
    if (name === 'Any') return ANY;
    if (!this.#properties.has(name)) this.#properties.set(name, this.#lookUp(name));
    return this.#properties.get(name);
  }

  /** The set with every character's other cases added. */
  fold(set: CharSet): CharSet {
    const isSingle = set.length === 2 && set[0] === set[1];
    const known = isSingle ? this.#folded.get(set[0] ?? 0) : undefined;
    if (known !== undefined) return known;
    const folded = this.#fold(set);
    if (isSingle) this.#folded.set(set[0] ?? 0, folded);
    return folded;
  }

  #fold(set: CharSet): CharSet {
    const added: [number, number][] = [];
    const ascii = set.every((code) => code < 0x80);
    for (const [low, high] of ranges(set)) {
      if (ascii) {
        for (let code = low; code <= high; code++) for (const other of asciiOrbit(code)) added.push([other, other]);
      }
    }
    if (!ascii) {
      this.#orbits ??= caseOrbits();
      for (const [code, orbit] of this.#orbits) {
        if (contains(set, code)) for (const other of orbit) added.push([other, other]);
      }
    }
    return added.length === 0 ? set : charSet([...ranges(set), ...added]);
  }

  /** Characters that make up words a keyword may be part of, in scripts that put spaces between words. */
  keywordLetters(): CharSet {
    // One expression, because each pass over all of Unicode takes milliseconds.
    const spaceless = SPACELESS.map((script) => `\\p{Script=${script}}`).join('');
    this.#assigned ??= charactersOf(ASSIGNED);
    this.#keywordLetters ??= matching(this.#assigned, new RegExp(`[[\\p{L}\\p{M}\\p{N}_]--[${spaceless}]]+`, 'gv'));
    return this.#keywordLetters;
  }

  #lookUp(name: string): CharSet | undefined {
    // Categories are at most two letters; scripts are longer. Both are spelled as in the Unicode standard.
    if (!/^[A-Z][A-Za-z_]*$/.test(name)) return undefined;
    let members: RegExp;
    try {
      members = new RegExp(name.length <= 2 ? `\\p{gc=${name}}+` : `\\p{Script=${name}}+`, 'gu');
    } catch {
      return undefined;
    }
    this.#assigned ??= charactersOf(ASSIGNED);
    const found = matching(REACHES_BEYOND.test(name) ? charactersOf(ANY) : this.#assigned, members);
    // Surrogates cannot stand alone in the string that is searched.
    return HAS_SURROGATES.test(name) ? union(found, [0xd800, 0xdfff]) : found;
  }
}

/** The characters, surrogates aside, that runs of an expression are made of. */
function matching(characters: string, runs: RegExp): CharSet {
  const found: [number, number][] = [];
  for (const [run] of characters.matchAll(runs)) {
    const low = run.codePointAt(0) ?? 0;
    const high = run.codePointAt(run.length - (run.length > 1 ? lastWidth(run) : 1)) ?? 0;
    found.push(...aroundSurrogates(low, high));
  }
  return charSet(found);
}

function lastWidth(run: string): number {
  const unit = run.charCodeAt(run.length - 1);
  return unit >= 0xdc00 && unit <= 0xdfff ? 2 : 1;
}

/** A run that passes from U+D7FF to U+E000 skips the surrogates between them. */
function aroundSurrogates(low: number, high: number): [number, number][] {
  if (low >= 0xd800 || high <= 0xdfff) return [[low, high]];
  return [
    [low, 0xd7ff],
    [0xe000, high],
  ];
}

/** Every character of a set, surrogates aside, in order. */
function charactersOf(set: CharSet): string {
  const parts: string[] = [];
  for (const [low, high] of ranges(set)) {
    for (let block = low; block <= high; block += 0x400) {
      if (block >= 0xd800 && block <= 0xdfff) continue;
      parts.push(String.fromCodePoint(...Array.from({length: 0x400}, (_, index) => block + index)));
    }
  }
  return parts.join('');
}

function asciiOrbit(code: number): number[] {
  const letter = code | 0x20;
  if (letter < 0x61 || letter > 0x7a || code > 0x7a) return [];
  const orbit = [letter, letter - 0x20];
  if (letter === 0x6b) orbit.push(0x212a);
  if (letter === 0x73) orbit.push(0x17f);
  return orbit;
}

/** Groups of characters that simple case mapping makes equal, by each member. */
function caseOrbits(): Map<number, number[]> {
  const orbits = new Map<number, number[]>();
  const cased = /[\p{Changes_When_Lowercased}\p{Changes_When_Uppercased}\p{Changes_When_Titlecased}]/gu;
  const join = (a: number, b: number): void => {
    const merged = [...new Set([...(orbits.get(a) ?? [a]), ...(orbits.get(b) ?? [b])])];
    for (const member of merged) orbits.set(member, merged);
  };
  // Case exists in the first two planes only.
  for (const [character] of charactersOf([0, 0x1ffff]).matchAll(cased)) {
    const code = character.codePointAt(0) ?? 0;
    for (const other of [character.toLowerCase(), character.toUpperCase()]) {
      const mapped = other.codePointAt(0) ?? code;
      if (mapped !== code && other.length === (mapped > 0xffff ? 2 : 1) && code !== 0x130 && code !== 0x131) {
        join(code, mapped);
      }
    }
  }
  return orbits;
}
