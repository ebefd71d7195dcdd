/** What became of a piece of a JSON string. */
export interface DecodedPiece {
  text: string;
  /** Index behind the last unit taken. */
  next: number;
  /** Whether the closing quote was met; it is not taken. */
  isClosed: boolean;
}

const ESCAPES: Readonly<Record<string, string>> = {b: '\b', f: '\f', n: '\n', r: '\r', t: '\t'};

/** Decodes a JSON string that arrives in pieces, and remembers how many raw units stand behind each decoded one. */
export class JsonStringDecoder {
  /** Raw units of an escape that is not complete. */
  #escape = '';
  /** Runs of decoded units that are not taken back yet: how many, and raw units each. */
  readonly #runs: {count: number; width: number}[] = [];

  /** Decodes up to the closing quote or the end of the piece. */
  decode(piece: string, from: number): DecodedPiece {
    let text = '';
    let i = from;
    while (i < piece.length) {
      if (this.#escape !== '') {
        const decoded = this.#continueEscape(piece.charAt(i));
        text += decoded.text;
        if (decoded.isTaken) i++;
        continue;
      }
      let stop = i;
      while (stop < piece.length && piece.charCodeAt(stop) !== 0x22 && piece.charCodeAt(stop) !== 0x5c) stop++;
      if (stop > i) {
        text += piece.slice(i, stop);
        this.#add(stop - i, 1);
        i = stop;
      } else if (piece.charCodeAt(i) === 0x22) {
        return {text, next: i, isClosed: true};
      } else {
        this.#escape = '\\';
        i++;
      }
    }
    return {text, next: i, isClosed: false};
  }

  /** An escape that the end of the document cut off, as text. */
  rest(): string {
    const rest = this.#escape;
    this.#add(rest.length, 1);
    this.#escape = '';
    return rest;
  }

  /** Takes back decoded units from the front and says how many raw units they were. */
  rawLength(decoded: number): number {
    let raw = 0;
    let left = decoded;
    while (left > 0) {
      const run = this.#runs[0];
      if (run === undefined) throw new RangeError(`${left} units more taken back than were decoded`);
      const count = Math.min(left, run.count);
      raw += count * run.width;
      left -= count;
      run.count -= count;
      if (run.count === 0) this.#runs.shift();
    }
    return raw;
  }

  #continueEscape(character: string): {text: string; isTaken: boolean} {
    const isUnicode = this.#escape.length > 1 || character === 'u';
    if (!isUnicode) {
      this.#escape = '';
      this.#add(1, 2);
      return {text: ESCAPES[character] ?? character, isTaken: true};
    }
    if (this.#escape.length > 1 && !/[0-9A-Fa-f]/.test(character)) return {text: this.rest(), isTaken: false};
    this.#escape += character;
    if (this.#escape.length < 6) return {text: '', isTaken: true};
    const unit = String.fromCharCode(Number.parseInt(this.#escape.slice(2), 16));
    this.#escape = '';
    this.#add(1, 6);
    return {text: unit, isTaken: true};
  }

  #add(count: number, width: number): void {
    const last = this.#runs.at(-1);
    if (last?.width === width) last.count += count;
    else if (count > 0) this.#runs.push({count, width});
  }
}
