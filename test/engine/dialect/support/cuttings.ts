/** Bytes cut into pieces of the given sizes, again and again. */
export function cutAt(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? bytes.length;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** Text cut between UTF-16 units, as some servers cut: also within a surrogate pair. */
export function deltasOf(whole: string, sizes: readonly number[]): string[] {
  const deltas: string[] = [];
  for (let at = 0, i = 0; at < whole.length; i++) {
    const size = sizes[i % sizes.length] ?? whole.length;
    deltas.push(whole.slice(at, at + size));
    at += size;
  }
  return deltas;
}

/** Every way of cutting bytes in two, and byte by byte. */
export function* cuttings(bytes: Buffer): Iterable<Buffer[]> {
  yield [...bytes].map((byte) => Buffer.from([byte]));
  for (let at = 0; at <= bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
}
