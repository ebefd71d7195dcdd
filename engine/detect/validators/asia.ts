import {compact, digitsOf, hasDate, hasLuhn, hasVerhoeff, isDay, isMonotone, pair, weighted} from './checksums.ts';

/** Numbers of Asia. */
export const ASIA_VALIDATORS = {
  aadhaar: isIndian,
  cnResident: isChinese,
  cnUscc: isChineseCompany,
  emiratesId: (text: string) => hasLuhn(digitsOf(text)),
  gstin: isIndianTax,
  hkId: isHongKong,
  idNik: isIndonesian,
  ilId: (text: string) => hasLuhn(digitsOf(text.padStart(9, '0'))) && !isMonotone(text),
  irCode: isIranian,
  jpCompany: isJapaneseCompany,
  jpMyNumber: isJapanese,
  krBusiness: isKoreanBusiness,
  krRrn: isKorean,
  krRrnChecked: (text: string) => isKorean(text) && hasKoreanCheck(digitsOf(text)),
  lkNic: isSriLankan,
  myNric: isMalaysian,
  sgNric: isSingaporean,
  sgUen: isSingaporeanCompany,
  thId: isThai,
  twId: isTaiwanese,
};

function isIndian(text: string): boolean {
  const digits = digitsOf(text);
  const isPalindrome = digits.join('') === digits.toReversed().join('');
  return !isPalindrome && hasVerhoeff(digits);
}

/** The state comes first; what follows is in the pattern. */
function isIndianTax(text: string): boolean {
  const state = Number(text.slice(0, 2));
  return (state >= 1 && state <= 38) || state === 97 || state === 99;
}

/** Area, date of birth with century, serial, ISO 7064 MOD 11-2. */
function isChinese(text: string): boolean {
  const digits = digitsOf(text.slice(0, 17));
  const sum = weighted(digits, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
  const isDated = ['18', '19', '20'].includes(text.slice(6, 8)) && isDay(pair(digits, 10), pair(digits, 12));
  return isDated && '10X98765432'[sum % 11] === text.slice(17).toUpperCase();
}

function isChineseCompany(text: string): boolean {
  const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  const values = Array.from(text.toUpperCase(), (character) => alphabet.indexOf(character));
  const sum = weighted(values, [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]);
  return /[A-Z]/i.test(text) && (31 - (sum % 31)) % 31 === values[17];
}

/** One letter counts as if a space stood before it. */
function isHongKong(text: string): boolean {
  const code = compact(text).padStart(9, ' ');
  const values = Array.from(code, (character) => (character === ' ' ? 36 : Number.parseInt(character, 36)));
  const check = (11 - (weighted(values, [9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
  return code.at(-1) === (check === 10 ? 'A' : String(check));
}

/** Province 11 to 94; forty is added to the day for women. */
function isIndonesian(text: string): boolean {
  const digits = digitsOf(text);
  const province = pair(digits, 0);
  const isPlace = province >= 11 && province <= 94 && pair(digits, 2) > 0 && pair(digits, 4) > 0;
  return isPlace && isDay(pair(digits, 8), pair(digits, 6) % 40) && !compact(text).endsWith('0000');
}

function isIranian(text: string): boolean {
  const digits = digitsOf(text);
  const rest = weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest < 2 ? rest : 11 - rest) === digits[9] && new Set(digits).size > 1;
}

/** The check digit stands first. */
function isJapaneseCompany(text: string): boolean {
  const digits = digitsOf(text);
  return 9 - (weighted(digits.slice(1), [2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]) % 9) === digits[0];
}

function isJapanese(text: string): boolean {
  const digits = digitsOf(text);
  const rest = weighted(digits, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest < 2 ? 0 : 11 - rest) === digits[11] && new Set(digits).size > 1;
}

function isKoreanBusiness(text: string): boolean {
  const digits = digitsOf(text);
  const sum = weighted(digits, [1, 3, 7, 1, 3, 7, 1, 3, 5]) + Math.floor(((digits[8] ?? 0) * 5) / 10);
  return (10 - (sum % 10)) % 10 === digits[9];
}

/** Date of birth and a digit for century and sex; there is no check digit in numbers given out since 2020. */
function isKorean(text: string): boolean {
  const digits = digitsOf(text);
  return hasDate(digits, 0, 'ymd') && (digits[6] ?? 9) <= 8;
}

function hasKoreanCheck(digits: readonly number[]): boolean {
  return (11 - (weighted(digits, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === digits[12];
}

/** Year, day of the year (500 added for women), serial. */
function isSriLankan(text: string): boolean {
  const day = Number(text.slice(2, 5)) % 500;
  return day >= 1 && day <= 366;
}

/** Date of birth and a place of birth that was ever given out. */
function isMalaysian(text: string): boolean {
  const digits = digitsOf(text);
  const place = pair(digits, 6);
  const isPlace = place > 0 && ![17, 18, 19, 20, 69, 70, 73, 80, 81, 94, 95, 96, 97].includes(place);
  return hasDate(digits, 0, 'ymd') && isPlace;
}

function isSingaporean(text: string): boolean {
  const code = text.toUpperCase();
  const kind = code.charAt(0);
  const offset = {T: 4, G: 4, M: 3}[kind] ?? 0;
  const rest = (weighted(digitsOf(code), [2, 7, 6, 5, 4, 3, 2]) + offset) % 11;
  const letters = {S: 'JZIHGFEDCBA', T: 'JZIHGFEDCBA', M: 'KLJNPQRTUWX'}[kind] ?? 'XWUTRQPNMLK';
  return letters.charAt(kind === 'M' ? 10 - rest : rest) === code.at(-1);
}

/** Businesses, companies founded since 1968, and other entities have forms of their own. */
function isSingaporeanCompany(text: string): boolean {
  const code = text.toUpperCase();
  if (/^[RST]/.test(code)) {
    const alphabet = 'ABCDEFGHJKLMNPQRSTUVWX0123456789';
    const values = Array.from(code, (character) => alphabet.indexOf(character));
    const rest = (((weighted(values, [4, 3, 5, 3, 10, 2, 2, 5, 7]) - 5) % 11) + 11) % 11;
    return alphabet.charAt(rest) === code.at(-1);
  }
  if (code.length === 10) return 'ZKCMDNERGWH'[weighted(digitsOf(code), [10, 8, 6, 4, 9, 7, 5, 3, 1]) % 11] === code[9];
  return 'XMKECAWLJDB'[weighted(digitsOf(code), [10, 4, 9, 3, 8, 2, 7, 1]) % 11] === code[8];
}

/** Kind of person, province, and a check digit by weights 13 to 2. */
function isThai(text: string): boolean {
  const digits = digitsOf(text);
  const sum = weighted(digits, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  return isThaiProvince(pair(digits, 1)) && (11 - (sum % 11)) % 10 === digits[12];
}

/** Codes begin with the region; each has its own number of provinces. */
function isThaiProvince(code: number): boolean {
  const last = [0, 9, 7, 9, 9, 8, 7, 7, 6, 6][Math.floor(code / 10)] ?? 0;
  return code >= 10 && code % 10 <= last;
}

function isTaiwanese(text: string): boolean {
  const code = text.toUpperCase();
  const value = 'ABCDEFGHJKLMNPQRSTUVXYWZIO'.indexOf(code.charAt(0)) + 10;
  const digits = [Math.floor(value / 10), value % 10, ...digitsOf(code)];
  return weighted(digits, [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]) % 10 === 0;
}
