/** Shorter values say too little to be told from other text. */
const MIN_LENGTH = 6;
/** Units of all values together; further values are not searched. */
const MAX_UNITS = 256 * 1024;
/** Values that end at one place and are looked at. */
const MAX_ENDS = 8;

/** A place where a value stands. */
export interface Occurrence {
  start: number;
  end: number;
  value: string;
}

/** Finds given values in texts, all in one pass, where they stand as words of their own. */
export class KnownValues {
  /** The automaton of Aho and Corasick: edges, where to go on without one, and the value that ends at a node. */
  readonly #edges: Map<number, number>[] = [new Map<number, number>()];
  readonly #fallback: number[] = [0];
  readonly #ending: (string | undefined)[] = [undefined];
  /** The nearest node on the way of fallbacks at which a value ends; 0 for none. */
  readonly #shorter: number[] = [0];

  constructor(values: Iterable<string>) {
    let units = 0;
    for (const value of values) {
      units += value.length;
      if (units > MAX_UNITS) break;
      if (value.length >= MIN_LENGTH) this.#add(value);
    }
    this.#link();
  }

  /** Occurrences from left to right that do not overlap. */
  find(text: string): Occurrence[] {
    const all: Occurrence[] = [];
    let node = 0;
    for (let i = 0; i < text.length; i++) {
      node = this.#step(node, text.charCodeAt(i));
      let ends = 0;
      for (let at = node; at !== 0 && ends < MAX_ENDS; at = this.#shorter[at] ?? 0, ends++) {
        const value = this.#ending[at];
        if (value === undefined) continue;
        const start = i + 1 - value.length;
        if (isWord(text, start, i + 1)) all.push({start, end: i + 1, value});
      }
    }
    all.sort((a, b) => a.start - b.start || b.end - a.end);
    const apart: Occurrence[] = [];
    for (const one of all) if (one.start >= (apart.at(-1)?.end ?? 0)) apart.push(one);
    return apart;
  }

  #add(value: string): void {
    let node = 0;
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      let next = this.#edges[node]?.get(unit);
      if (next === undefined) {
        next = this.#edges.length;
        this.#edges.push(new Map());
        this.#fallback.push(0);
        this.#ending.push(undefined);
        this.#shorter.push(0);
        this.#edges[node]?.set(unit, next);
      }
      node = next;
    }
    this.#ending[node] = value;
  }

  /** Breadth first: the fallbacks of shorter beginnings are known by then. */
  #link(): void {
    const queue = [...(this.#edges[0]?.values() ?? [])];
    for (const node of queue) {
      for (const [unit, child] of this.#edges[node] ?? []) {
        const fallback = this.#step(this.#fallback[node] ?? 0, unit);
        this.#fallback[child] = fallback;
        this.#shorter[child] = this.#ending[fallback] === undefined ? (this.#shorter[fallback] ?? 0) : fallback;
        queue.push(child);
      }
    }
  }

  #step(from: number, unit: number): number {
    let node = from;
    for (;;) {
      const next = this.#edges[node]?.get(unit);
      if (next !== undefined) return next;
      if (node === 0) return 0;
      node = this.#fallback[node] ?? 0;
    }
  }
}

/** Whether neither end of a place stands within a word. */
function isWord(text: string, start: number, end: number): boolean {
  const isInside = (at: number) => /^[\p{L}\p{N}]{2}$/u.test(text.charAt(at - 1) + text.charAt(at));
  return !isInside(start) && !isInside(end);
}
