/**
 * Characters that look like one of ASCII in common typefaces and that no normalization maps to it: behind each ASCII
 * character those that pass for it. The letters of a script stand in the order in which its block has them.
 */
const LOOK_ALIKES: readonly (readonly [ascii: string, lookAlikes: string])[] = [
  // Greek
  ['ABEZHIKMNOPTYX', 'ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ'],
  ['aynikvoptuxwcjCMS', 'αγηικνορτυχωϲϳϹϺϨ'],
  // Cyrillic
  ['SIJABEKMHOPCTYXaeopcyxkmtrbnsijdhqwlYvG', 'ЅІЈАВЕКМНОРСТУХаеорсухкмтгЬпѕіјԁһԛԝӏҮѵԌ'],
  // Armenian
  ['oSuhnqgUOTLjp', 'օՏսհոզցՍՕՏԼյք'],
  // Cherokee
  ['DRTiYAJEWMHGhZbVSLCPKdB', 'ᎠᎡᎢᎥᎩᎪᎫᎬᎳᎷᎻᏀᏂᏃᏏᏙᏚᏞᏟᏢᏦᏧᏴ'],
  // Lisu
  ['BPDTGKJCZFMNLSRVHWXYAEIOU', 'ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ'],
  // Latin: dotless and single-storey letters, small capitals
  ['ijagi', 'ıȷɑɡɩ'],
  ['ABCDEFGHIJKLMNOPRSTUVWYZ'.toLowerCase(), 'ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ'],
  // Hyphens, slashes, colons, full stops and what is drawn like them
  ['-----', '‐‑‒–−'],
  ['//', '⁄∕'],
  ['::::', '։׃꞉∶'],
  ['..', '。۔'],
  ['__', '‗ˍ'],
];

/** First letters of alphabets that are only decorated: 26 capitals in a row. */
const DECORATED_CAPITALS = [0x1f150, 0x1f170, 0x1f1e6];

/** The zeros of the scripts that have digits of their own; nine more follow each. */
const ZEROS = [
  0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6, 0x0e50,
  0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
  0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x104a0, 0x11066,
];

/** The ASCII character that each look-alike passes for, by code point. */
export function lookAlikes(): Map<number, string> {
  const table = new Map<number, string>();
  for (const [ascii, alike] of LOOK_ALIKES) {
    Array.from(alike).forEach((character, index) => table.set(character.codePointAt(0) ?? 0, ascii.charAt(index)));
  }
  for (const first of DECORATED_CAPITALS) {
    for (let letter = 0; letter < 26; letter++) table.set(first + letter, String.fromCharCode(0x41 + letter));
  }
  for (const zero of ZEROS) for (let digit = 0; digit < 10; digit++) table.set(zero + digit, String(digit));
  return table;
}
