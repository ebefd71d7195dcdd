import {PLACEHOLDER_BODY} from './pseudonyms.ts';

/** A value that its caller gets back. */
export interface Restorable {
  value: string;
  /** Globs of tools whose arguments it may stand in: a tool has to match one of every list. */
  tools: readonly (readonly string[])[];
}

const PLACEHOLDER = new RegExp(`\\[[a-z0-9-]{0,40}-[a-z2-7]{${PLACEHOLDER_BODY}}\\]`, 'g');
const BODY = new RegExp(`[a-z2-7]{${PLACEHOLDER_BODY}}`, 'g');

/** The placeholders of one conversation of one caller, and what they stand for. Never leaves the agent's memory. */
export class RestoreTable {
  readonly #entries = new Map<string, Restorable>();
  /** Placeholders by their own part. */
  readonly #bodies = new Map<string, string>();
  #sorted: readonly string[] | undefined;

  get size(): number {
    return this.#entries.size;
  }

  get(placeholder: string): Restorable | undefined {
    return this.#entries.get(placeholder);
  }

  entries(): Iterable<[placeholder: string, Restorable]> {
    return this.#entries;
  }

  /** Takes an entry; false, and nothing is changed, where the placeholder stands for another value. */
  add(placeholder: string, {value, tools}: Restorable): boolean {
    const before = this.#entries.get(placeholder);
    if (before !== undefined && before.value !== value) return false;
    const known = before?.tools ?? [];
    const more = tools.filter((list) => !known.some((other) => isSame(list, other)));
    if (before !== undefined && more.length === 0) return true;
    this.#entries.set(placeholder, {value, tools: [...known, ...more]});
    this.#bodies.set(placeholder.slice(-PLACEHOLDER_BODY - 1, -1), placeholder);
    this.#sorted = undefined;
    return true;
  }

  /** Whether a text is the beginning of a placeholder. */
  isBeginning(text: string): boolean {
    const sorted = (this.#sorted ??= [...this.#entries.keys()].sort());
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? '') < text) low = middle + 1;
      else high = middle;
    }
    return sorted[low]?.startsWith(text) === true;
  }

  /** Whether a text says nothing but placeholders, or the part of one that is its own: it hides nothing. */
  isPlaceholder(text: string): boolean {
    if (this.#entries.size === 0) return false;
    const rest = text.replaceAll(PLACEHOLDER, (placeholder) => (this.#entries.has(placeholder) ? '' : placeholder));
    if (rest !== text) return !/[\p{L}\p{N}]/u.test(rest);
    return (text.match(BODY) ?? []).some((body) => this.#bodies.get(body)?.includes(text) === true);
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((glob, i) => glob === b[i]);
}
