/** The keys of one object: tells masked ones apart that became the same. */
export class KeyNames {
  readonly #taken: Set<string>;
  /** Where to go on counting. */
  readonly #next = new Map<string, number>();

  /** @param others keys that stand beside the masked ones. */
  constructor(others: Iterable<string> = []) {
    this.#taken = new Set(others);
  }

  get size(): number {
    return this.#taken.size;
  }

  /** Takes a masked key; what stands behind it to tell it from the others, mostly nothing. */
  suffixOf(key: string): string {
    let number = this.#next.get(key) ?? 1;
    while (this.#taken.has(key + suffix(number))) number++;
    this.#next.set(key, number + 1);
    this.#taken.add(key + suffix(number));
    return suffix(number);
  }
}

function suffix(number: number): string {
  return number === 1 ? '' : ` ${number}`;
}
