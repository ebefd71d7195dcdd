import {hash} from 'node:crypto';
import {WeirError} from '../../lib/errors.ts';

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1_000;

/** The number of rows for a page: 50 where none is asked for, at most 1,000. @throws WeirError INVALID_ARGUMENT */
export function pageLimit(pageSize: number): number {
  if (pageSize < 0) throw new WeirError('INVALID_ARGUMENT', `page_size is ${pageSize}; it may not be negative`);
  return pageSize === 0 ? DEFAULT_PAGE_SIZE : Math.min(pageSize, MAX_PAGE_SIZE);
}

/** A token that names the last row of a page, and the filter it was found by. */
export function encodePageToken(filter: string, startedAtMs: number, keys: readonly string[]): string {
  return Buffer.from(JSON.stringify([digestOf(filter), startedAtMs, ...keys])).toString('base64url');
}

/**
 * The row that a token names; undefined for an empty token.
 *
 * @param keyCount how many texts name a row beside its time.
 * @throws WeirError INVALID_ARGUMENT for a token of another list, or of another filter.
 */
export function decodePageToken(
  token: string,
  filter: string,
  keyCount: number,
): {startedAtMs: number; keys: string[]} | undefined {
  if (token === '') return undefined;
  const [digest, startedAtMs, ...keys] = parsed(token);
  const isRow = typeof startedAtMs === 'number' && keys.length === keyCount && keys.every(isText);
  if (!isRow) throw new WeirError('INVALID_ARGUMENT', 'page_token is not one that this list gave');
  if (digest !== digestOf(filter)) throw new WeirError('INVALID_ARGUMENT', 'page_token belongs to another filter');
  return {startedAtMs, keys: keys.filter(isText)};
}

function parsed(token: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function digestOf(filter: string): string {
  return hash('sha256', filter).slice(0, 16);
}
