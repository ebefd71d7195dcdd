import {createHash} from 'node:crypto';

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** Whether a text is a Bitcoin private key in wallet import format, with its checksum right. */
export function isWif(text: string): boolean {
  let number = 0n;
  for (const character of text) {
    const digit = BASE58.indexOf(character);
    if (digit < 0) return false;
    number = number * 58n + BigInt(digit);
  }
  const hex = number.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  if (bytes[0] !== 0x80 || (bytes.length !== 37 && bytes.length !== 38)) return false;
  const once = createHash('sha256').update(bytes.subarray(0, -4)).digest();
  return createHash('sha256').update(once).digest().subarray(0, 4).equals(bytes.subarray(-4));
}
