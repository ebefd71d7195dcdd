/** Where the units of a view come from: runs of equal steps, so that a text that is decoded evenly takes one entry. */
export class OffsetMap {
  /** Of each run: its first view unit, the source unit there, and what one step takes of either. */
  #views: number[] = [];
  #sources: number[] = [];
  #viewSteps: number[] = [];
  #sourceSteps: number[] = [];
  #first = 0;
  /** Number of view units so far, those forgotten included. */
  length = 0;

  /**
   * Appends view units that come from `source` on: `viewStep` of them stand for `sourceStep` units, over and over.
   *
   * @param count a multiple of `viewStep`.
   */
  add(count: number, source: number, viewStep: number, sourceStep: number): void {
    if (count === 0) return;
    const last = this.#views.length - 1;
    const isSame =
      last >= this.#first &&
      this.#viewSteps[last] === viewStep &&
      this.#sourceSteps[last] === sourceStep &&
      this.#sourceAt(last, this.length) === source;
    if (!isSame) {
      this.#views.push(this.length);
      this.#sources.push(source);
      this.#viewSteps.push(viewStep);
      this.#sourceSteps.push(sourceStep);
    }
    this.length += count;
  }

  /** Number of entries that are kept. */
  get runs(): number {
    return this.#views.length - this.#first;
  }

  /** Where the source of a view unit starts. */
  startOf(index: number): number {
    return this.#sourceAt(this.#runOf(index), index);
  }

  /** Where the source of a view unit ends. */
  endOf(index: number): number {
    const run = this.#runOf(index);
    return this.#sourceAt(run, index) + (this.#sourceSteps[run] ?? 0);
  }

  /** Another map that has begun like this one. */
  fork(): OffsetMap {
    const fork = new OffsetMap();
    fork.#views = this.#views.slice(this.#first);
    fork.#sources = this.#sources.slice(this.#first);
    fork.#viewSteps = this.#viewSteps.slice(this.#first);
    fork.#sourceSteps = this.#sourceSteps.slice(this.#first);
    fork.length = this.length;
    return fork;
  }

  /** Forgets the units before `index`. */
  trim(index: number): void {
    const {length} = this.#views;
    while (this.#first + 1 < length && (this.#views[this.#first + 1] ?? 0) <= index) this.#first++;
    if (this.#first < 32 || this.#first < length / 2) return;
    this.#views = this.#views.slice(this.#first);
    this.#sources = this.#sources.slice(this.#first);
    this.#viewSteps = this.#viewSteps.slice(this.#first);
    this.#sourceSteps = this.#sourceSteps.slice(this.#first);
    this.#first = 0;
  }

  #sourceAt(run: number, index: number): number {
    const steps = Math.floor((index - (this.#views[run] ?? 0)) / (this.#viewSteps[run] ?? 1));
    return (this.#sources[run] ?? 0) + steps * (this.#sourceSteps[run] ?? 0);
  }

  #runOf(index: number): number {
    let low = this.#first;
    let high = this.#views.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#views[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
