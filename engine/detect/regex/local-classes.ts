/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction */
import type {Alphabet} from './alphabet.ts';
import {ASSERT, CHAR, flagsOf, type Program} from './program.ts';

/** The few classes of characters that a program tells apart, among the many that all patterns do. */
export class LocalClasses {
  /** Local class of each class of the alphabet. */
  readonly classes: Uint16Array;
  /** A class of the alphabet for each local one. */
  readonly representatives: number[] = [];
  /** The flags that the program's assertions look at. */
  readonly flags: number;

  constructor(program: Program, alphabet: Alphabet) {
    const sets = new Set<number>();
    let flags = 0;
    for (let pc = 0; pc < program.size; pc++) {
      if (program.op[pc] === CHAR) sets.add(program.argument[pc]!);
      else if (program.op[pc] === ASSERT) flags |= flagsOf(program.argument[pc]!);
    }
    this.flags = flags;
    this.classes = new Uint16Array(alphabet.size);
    const known = new Map<string, number>();
    for (let characterClass = 0; characterClass < alphabet.size; characterClass++) {
      let key = `${alphabet.flags[characterClass]! & flags}:`;
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

  /** Local class of each UTF-16 unit. */
  unitClasses(alphabet: Alphabet): Uint16Array {
    const {classes} = this;
    return alphabet.unitClass.map((characterClass) => classes[characterClass]!);
  }

  get size(): number {
    return this.representatives.length;
  }
}
