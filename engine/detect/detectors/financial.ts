import {type Detector, pattern} from '../detector.ts';
import {ibanPattern} from '../iban.ts';
import {named} from './number-form.ts';

const GROUPS = ['financial', 'pii'] as const;
/** Visa, Mastercard, Discover, JCB, UnionPay, Mir, RuPay, Verve, Troy, Elo, Hipercard, Humo, UzCard, LankaPay. */
const ISSUERS =
  '4\\d{3}|5[1-5]\\d{2}|220[0-4]|222[1-9]|22[3-9]\\d|2[3-6]\\d{2}|27[01]\\d|2720|35\\d{2}|6(?:0[0-9]{2}|2\\d{2}|3[67]\\d|4[4-9]\\d|5\\d{2})|50[06-9]\\d|8[12]\\d{2}|8600|9792|9860';
const MAESTRO = '(?:5018|5019|5020|5038|5893|6304|6390|67\\d{2})';

/** Account and card numbers. */
export const FINANCIAL_DETECTORS: readonly Detector[] = [
  {
    name: 'card-number',
    description: 'Payment card number with a valid check digit, grouped or not',
    groups: GROUPS,
    finders: [
      pattern(`(?:^|[^\\w.])(?P<mask>(?:${ISSUERS})(?:[ -]?\\d{4}){3})\\b`, {validator: 'luhn'}),
      pattern(`(?:^|[^\\w.])(?P<mask>(?:4\\d{3}|6[0245]\\d{2})(?:[ -]?\\d{4}){3}[ -]?\\d{3})\\b`, {validator: 'luhn'}),
      pattern('(?:^|[^\\w.])(?P<mask>3[47]\\d{2}[ -]?\\d{6}[ -]?\\d{5})\\b', {validator: 'luhn'}),
      pattern('(?:^|[^\\w.])(?P<mask>3(?:0[0-59]|[689]\\d)\\d[ -]?\\d{6}[ -]?\\d{4})\\b', {validator: 'luhn'}),
      // Visa of thirteen digits, Maestro of sixteen, eighteen and nineteen, JCB and UATP of fifteen.
      pattern(
        `(?:^|[^\\w.])(?P<mask>4\\d{12}|${MAESTRO}(?:[ -]?\\d{4}){3}(?:\\d{2,3})?|(?:2131|1[0-9]{3})[ -]?\\d{5}[ -]?\\d{6})\\b`,
        {
          validator: 'luhn',
        },
      ),
      // Shorter ones of Maestro are too common a number.
      named(
        `${MAESTRO}\\d{8,13}`,
        'my card|card number|card #|card no|maestro|debit card|credit card|kreditkarte|carte bancaire|tarjeta|carta di credito',
        'luhn',
        0.3,
      ),
    ],
    examples: [
      'card 4111 1111 1111 1111',
      '5555-5555-5555-4444',
      '378282246310005',
      'pan=30569309025904;',
      '6799990100000000019',
    ],
    nearMisses: ['4111 1111 1111 1112', '0.4111111111111111', '1411111111111111', 'x4111111111111111'],
  },
  {
    name: 'card-security-code',
    description: 'Security code or expiry date of a card, named as one',
    groups: GROUPS,
    finders: [
      pattern(
        '(?i)\\b(?:cvv2?|cvc2?|csc|card security code|security code)["\']?[ \\t]{0,2}(?:is|code)?[ \\t]{0,2}[:=]?[ \\t]{0,2}["\']?(?P<mask>\\d{3,4})\\b',
      ),
      named(
        '(?:0[1-9]|1[0-2]) ?/ ?(?:20)?[2-4]\\d',
        'exp date|expiry date|expiration date|card expires|card expiry|valid thru|card valid|gültig bis',
      ),
    ],
    examples: ['CVV: 123', 'cvc is 4321', 'valid thru 09/28'],
    nearMisses: ['cvv 12', 'code 123', '09/28'],
  },
  {
    name: 'iban',
    description: 'International bank account number with valid check digits',
    groups: GROUPS,
    finders: [pattern(ibanPattern(), {validator: 'iban'})],
    examples: [
      'DE89 3704 0044 0532 0130 00',
      'IBAN: GB29NWBK60161331926819.',
      'FR1420041010050500013M02606',
      'de89370400440532013000',
    ],
    nearMisses: [
      'DE89 3704 0044 0532 0130 01',
      'GB29NWBK6016133192681',
      'XX89370400440532013000',
      'Gb29nwbk60161331926819',
    ],
  },
  {
    name: 'swift-bic',
    description: 'Bank identifier code (SWIFT, BIC), named as one',
    groups: GROUPS,
    finders: [
      named(
        '[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?',
        'bic|swift|swift code|bic code|swift/bic|bic/swift|bank identifier',
        'bic',
      ),
    ],
    examples: ['BIC: COBADEFFXXX', 'SWIFT code DEUTDEFF'],
    nearMisses: ['COBADEFFXXX', 'swift cobadeff', 'SWIFT STANDARD'],
  },
  {
    name: 'bank-account',
    description: 'Bank account number without a country of its own, named as one',
    groups: GROUPS,
    finders: [
      named(
        '\\d{2,6}[ -]?\\d{3,6}(?:[ -]?\\d{2,6}){0,2}',
        'kontonummer|kontonr|konto nr|numéro de compte|número de cuenta|conta bancária|rekeningnummer|numero di conto|bankleitzahl|blz|bankgiro|bsb|account number|bank account|acct|a/c no|口座番号|银行账号|계좌번호',
        'reference',
      ),
      named('[A-Z]{4}0[A-Z0-9]{6}', 'ifsc|ifsc code'),
    ],
    examples: ['Kontonummer 0532013000', 'BSB 062-000', 'IFSC SBIN0001234', 'bank account 123-456-789012'],
    nearMisses: ['0532013000', 'Konto 12', 'SBIN0001234'],
  },
  {
    name: 'crypto-wallet',
    description:
      'Address of Bitcoin, Ethereum, Litecoin, Dogecoin, Dash, Ripple, Tron, Stellar, Cardano, Cosmos or Monero',
    groups: GROUPS,
    finders: [
      pattern('\\b[13LMDX][1-9A-HJ-NP-Za-km-z]{25,34}\\b', {validator: 'base58check'}),
      pattern('\\b[rT][1-9A-HJ-NP-Za-km-z]{24,34}\\b', {validator: 'base58check'}),
      pattern('\\b(?:bc1|BC1|ltc1|LTC1|tb1)[AC-HJ-NP-Zac-hj-np-z02-9]{11,71}\\b', {validator: 'bech32'}),
      pattern('\\b(?:addr1|stake1|cosmos1|osmo1|terra1|inj1|celestia1)[ac-hj-np-z02-9]{38,103}\\b', {
        validator: 'bech32',
      }),
      pattern('\\b0x[a-fA-F0-9]{40}\\b', {validator: 'eip55'}),
      pattern('\\bG[A-Z2-7]{55}\\b', {validator: 'strkey'}),
      pattern('\\b[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}\\b', {minEntropy: 4}),
      pattern('\\b(?:bitcoincash|bchtest):[qpzry9x8gf2tvdw0s3jn54khce6mua7l]{42}\\b'),
    ],
    examples: [
      '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa',
      'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
      '0x52908400098527886E0F7030069857D2E4169EE7',
      'rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh',
      'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t',
      'GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ',
      'addr1vx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzers66hrl8',
    ],
    nearMisses: [
      '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb',
      'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5',
      '0x0000000000000000000000000000000000000000',
      '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD',
      'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u',
    ],
  },
  {
    name: 'legal-entity-id',
    description: 'Securities or legal entity identifier (ISIN, LEI), named as one',
    groups: ['financial'],
    finders: [named('[A-Z]{2}[A-Z0-9]{9}\\d|[A-Z0-9]{18}\\d{2}', 'isin|lei|lei code|legal entity identifier')],
    examples: ['ISIN US0378331005', 'LEI: 5493001KJTIIGC8Y1R12'],
    nearMisses: ['US0378331005', 'isin us03'],
  },
];
