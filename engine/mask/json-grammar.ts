/** What may come next outside of strings and scalars. */
type Expectation = 'value' | 'valueOrEnd' | 'keyOrEnd' | 'key' | 'colon' | 'commaOrEnd' | 'nothing';

const MAX_DEPTH = 1000;

/** Where a JSON document that arrives in pieces stands, and whether it is still JSON. */
export class JsonGrammar {
  readonly #open: ('{' | '[')[] = [];
  #expects: Expectation = 'value';

  /** Takes a structural character; false where it cannot stand. */
  structural(character: string): boolean {
    switch (character) {
      case '{':
      case '[':
        if (!this.value() || this.#open.length >= MAX_DEPTH) return false;
        this.#open.push(character);
        this.#expects = character === '{' ? 'keyOrEnd' : 'valueOrEnd';
        return true;
      case '}':
      case ']':
        return this.#close(character === '}' ? '{' : '[');
      case ':':
        if (this.#expects !== 'colon') return false;
        this.#expects = 'value';
        return true;
      case ',':
        if (this.#expects !== 'commaOrEnd') return false;
        this.#expects = this.#open.at(-1) === '{' ? 'key' : 'value';
        return true;
      default:
        return false;
    }
  }

  /** Takes a string; undefined where none can stand. */
  string(): 'key' | 'value' | undefined {
    if (this.#expects !== 'key' && this.#expects !== 'keyOrEnd') return this.value() ? 'value' : undefined;
    this.#expects = 'colon';
    return 'key';
  }

  /** Objects and arrays that are open. */
  get depth(): number {
    return this.#open.length;
  }

  /** Takes a value other than by its parts; false where none can stand. */
  value(): boolean {
    if (this.#expects !== 'value' && this.#expects !== 'valueOrEnd') return false;
    this.#expects = this.#open.length === 0 ? 'nothing' : 'commaOrEnd';
    return true;
  }

  #close(opened: '{' | '['): boolean {
    const isPossible = this.#expects === 'commaOrEnd' || this.#expects === (opened === '{' ? 'keyOrEnd' : 'valueOrEnd');
    if (!isPossible || this.#open.at(-1) !== opened) return false;
    this.#open.pop();
    this.#expects = this.#open.length === 0 ? 'nothing' : 'commaOrEnd';
    return true;
  }
}

/** Whether a text is a number or one of the three words of JSON. */
export function isJsonScalar(text: string): boolean {
  return /^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)$/.test(text);
}

/** A text as it stands within the quotes of a JSON string. */
export function jsonEscape(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
