/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction */
import {type Alphabet, PROFILE_SHIFT} from './alphabet.ts';
import {ASSERT, CHAR, contextOf, flagsOf, type Program} from './program.ts';

/** The few classes of characters that a program tells apart, among the many that all patterns do. */
export class LocalClasses {
  /** Local class of each class of the alphabet. */
  readonly classes: Uint16Array;
  /** A class of the alphabet for each local one. */
  readonly representatives: number[] = [];
  /** Flags of each class of the alphabet, as far as the program's assertions tell them apart. */
  readonly flags: Int32Array;
  /** The flags that the program's assertions look at. */
  readonly #mask: number;
  /** For each profile of the alphabet, the first that the program does not tell from it. */
  readonly #profiles: Int32Array;

  constructor(program: Program, alphabet: Alphabet) {
    const sets = new Set<number>();
    const contexts = new Set<number>();
    let mask = 0;
    for (let pc = 0; pc < program.size; pc++) {
      if (program.op[pc] === CHAR) sets.add(program.argument[pc]!);
      else if (program.op[pc] === ASSERT) {
        const context = contextOf(program.argument[pc]!);
        if (context !== undefined) contexts.add(context);
        mask |= flagsOf(program.argument[pc]!);
      }
    }
    this.#mask = mask;
    this.#profiles = sameProfiles(alphabet, contexts);
    this.flags = alphabet.flags.map((flags) => this.narrow(flags));
    this.classes = new Uint16Array(alphabet.size);
    const known = new Map<string, number>();
    for (let characterClass = 0; characterClass < alphabet.size; characterClass++) {
      let key = `${this.flags[characterClass]!}:`;
      if (characterClass === alphabet.surrogate || characterClass === alphabet.end) key += `only ${characterClass}`;
      else for (const set of sets) key += alphabet.has(set, characterClass) ? '1' : '0';
      let local = known.get(key);
      if (local === undefined) {
        local = this.representatives.push(characterClass) - 1;
        known.set(key, local);
      }
      this.classes[characterClass] = local;
    }
  }

  /** Flags as far as the program's assertions tell them apart. */
  narrow(flags: number): number {
    return (flags & this.#mask) | (this.#profiles[flags >> PROFILE_SHIFT]! << PROFILE_SHIFT);
  }

  /** Local class of each UTF-16 unit. */
  unitClasses(alphabet: Alphabet): Uint16Array {
    const {classes} = this;
    return alphabet.unitClass.map((characterClass) => classes[characterClass]!);
  }

  get size(): number {
    return this.representatives.length;
  }
}

function sameProfiles(alphabet: Alphabet, contexts: ReadonlySet<number>): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from({length: alphabet.profiles}, (_, profile) => {
    let key = '';
    for (const context of contexts) key += alphabet.isInContext(context, profile << PROFILE_SHIFT) ? '1' : '0';
    const same = known.get(key);
    if (same === undefined) known.set(key, profile);
    return same ?? profile;
  });
}
