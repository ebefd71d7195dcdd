import {addAbortSignal, type Readable} from 'node:stream';
import {WeirError} from '../../lib/errors.ts';

const MAX_BYTES = 67_108_864;

/**
 * All of an input as UTF-8.
 *
 * @throws WeirError USAGE for more than 64 MiB.
 */
export async function readInput(input: Readable, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of addAbortSignal(signal, input) as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes > MAX_BYTES) throw new WeirError('USAGE', 'the input holds over 64 MiB; try a part of it');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
