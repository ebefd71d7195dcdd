import {createPublicKey, type KeyObject} from 'node:crypto';

/** Length of a raw Ed25519 or X25519 public key. */
const RAW_KEY_BYTES = 32;

/** The 32 public bytes of a key on Curve25519, private or public. */
export function rawPublicKey(key: KeyObject): Buffer {
  const {x} = key.export({format: 'jwk'});
  return Buffer.from(x ?? '', 'base64url');
}

/** An Ed25519 public key from its 32 bytes; undefined where they are not one. */
export function ed25519PublicKey(raw: Buffer): KeyObject | undefined {
  if (raw.length !== RAW_KEY_BYTES) return undefined;
  try {
    return createPublicKey({key: {kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url')}, format: 'jwk'});
  } catch {
    return undefined;
  }
}
