import type {Detector} from '../detector.ts';
import {distinctCode, named} from './number-form.ts';

/** Forms of VAT numbers behind their country's prefix; separators are allowed between prefix and groups. */
const FORMS = [
  'ATU\\d{8}',
  '(?:BE[ -]?[01]\\d{3}|DE[ -]?\\d{3}|PT[ -]?\\d{3}|IE[ -]?\\d{3})[ .-]?\\d{3}[ .-]?\\d{3}',
  '(?:BG|CZ)\\d{9,10}|(?:CZ|DK|FI|HU|LU|MT|SI)[ -]?\\d{8}',
  '(?:DK[ -]?\\d{2}|FR[ -]?[A-HJ-NP-Z0-9]{2}[ -]?\\d) ?\\d{2} ?\\d{2} ?\\d{2}',
  'FR[ -]?[A-HJ-NP-Z0-9]{2}[ -]?\\d{3} ?\\d{3} ?\\d{3}',
  'CY\\d{8}[A-Z]|(?:EE|EL|LT)\\d{9}(?:\\d{3})?|(?:HR|IT|LV)[ -]?\\d{11}|PL[ -]?\\d{10}|SK\\d{10}',
  'ES[ -]?[A-Z0-9]\\d{7}[A-Z0-9]|IE\\d[0-9A-Z+*]\\d{5}[A-W][A-I]?|NL\\d{9}B\\d{2}|RO\\d{6,10}|SE\\d{10}01',
].join('|');

/** Tax numbers of businesses across the European Union. */
export const VAT_DETECTORS: readonly Detector[] = [
  {
    name: 'eu-vat-number',
    description: 'Value added tax number of a member of the European Union, with the check digits its country has',
    groups: ['pii', 'pii.eu', 'financial'],
    finders: [
      distinctCode(FORMS, 'vat', 0.7),
      named(`(?i)${FORMS}`, 'vat|ust id|ust idnr|ust id nr|ustid|tva|iva|btw|moms|dph|pvm|mwst|vat id', 'vat', 0.3),
    ],
    examples: [
      'USt-IdNr.: DE136695976',
      'DE 136-695.976',
      'ATU13585627',
      'NL123456789B01',
      'vat fi20774740',
      'FR40303265045',
    ],
    nearMisses: ['DE136695978', 'DE12345678', 'ATU13585628', 'fi20774740'],
  },
  {
    name: 'uk-vat-number',
    description: 'UK value added tax number, named as one or with its prefix',
    groups: ['pii', 'pii.uk', 'financial'],
    finders: [
      named('(?:GB|XI)? ?\\d{3} ?\\d{4} ?\\d{2}', 'vat|vat number|vat no|vat reg|vat registration'),
      distinctCode('GB ?\\d{3} ?\\d{4} ?\\d{2}', undefined, 0.6),
    ],
    examples: ['VAT number 123 4567 82', 'GB123456782'],
    nearMisses: ['123456782', 'GB12345678'],
  },
];
