/** Takes the bytes of a keep-alive connection and says where responses begin and end; HTTP/1.1 framing only. */
export class ResponseReader {
  #state: 'head' | 'length' | 'size' | 'chunk' | 'trailer' = 'head';
  #pending: Buffer = Buffer.alloc(0);
  #left = 0;
  readonly #onBody: () => void;
  readonly #onEnd: (status: number) => void;
  #status = 0;

  /**
   * @param on.body the first byte of a body arrived.
   * @param on.end a response is complete.
   */
  constructor(on: {body: () => void; end: (status: number) => void}) {
    this.#onBody = on.body;
    this.#onEnd = on.end;
  }

  push(chunk: Buffer): void {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (bytes.length > 0) {
      const used = this.#step(bytes);
      if (used === 0) break;
      bytes = bytes.subarray(used);
    }
    this.#pending = bytes;
  }

  #step(bytes: Buffer): number {
    switch (this.#state) {
      case 'head':
        return this.#head(bytes);
      case 'length':
      case 'chunk':
        return this.#content(bytes);
      case 'size':
        return this.#size(bytes);
      case 'trailer':
        return this.#trailer(bytes);
    }
  }

  #head(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return 0;
    const head = bytes.toString('latin1', 0, end).toLowerCase();
    this.#status = Number(head.slice(9, 12));
    if (this.#status < 200) return end + 4;
    if (/\r\ntransfer-encoding: *chunked/.test(head)) {
      this.#state = 'size';
      this.#left = -1; // no chunk seen yet
    } else {
      this.#state = 'length';
      this.#left = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
      if (this.#left > 0) this.#onBody();
      else this.#finish();
    }
    return end + 4;
  }

  #content(bytes: Buffer): number {
    const used = Math.min(this.#left, bytes.length);
    this.#left -= used;
    if (this.#left > 0) return used;
    if (this.#state === 'length') this.#finish();
    else this.#state = 'size';
    return used;
  }

  #size(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n');
    if (end < 0) return 0;
    const size = Number.parseInt(bytes.toString('latin1', 0, end), 16);
    if (this.#left < 0 && size > 0) this.#onBody();
    if (size === 0) {
      this.#state = 'trailer';
      return end + 2;
    }
    this.#state = 'chunk';
    this.#left = size + 2; // the line end after the data
    return end + 2;
  }

  #trailer(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n');
    if (end < 0) return 0;
    if (end === 0) this.#finish();
    return end + 2;
  }

  #finish(): void {
    this.#state = 'head';
    this.#onEnd(this.#status);
  }
}
