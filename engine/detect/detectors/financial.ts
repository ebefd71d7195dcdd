import {type Detector, pattern} from '../detector.ts';
import {ibanPattern} from '../iban.ts';

/** Account and card numbers. */
export const FINANCIAL_DETECTORS: readonly Detector[] = [
  {
    name: 'card-number',
    description: 'Payment card number with a valid check digit, grouped or not',
    groups: ['financial', 'pii'],
    finders: [
      pattern(
        '(?:^|[^\\w.])(?P<mask>(?:4\\d{3}|5[1-5]\\d{2}|2[2-7]\\d{2}|35\\d{2}|6(?:011|22\\d|4[4-9]\\d|5\\d{2}))' +
          '(?:[ -]?\\d{4}){3})\\b',
        {validator: 'luhn'},
      ),
      pattern('(?:^|[^\\w.])(?P<mask>3[47]\\d{2}[ -]?\\d{6}[ -]?\\d{5})\\b', {validator: 'luhn'}),
      pattern('(?:^|[^\\w.])(?P<mask>3(?:0[0-5]|[68]\\d)\\d[ -]?\\d{6}[ -]?\\d{4})\\b', {validator: 'luhn'}),
      pattern('(?:^|[^\\w.])(?P<mask>(?:4\\d{12}|(?:5018|5020|5038|5893|6304|6759|676[1-3])\\d{8,15}))\\b', {
        validator: 'luhn',
      }),
    ],
    examples: ['card 4111 1111 1111 1111', '5555-5555-5555-4444', '378282246310005', 'pan=30569309025904;'],
    nearMisses: ['4111 1111 1111 1112', '0.4111111111111111', '1411111111111111', 'x4111111111111111'],
  },
  {
    name: 'iban',
    description: 'International bank account number with valid check digits',
    groups: ['financial', 'pii'],
    finders: [pattern(ibanPattern(), {validator: 'iban'})],
    examples: ['DE89 3704 0044 0532 0130 00', 'IBAN: GB29NWBK60161331926819.', 'FR1420041010050500013M02606'],
    nearMisses: ['DE89 3704 0044 0532 0130 01', 'GB29NWBK6016133192681', 'XX89370400440532013000'],
  },
  {
    name: 'us-bank-account',
    description: 'US bank account or routing number, named as one',
    groups: ['financial', 'pii'],
    finders: [
      pattern('(?i)\\b(?:routing|aba)(?: (?:transit )?(?:number|no\\.?|#))?(?: is|:|=|#)? ?(?P<mask>[0-3]\\d{8})\\b', {
        validator: 'abaRouting',
      }),
      pattern('(?i)\\b(?:bank )?account (?:number|no\\.?|#)(?: is|:|=|#)? ?(?P<mask>\\d{8,17})\\b'),
    ],
    examples: ['routing number: 021000021', 'account number 123456789012'],
    nearMisses: ['routing number: 021000022', 'account 12', 'order number 123456789012'],
  },
  {
    name: 'crypto-wallet',
    description: 'Bitcoin or Ethereum address',
    groups: ['financial', 'pii'],
    finders: [
      pattern('\\b[13][1-9A-HJ-NP-Za-km-z]{25,34}\\b', {validator: 'base58check'}),
      pattern('\\bbc1[ac-hj-np-z02-9]{11,71}\\b', {validator: 'bech32'}),
      pattern('\\b0x[a-fA-F0-9]{40}\\b', {minEntropy: 2.5}),
    ],
    examples: [
      '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa',
      'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
      '0x52908400098527886E0F7030069857D2E4169EE7',
    ],
    nearMisses: [
      '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb',
      'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5',
      '0x0000000000000000000000000000000000000000',
    ],
  },
];
