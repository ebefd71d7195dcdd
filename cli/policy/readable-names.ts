import {createPseudonyms, groupKey, type Pseudonyms} from '../../engine/mask/pseudonyms.ts';

/**
 * Names the values of one test case as a person would: `[email-1]` stands for the first e-mail address that is met,
 * `[email#1]` for its hash. Agents write sixteen letters in place of the number; inside, so do tests.
 */
export class ReadableNames {
  /** Names by what agents would write. */
  readonly #readable = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly pseudonyms: Pseudonyms;

  constructor() {
    // Nobody's values: the key protects nothing here.
    const key = groupKey(Buffer.alloc(32), 'test');
    const caller = {kind: 'apiKey', authority: 'test', subject: 'test'};
    const names = createPseudonyms({key, caller, conversation: 'test'});
    this.pseudonyms = {
      hashOf: (label, value) => this.#named(names.hashOf(label, value), `${label}#`),
      placeholderOf: (label, value) => this.#named(names.placeholderOf(label, value), `${label}-`),
    };
  }

  /** A text with numbers in place of letters. */
  readable(text: string): string {
    let result = text;
    for (const [name, readable] of this.#readable) result = result.replaceAll(name, readable);
    return result;
  }

  /** A text as an agent would see it. */
  unreadable(text: string): string {
    let result = text;
    for (const [name, readable] of this.#readable) result = result.replaceAll(readable, name);
    return result;
  }

  #named(name: string, head: string): string {
    if (!this.#readable.has(name)) {
      const number = (this.#counts.get(head) ?? 0) + 1;
      this.#counts.set(head, number);
      this.#readable.set(name, `[${head}${number}]`);
    }
    return name;
  }
}
