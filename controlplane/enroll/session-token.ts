import {createHmac, timingSafeEqual} from 'node:crypto';

/** Who a session token speaks for. */
export interface SessionClaims {
  uid: string;
  /** The join token it came from (its SHA-256). */
  joinId: string;
  expiresAtMs: number;
}

/** The longest text worth looking at. */
const LONGEST = 1_024;

/** A session token: claims and their HMAC-SHA-256. */
export function issueSessionToken(claims: SessionClaims, secret: Buffer): string {
  const payload = Buffer.from(JSON.stringify([claims.uid, claims.joinId, claims.expiresAtMs])).toString('base64url');
  return `${payload}.${mac(payload, secret).toString('base64url')}`;
}

/** The claims of a token that this secret issued; undefined for anything else. Expiry is the caller's to check. */
export function readSessionToken(token: string, secret: Buffer): SessionClaims | undefined {
  const [payload = '', given = '', ...rest] = token.length > LONGEST ? [] : token.split('.');
  const presented = Buffer.from(given, 'base64url');
  const expected = mac(payload, secret);
  if (rest.length > 0 || presented.length !== expected.length || !timingSafeEqual(presented, expected)) {
    return undefined;
  }
  // Authentic, so it has the shape that issueSessionToken gave it.
  const [uid, joinId, expiresAtMs] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
    string,
    string,
    number,
  ];
  return {uid, joinId, expiresAtMs};
}

function mac(payload: string, secret: Buffer): Buffer {
  return createHmac('sha256', secret).update(`weir/session/v1\n${payload}`).digest();
}
