import type {IncomingHttpHeaders} from 'node:http';
import {MalformedHead} from './head.ts';

/** How the body of a message is delimited: its length in bytes, in chunks, or not at all by its headers. */
export type BodyFraming = number | 'chunked' | undefined;

/**
 * What the headers say of the body.
 *
 * @throws MalformedHead where two of them could be read as two lengths.
 */
export function bodyFraming(headers: Readonly<IncomingHttpHeaders>): BodyFraming {
  const coding = headers['transfer-encoding'];
  const stated = headers['content-length'];
  if (coding !== undefined) {
    if (stated !== undefined) throw new MalformedHead('content-length and transfer-encoding exclude each other');
    if (coding.toLowerCase() !== 'chunked') throw new MalformedHead('a transfer coding other than chunked');
    return 'chunked';
  }
  if (stated === undefined) return undefined;
  if (!/^\d{1,15}$/.test(stated)) throw new MalformedHead('content-length is not a number');
  return Number(stated);
}

/** Whether the sender keeps the connection after this message. */
export function keepsConnection(version: '1.0' | '1.1', headers: Readonly<IncomingHttpHeaders>): boolean {
  const stated = headers.connection;
  if (stated === undefined) return version === '1.1';
  if (/(?:^|[\s,])close(?:$|[\s,])/i.test(stated)) return false;
  return version === '1.1' || /(?:^|[\s,])keep-alive(?:$|[\s,])/i.test(stated);
}
