import {escapeLength} from './scan.ts';

/**
 * Walks the inside of a JSON string token from a known place to where `units` more decoded units have passed.
 *
 * @param at raw offset of the place in `text`.
 * @returns raw offset; an escape is never split.
 */
export function advance(text: string, at: number, units: number): number {
  let raw = at;
  for (let i = 0; i < units; i++) raw += text.charCodeAt(raw) === 0x5c ? escapeLength(text, raw) : 1;
  return raw;
}

/** Raw offset of every decoded unit between two raw offsets inside a string token, and of their end. */
export function unitOffsets(text: string, from: number, to: number): Int32Array {
  const offsets = new Int32Array(to - from + 1);
  let units = 0;
  let raw = from;
  while (raw < to) {
    offsets[units++] = raw;
    raw += text.charCodeAt(raw) === 0x5c ? escapeLength(text, raw) : 1;
  }
  offsets[units] = to;
  return offsets.subarray(0, units + 1);
}
