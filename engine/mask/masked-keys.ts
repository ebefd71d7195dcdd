import {KeyNames} from './key-names.ts';

/** Units by which masked keys are told apart; longer ones that begin alike are numbered without need. */
const MAX_KEY = 1024;
/** Masked keys of one object; nobody means more. */
const MAX_KEYS = 10_000;

/** Remembers the masked keys of the objects of a document that are open. */
export class MaskedKeys {
  /** By depth. */
  readonly #names = new Map<number, KeyNames>();

  begin(depth: number): MaskedKey {
    return new MaskedKey((name) => {
      let names = this.#names.get(depth);
      if (names === undefined) this.#names.set(depth, (names = new KeyNames()));
      if (names.size >= MAX_KEYS) throw new RangeError(`an object has more than ${MAX_KEYS} masked keys`);
      return names.suffixOf(name);
    });
  }

  closeObject(depth: number): void {
    this.#names.delete(depth);
  }
}

/** A key that is being masked. */
export class MaskedKey {
  readonly #suffixOf: (name: string) => string;
  /** What is not decided yet. */
  #pending = '';
  #name = '';
  #isMasked = false;

  constructor(suffixOf: (name: string) => string) {
    this.#suffixOf = suffixOf;
  }

  push(text: string): void {
    this.#pending += text;
  }

  keep(count: number): void {
    this.#add(this.#pending.slice(0, count));
    this.#pending = this.#pending.slice(count);
  }

  replace(count: number, token: string): void {
    this.#isMasked = true;
    this.#add(token);
    this.#pending = this.#pending.slice(count);
  }

  /** What stands behind the key to tell it from earlier ones. */
  end(): string {
    return this.#isMasked ? this.#suffixOf(this.#name) : '';
  }

  #add(text: string): void {
    if (this.#name.length < MAX_KEY) this.#name = (this.#name + text).slice(0, MAX_KEY);
  }
}
