import {WeirError} from '../../lib/errors.ts';

/** Where a list of holds goes on. */
export interface PagePosition {
  openedAtMs: number;
  holdId: string;
}

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1_000;

/** The number of rows for a page: 50 where none is asked for, at most 1,000. @throws WeirError INVALID_ARGUMENT */
export function pageLimit(pageSize: number): number {
  if (pageSize < 0) throw new WeirError('INVALID_ARGUMENT', 'page_size must not be negative');
  return pageSize === 0 ? DEFAULT_PAGE_SIZE : Math.min(pageSize, MAX_PAGE_SIZE);
}

export function encodePageToken({openedAtMs, holdId}: PagePosition): string {
  return Buffer.from(`${openedAtMs}.${holdId}`).toString('base64url');
}

/** @throws WeirError INVALID_ARGUMENT for anything that `encodePageToken` did not make. */
export function decodePageToken(token: string): PagePosition | undefined {
  if (token === '') return undefined;
  const match = /^(\d{1,15})\.([0-9a-f-]{36})$/.exec(Buffer.from(token, 'base64url').toString('latin1'));
  const [, openedAtMs, holdId] = match ?? [];
  if (holdId === undefined) throw new WeirError('INVALID_ARGUMENT', 'page_token is not one that this list gave');
  return {openedAtMs: Number(openedAtMs), holdId};
}
