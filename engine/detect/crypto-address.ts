import {createHash} from 'node:crypto';

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** Ripple has the same digits in an order of its own. */
const BASE58_RIPPLE = 'rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
/** Version bytes of Bitcoin and Ripple, Litecoin, Dogecoin, Dash and Tron. */
const VERSIONS = new Set([0x00, 0x05, 0x30, 0x32, 0x1e, 0x4c, 0x41]);

/** Whether a text is base58 of 25 bytes: version of a known currency, hash, and checksum by double SHA-256. */
export function isBase58Check(text: string): boolean {
  const isRipple = text.startsWith('r');
  const alphabet = isRipple ? BASE58_RIPPLE : BASE58;
  let number = 0n;
  for (const character of text) {
    const digit = alphabet.indexOf(character);
    if (digit < 0) return false;
    number = number * 58n + BigInt(digit);
  }
  const hex = number.toString(16).padStart(50, '0');
  if (hex.length !== 50) return false;
  const bytes = Buffer.from(hex, 'hex');
  // A zero byte at the start is written as the first digit of the alphabet.
  const zeros = bytes.findIndex((byte) => byte !== 0);
  if (Array.from(text).findIndex((character) => character !== alphabet[0]) !== zeros) return false;
  const once = createHash('sha256').update(bytes.subarray(0, 21)).digest();
  const twice = createHash('sha256').update(once).digest();
  return VERSIONS.has(bytes[0] ?? -1) && twice.subarray(0, 4).equals(bytes.subarray(21));
}

/** Whether an address such as `bc1…`, `ltc1…` or `addr1…` has a right checksum (BIP 173, BIP 350). */
export function isBech32(text: string): boolean {
  const code = text.toLowerCase();
  if (code !== text && text.toUpperCase() !== text) return false;
  const separator = code.lastIndexOf('1');
  const prefix = Array.from(code.slice(0, separator), (character) => character.charCodeAt(0));
  const values = [...prefix.map((unit) => unit >> 5), 0, ...prefix.map((unit) => unit & 31)];
  for (const character of code.slice(separator + 1)) {
    const value = BECH32.indexOf(character);
    if (value < 0) return false;
    values.push(value);
  }
  let checksum = 1;
  for (const value of values) {
    const top = checksum >>> 25;
    checksum = ((checksum & 0x1ffffff) << 5) ^ value;
    GENERATORS.forEach((generator, bit) => {
      if ((top >>> bit) & 1) checksum ^= generator;
    });
  }
  return checksum === 1 || checksum === 0x2bc830a3;
}

/** Whether the case of an address of 20 bytes is a right checksum (EIP-55), or there is none. */
export function isAddress(text: string): boolean {
  const hex = text.slice(2);
  const lower = hex.toLowerCase();
  if (/^(.)\1*$/.test(lower) || new Set(lower).size < 6) return false;
  if (hex === lower || hex === hex.toUpperCase()) return true;
  const hash = createHash('keccak-256').update(lower).digest('hex');
  return Array.from(hex).every((character, index) => {
    const isUpper = Number.parseInt(hash.charAt(index), 16) >= 8;
    return character === (isUpper ? character.toUpperCase() : character.toLowerCase());
  });
}

/** Whether a text is a Stellar public key: base32 with CRC-16 at the end (SEP-23). */
export function isStellar(text: string): boolean {
  let bits = 0n;
  for (const character of text) bits = bits * 32n + BigInt(BASE32.indexOf(character));
  const bytes = Buffer.from(bits.toString(16).padStart(70, '0'), 'hex');
  let crc = 0;
  for (const byte of bytes.subarray(0, 33)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
    crc &= 0xffff;
  }
  return bytes.readUInt16LE(33) === crc;
}
