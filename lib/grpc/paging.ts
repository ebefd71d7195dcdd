import {WeirError} from '../errors.ts';

const DEFAULT_PAGE = 50;
const LARGEST_PAGE = 1_000;

/**
 * What a list call asks for: how many, and after which key.
 *
 * @param key what a key looks like; a token that holds anything else is refused.
 * @throws WeirError INVALID_ARGUMENT
 */
export function pageOf(pageSize: number, token: string, key: RegExp): {size: number; after: string | undefined} {
  if (pageSize < 0) throw new WeirError('INVALID_ARGUMENT', `page_size is ${pageSize}; it may not be negative`);
  const size = pageSize === 0 ? DEFAULT_PAGE : Math.min(pageSize, LARGEST_PAGE);
  if (token === '') return {size, after: undefined};
  const after = Buffer.from(token, 'base64url').toString('utf8');
  if (!key.test(after)) throw new WeirError('INVALID_ARGUMENT', 'page_token is not one that this call returned');
  return {size, after};
}

/** The token of the page that follows the row with this key. */
export function pageToken(lastKey: string): string {
  return Buffer.from(lastKey, 'utf8').toString('base64url');
}
