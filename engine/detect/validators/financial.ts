import {isAddress, isBase58Check, isBech32, isStellar} from '../crypto-address.ts';
import {isIban} from '../iban.ts';
import {digitsOf, hasLuhn, isMonotone, weighted} from './checksums.ts';

/** ISO 3166, and XK for Kosovo. */
const COUNTRIES =
  ' AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA ' +
  'CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB ' +
  'GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG ' +
  'KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV ' +
  'MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB ' +
  'SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US ' +
  'UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW ';

/** Check digits of accounts, cards and wallets. */
export const FINANCIAL_VALIDATORS = {
  abaRouting: isRoutingNumber,
  base58check: isBase58Check,
  bic: (text: string) => COUNTRIES.includes(` ${text.slice(4, 6)} `),
  bech32: isBech32,
  eip55: isAddress,
  iban: isIban,
  luhn: (text: string) => hasLuhn(digitsOf(text)) && !isMonotone(digitsOf(text).join('')),
  strkey: isStellar,
};

/** Federal Reserve prefixes 00 to 12, 21 to 32, 61 to 72 and 80. */
function isRoutingNumber(text: string): boolean {
  const digits = digitsOf(text);
  const prefix = Number(digits.slice(0, 2).join(''));
  const isGiven = prefix <= 12 || (prefix >= 21 && prefix <= 32) || (prefix >= 61 && prefix <= 72) || prefix === 80;
  const sum = weighted(digits, [3, 7, 1, 3, 7, 1, 3, 7, 1]);
  return isGiven && sum > 0 && sum % 10 === 0;
}
