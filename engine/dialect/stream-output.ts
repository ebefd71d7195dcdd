import {Buffer} from 'node:buffer';

/** Collects what a write to the client is made of, copying untouched bytes as few times as possible. */
export class StreamOutput {
  private readonly parts: Buffer[] = [];
  /** Written since the last bytes that passed. */
  private text = '';
  private source: Buffer | undefined;
  private start = 0;
  private end = 0;

  /** Bytes that pass as they came. */
  pass(buffer: Buffer, start: number, end: number): void {
    if (this.source === buffer && this.end === start) {
      this.end = end;
      return;
    }
    this.settle();
    this.source = buffer;
    this.start = start;
    this.end = end;
  }

  write(text: string): void {
    if (text === '') return;
    if (this.source !== undefined) this.settle();
    this.text += text;
  }

  /** Everything since the last call. */
  take(): Buffer {
    this.settle();
    const [first, second] = this.parts;
    if (first === undefined) return Buffer.alloc(0);
    const all = second === undefined ? first : Buffer.concat(this.parts);
    this.parts.length = 0;
    return all;
  }

  private settle(): void {
    const {text, source, start, end} = this;
    if (text !== '') {
      this.parts.push(Buffer.from(text, 'utf8'));
      this.text = '';
    }
    if (source === undefined) return;
    this.parts.push(start === 0 && end === source.length ? source : source.subarray(start, end));
    this.source = undefined;
  }
}
