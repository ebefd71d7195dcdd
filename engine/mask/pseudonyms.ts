import {createHmac, hkdfSync} from 'node:crypto';

/** Characters of a placeholder's own part: 80 bits, so that no two values of a conversation ever share one. */
export const PLACEHOLDER_BODY = 16;
const HASH_BODY = 12;
const MAX_LABEL = 40;
const KEY_BYTES = 32;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Makes what stands for a value: the same for the same value, and nothing else can be told from it. */
export interface Pseudonyms {
  /** `[email#…]`: the same wherever the value occurs in the agent group. */
  hashOf: (label: string, value: string) => string;
  /**
   * `[email-…]`: the same wherever the value occurs in one conversation of one caller.
   *
   * It begins with its only `[` and ends with its only `]`: none is the beginning of another, and each says where it
   * ends.
   */
  placeholderOf: (label: string, value: string) => string;
}

/** Whose values are named. */
export interface PseudonymScope {
  /** Of the agent group; from `groupKey`. */
  key: Buffer;
  caller: {kind: string; authority: string; subject: string};
  /** Names the conversation among those of this caller. */
  conversation: string;
}

/**
 * The key of one agent group, made from the control plane's masking key.
 *
 * It protects equality only: who holds it can check a guess of a value against its hash or placeholder, not read one.
 */
export function groupKey(maskingKey: Buffer, group: string): Buffer {
  return Buffer.from(hkdfSync('sha256', maskingKey, '', `weir/mask/group/v1\n${group}`, KEY_BYTES));
}

/** Names the values of one conversation of one caller. */
export function createPseudonyms({key, caller, conversation}: PseudonymScope): Pseudonyms {
  const scope = [caller.kind, caller.authority, caller.subject, conversation];
  return {
    hashOf: (label, value) => `[${plainLabel(label)}#${digest(key, ['weir/mask/hash/v1', value], HASH_BODY)}]`,
    placeholderOf: (label, value) => {
      const body = digest(key, ['weir/mask/restore/v1', ...scope, value], PLACEHOLDER_BODY);
      return `[${plainLabel(label)}-${body}]`;
    },
  };
}

/** Length first, so that no two lists of texts are the same input. Code units, as two lone surrogates are not one. */
function digest(key: Buffer, parts: readonly string[], length: number): string {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(`${part.length}:`).update(part, 'utf16le');
  let text = '';
  let bits = 0n;
  for (const byte of mac.digest().subarray(0, Math.ceil((length * 5) / 8))) bits = (bits << 8n) | BigInt(byte);
  for (let i = 0; i < length; i++) {
    text += ALPHABET.charAt(Number(bits & 31n));
    bits >>= 5n;
  }
  return text;
}

/** A label says what kind of value it was, and is no text of anybody. */
function plainLabel(label: string): string {
  return label
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .slice(0, MAX_LABEL);
}
