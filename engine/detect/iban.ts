/** Length of an IBAN by country, from the SWIFT registry. */
const LENGTHS: Readonly<Record<number, string>> = {
  15: 'NO',
  16: 'BE',
  18: 'DK FI FK FO GL NL SD',
  19: 'MK SI',
  20: 'AT BA EE KZ LT LU MN XK',
  21: 'CH HR LI LV',
  22: 'BG BH CR DE GB GE IE ME RS VA',
  23: 'AE GI IL IQ OM SO TL',
  24: 'AD CZ ES MD PK RO SA SE SK TN VG',
  25: 'LY PT ST',
  26: 'IS TR',
  27: 'BI DJ FR GR IT MC MR SM',
  28: 'AL AZ BY CY DO GT HN HU LB NI PL SV',
  29: 'BR EG PS QA UA',
  30: 'JO KW MU YE',
  31: 'MT SC',
  32: 'LC',
  33: 'RU',
};

/** Matches IBANs by country, each with its own length, so that words behind it are not taken in. */
export function ibanPattern(): string {
  const branches = Object.entries(LENGTHS).map(([length, countries]) => {
    const groups = Math.floor((Number(length) - 4) / 4);
    const rest = Number(length) % 4;
    const tail = rest === 0 ? '' : `[ -]?[A-Z0-9]{${rest}}`;
    return `(?:${countries.replaceAll(' ', '|')})\\d{2}(?:[ -]?[A-Z0-9]{4}){${groups}}${tail}`;
  });
  return `(?i)\\b(?:${branches.join('|')})\\b`;
}

/** Whether the check digits are right (ISO 7064, MOD 97-10), and all letters are of one case: small ones with hyphens are a UUID. */
export function isIban(text: string): boolean {
  if (/[a-z]/.test(text) && /[A-Z-]/.test(text)) return false;
  const compact = text.replaceAll(/[ -]/g, '');
  const moved = compact.slice(4) + compact.slice(0, 4);
  let remainder = 0;
  for (const character of moved) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
