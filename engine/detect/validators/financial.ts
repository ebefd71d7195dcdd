import {isAddress, isBase58Check, isBech32, isStellar} from '../crypto-address.ts';
import {isIban} from '../iban.ts';
import {digitsOf, hasLuhn, isMonotone, weighted} from './checksums.ts';

/** Check digits of accounts, cards and wallets. */
export const FINANCIAL_VALIDATORS = {
  abaRouting: isRoutingNumber,
  base58check: isBase58Check,
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
