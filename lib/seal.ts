import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import {WeirError} from './errors.ts';

/** Length of the authentication tag at the end of everything sealed. */
export const TAG_BYTES = 16;
const KEY_BYTES = 32;
const CIPHER = 'aes-256-gcm';

/** Seals the bodies of one segment. Who holds it can write, never read: not even what it wrote itself. */
export interface Sealer {
  /** What was bound into the key; the reader needs it again. */
  readonly context: Buffer;
  /** @param seq never the same twice for one sealer. @param clear authenticated with the body, not hidden. */
  readonly seal: (seq: number, clear: Uint8Array, body: Uint8Array) => {sealed: Buffer; tag: Buffer};
}

/** Opens what one sealer sealed. */
export interface Opener {
  /** @throws WeirError RECORD_UNREADABLE if a bit of `seq`, `clear` or `sealed` is not as it was. */
  readonly open: (seq: number, clear: Uint8Array, sealed: Uint8Array) => Buffer;
}

/**
 * A sealer to an X25519 public key: ephemeral X25519 → HKDF-SHA-256 → AES-256-GCM.
 *
 * The private half of the ephemeral key is forgotten on return.
 *
 * @param recordKey raw public key, 32 bytes.
 * @param contextOf bytes to bind into the key, given the ephemeral public key, which they must hold.
 */
export function createSealer(recordKey: Buffer, contextOf: (ephemeralKey: Buffer) => Buffer): Sealer {
  const ephemeral = generateKeyPairSync('x25519');
  const ephemeralKey = rawPublicKey(ephemeral.publicKey);
  const context = contextOf(ephemeralKey);
  const secret = diffieHellman({privateKey: ephemeral.privateKey, publicKey: publicKeyOf(recordKey)});
  const key = deriveKey(secret, ephemeralKey, recordKey, context);
  return {
    context,
    seal: (seq, clear, body) => {
      const cipher = createCipheriv(CIPHER, key, nonceOf(seq));
      cipher.setAAD(clear);
      const sealed = cipher.update(body);
      cipher.final();
      return {sealed, tag: cipher.getAuthTag()};
    },
  };
}

/** An opener for what was sealed to a private key's public half, under this ephemeral key and context. */
export function createOpener(privateKey: KeyObject, ephemeralKey: Buffer, context: Buffer): Opener {
  const recordKey = rawPublicKey(createPublicKey(privateKey));
  const secret = diffieHellman({privateKey, publicKey: publicKeyOf(ephemeralKey)});
  const key = deriveKey(secret, ephemeralKey, recordKey, context);
  return {
    open: (seq, clear, sealed) => {
      if (sealed.length < TAG_BYTES) throw new WeirError('RECORD_UNREADABLE', 'a sealed record is too short');
      const decipher = createDecipheriv(CIPHER, key, nonceOf(seq), {authTagLength: TAG_BYTES});
      decipher.setAAD(clear);
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
      try {
        const body = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
        decipher.final();
        return body;
      } catch (cause) {
        throw new WeirError('RECORD_UNREADABLE', 'a sealed record does not open with this key', {cause});
      }
    },
  };
}

/** The 32 raw bytes of an X25519 public key. */
export function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(String(key.export({format: 'jwk'}).x), 'base64url');
}

/** @throws WeirError INVALID_ARGUMENT unless the bytes are an X25519 public key. */
function publicKeyOf(raw: Buffer): KeyObject {
  if (raw.length !== KEY_BYTES) {
    throw new WeirError('INVALID_ARGUMENT', `a record key has ${KEY_BYTES} bytes, this one has ${raw.length}`);
  }
  return createPublicKey({key: {kty: 'OKP', crv: 'X25519', x: raw.toString('base64url')}, format: 'jwk'});
}

function deriveKey(secret: Buffer, ephemeralKey: Buffer, recordKey: Buffer, context: Buffer): Buffer {
  const salt = Buffer.concat([ephemeralKey, recordKey]);
  const purpose = Buffer.concat([Buffer.from('weir/record/v1\n'), context]);
  return Buffer.from(hkdfSync('sha256', secret, salt, purpose, KEY_BYTES));
}

function nonceOf(seq: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(Math.floor(seq / 2 ** 32), 4);
  nonce.writeUInt32BE(seq % 2 ** 32, 8);
  return nonce;
}
