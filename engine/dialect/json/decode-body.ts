import {isUtf8} from 'node:buffer';
import {WeirError} from '../../../lib/errors.ts';

/**
 * The text of a body.
 *
 * @throws WeirError BODY_UNREADABLE where the bytes are not UTF-8: a replaced byte would be read differently upstream.
 */
export function decodeBody(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new WeirError('BODY_UNREADABLE', 'body is not valid UTF-8; send JSON in UTF-8');
  return bytes.toString('utf8');
}
