import {createHash, type Hash} from 'node:crypto';
import type {ChunkTiming, Content, Usage, Verdict} from '../../proto/gen/weir/record/v1/record.ts';
import {wholeContent} from '../record/content.ts';

/** Of longer responses the record keeps this much, from the start. */
const MAX_RECORDED_BYTES = 16 * 1024 * 1024;
/** Of more writes than these the record adds the further ones to the last. */
const MAX_TIMINGS = 100_000;
const MAX_UINT32 = 2 ** 32 - 1;

/** What the caller was sent, and when. */
export class ResponseLog {
  status = 0;
  upstreamStatus = 0;
  mediaType = '';
  verdict: Verdict | undefined;
  usage: Usage | undefined;
  finishReasons: readonly string[] = [];
  model = '';
  id = '';
  readonly timings: ChunkTiming[] = [];
  sizeBytes = 0;
  /** Time from the start of the exchange to the first byte given to the caller; undefined while there is none. */
  firstByteMs: number | undefined;
  readonly #kept: Buffer[] = [];
  #digest: Hash | undefined;
  #isVoid = false;
  readonly #startedAt = performance.now();
  #lastAt = this.#startedAt;

  /** Milliseconds since the start of the exchange. */
  elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Notes a write to the caller. */
  add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const at = performance.now();
    this.firstByteMs ??= at - this.#startedAt;
    const deltaMicros = Math.min(Math.round((at - this.#lastAt) * 1_000), MAX_UINT32);
    this.#lastAt = at;
    const last = this.timings.at(-1);
    if (last !== undefined && this.timings.length >= MAX_TIMINGS) last.sizeBytes += bytes.length;
    else this.timings.push({deltaMicros, sizeBytes: bytes.length});
    this.sizeBytes += bytes.length;
    this.#keep(bytes);
  }

  /** Takes the last write back, of which nothing left after all. */
  withdraw(bytes: Buffer): void {
    const last = this.timings.at(-1);
    if (bytes.length === 0 || last === undefined) return;
    last.sizeBytes -= bytes.length;
    if (last.sizeBytes === 0) this.timings.pop();
    if (this.timings.length === 0) this.firstByteMs = undefined;
    this.sizeBytes -= bytes.length;
    // A digest cannot be taken back: nothing is said about such a long content then.
    if (this.#digest === undefined) this.#kept.pop();
    else this.#isVoid = true;
  }

  /** The response as the caller received it; undefined where it received none. */
  content(): Content | undefined {
    if (this.sizeBytes === 0 || this.#isVoid) return undefined;
    const [first] = this.#kept;
    const bytes = first !== undefined && this.#kept.length === 1 ? first : Buffer.concat(this.#kept);
    if (this.#digest === undefined) return wholeContent(this.mediaType, bytes);
    return {
      mediaType: this.mediaType,
      sizeBytes: BigInt(this.sizeBytes),
      sha256: this.#digest.copy().digest(),
      inline: bytes,
      parts: 0,
      truncated: true,
    };
  }

  #keep(bytes: Buffer): void {
    if (this.#digest === undefined && this.sizeBytes <= MAX_RECORDED_BYTES) {
      this.#kept.push(bytes);
      return;
    }
    // The digest speaks of the whole, also of what is not kept.
    if (this.#digest === undefined) {
      this.#digest = createHash('sha256');
      for (const kept of this.#kept) this.#digest.update(kept);
      this.#kept.push(bytes.subarray(0, MAX_RECORDED_BYTES - (this.sizeBytes - bytes.length)));
    }
    this.#digest.update(bytes);
  }
}
