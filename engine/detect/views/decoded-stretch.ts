import type {Finding} from '../finder.ts';
import type {Stretch} from './byte-lane.ts';

/** Units up to which a stretch waits to be looked through as a whole, which costs far less than doing so in pieces. */
const MAX_WAITING = 128;

/** How a stretch is looked through. */
export interface StretchReader<S extends Stretch> {
  /** Begins to look through it in pieces, or goes on from where another one stands. */
  open: (like: S | undefined) => S;
  /** Looks through it as a whole. */
  judge: (text: string) => void;
}

/** A text that was decoded from a run: short ones are looked through when they end, others in pieces. */
export class DecodedStretch<S extends Stretch> implements Stretch {
  readonly #reader: StretchReader<S>;
  #waiting = '';
  #node: S | undefined;

  constructor(reader: StretchReader<S>, like: DecodedStretch<S> | undefined) {
    this.#reader = reader;
    if (like === undefined) return;
    this.#waiting = like.#waiting;
    if (like.#node !== undefined) this.#node = reader.open(like.#node);
  }

  get hold(): number {
    return this.#node?.hold ?? 0;
  }

  get needed(): number {
    return this.#node?.needed ?? 0;
  }

  push(text: string): void {
    if (this.#node === undefined) {
      this.#waiting += text;
      if (this.#waiting.length <= MAX_WAITING) return;
      this.#node = this.#reader.open(undefined);
      this.#node.push(this.#waiting);
      this.#waiting = '';
    } else this.#node.push(text);
  }

  end(): void {
    if (this.#node === undefined) this.#reader.judge(this.#waiting);
    else this.#node.end();
  }

  addOpen(open: Finding[]): void {
    this.#node?.addOpen(open);
  }
}
