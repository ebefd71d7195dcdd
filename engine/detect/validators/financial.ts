import {isBase58Check, isBech32} from '../crypto-address.ts';
import {isIban} from '../iban.ts';

/** Check digits of accounts, cards and wallets. */
export const FINANCIAL_VALIDATORS = {
  abaRouting: isRoutingNumber,
  base58check: isBase58Check,
  bech32: isBech32,
  iban: isIban,
  luhn: isLuhn,
};

function isLuhn(text: string): boolean {
  const digits = text.replaceAll(/[^0-9]/g, '');
  if (digits === '' || /^(.)\1*$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const weighted = i % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

function isRoutingNumber(text: string): boolean {
  const weights = [3, 7, 1, 3, 7, 1, 3, 7, 1];
  const sum = weights.reduce((total, weight, index) => total + weight * (text.charCodeAt(index) - 48), 0);
  return sum > 0 && sum % 10 === 0;
}
