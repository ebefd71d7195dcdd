import type {Alphabet} from './regex/alphabet.ts';
import type {Node} from './regex/ast.ts';
import {compile, firstSets, isAlwaysMasked, isMaskRepeated, Program, type SetRegistry} from './regex/program.ts';
import type {Acceptance, ExactPattern} from './regex/tracker.ts';

interface PatternParts {
  node: Node;
  finder: number;
  /** Has all sets of the pattern. */
  sets: SetRegistry;
  alphabet: Alphabet;
  acceptance: Acceptance | undefined;
  limit: number;
}

/** A finder's pattern. Its program is made when a text first asks for it: most are never asked for. */
export class FinderPattern implements ExactPattern {
  readonly acceptance: Acceptance | undefined;
  readonly limit: number;
  readonly isMaskRepeated: boolean;
  readonly isAlwaysMasked: boolean;
  readonly #parts: PatternParts;
  #program: Program | undefined;
  #start = 0;
  #first: Uint8Array | undefined;

  constructor(parts: PatternParts) {
    this.#parts = parts;
    this.acceptance = parts.acceptance;
    this.limit = parts.limit;
    this.isMaskRepeated = isMaskRepeated(parts.node);
    this.isAlwaysMasked = isAlwaysMasked(parts.node);
  }

  get program(): Program {
    return this.#program ?? this.#compile();
  }

  get start(): number {
    if (this.#program === undefined) this.#compile();
    return this.#start;
  }

  get first(): Uint8Array {
    this.#first ??= this.#firstClasses();
    return this.#first;
  }

  #compile(): Program {
    const {node, finder, sets} = this.#parts;
    const program = new Program();
    this.#start = compile(program, node, finder, sets);
    this.#program = program;
    return program;
  }

  #firstClasses(): Uint8Array {
    const {alphabet} = this.#parts;
    const first = new Uint8Array(alphabet.size);
    for (const set of firstSets(this.program, this.start)) {
      for (let characterClass = 0; characterClass < first.length; characterClass++) {
        if (alphabet.has(set, characterClass)) first[characterClass] = 1;
      }
    }
    return first;
  }
}
