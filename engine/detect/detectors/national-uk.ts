import type {Detector} from '../detector.ts';
import {alone, distinct, distinctCode, named, standing} from './number-form.ts';

const GROUPS = ['pii', 'pii.uk'] as const;
const NINO = '[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\\d{2} ?\\d{2} ?\\d{2} ?[A-D]';
const PLATE = 'registration|vehicle|vehicles|reg no|number plate|licence plate|license plate|dvla';
/** Age identifiers of March and September, 2001 to 2030. */
const AGE = '(?:0[2-9]|1\\d|2[0-9]|30|5[1-9]|6\\d|7\\d|80)';
const POSTCODE =
  '(?:GIR ?0AA|[A-PR-UWYZ](?:[A-HK-Y]?\\d{1,2}|\\d[A-HJKPSTUW]|[A-HK-Y]\\d[ABEHMNPRVWXY]) ?\\d[ABD-HJLNP-UW-Z]{2})';

/** Numbers of persons in the United Kingdom. */
export const UK_DETECTORS: readonly Detector[] = [
  {
    name: 'uk-nino',
    description: 'UK national insurance number',
    groups: GROUPS,
    finders: [
      distinctCode(NINO, 'nino', 0.9),
      named(`(?i)${NINO}`, 'nino|national insurance|ni number|ni no|insurance number', 'nino', 0.3),
    ],
    examples: ['NI number AA 12 34 56 C', 'JG103759A', 'national insurance: jg103759a'],
    nearMisses: ['GB123456A', 'AA12345678', 'QQ123456C', 'jg103759a'],
  },
  {
    name: 'uk-nhs-number',
    description: 'UK NHS number with check digit',
    groups: GROUPS,
    finders: [
      alone('\\d{3}[ -]\\d{3}[ -]\\d{4}', 'nhs'),
      named('\\d{3}[ -]?\\d{3}[ -]?\\d{4}', 'nhs|nhs number|nhs no|national health service|chi number', 'nhs', 0.3),
    ],
    examples: ['NHS number: 943 476 5870', 'nhs no 4010232137', '943 476 5870'],
    nearMisses: ['NHS number: 943 476 5871', 'row 4010232137'],
  },
  {
    name: 'uk-utr',
    description: 'UK unique taxpayer reference with check digit',
    groups: GROUPS,
    finders: [
      named('\\d{5} ?\\d{5}', 'utr|unique taxpayer reference|taxpayer reference|self assessment|hmrc', 'ukUtr', 0.3),
    ],
    examples: ['UTR 1955839661', 'unique taxpayer reference: 19558 39661'],
    nearMisses: ['UTR 2955839661', '1955839661'],
  },
  {
    name: 'uk-driving-licence',
    description: 'UK driving licence number',
    groups: GROUPS,
    finders: [
      distinctCode(
        '(?i)[A-Z][A-Z9]{4}\\d(?:[05][1-9]|[16][0-2])[0-3]\\d{2}[A-Z][A-Z9][A-Z0-9][A-Z]{2}',
        'gbDriver',
        0.7,
      ),
    ],
    examples: ['MORGA657054SM9IJ', 'licence: fo999512018aa1ab'],
    nearMisses: ['MORGA663054SM9IJ', 'MO9GA657054SM9IJ', 'MORGA6570544SM9IJ'],
  },
  {
    name: 'uk-passport',
    description: 'UK passport number, named as one',
    groups: GROUPS,
    finders: [named('(?i)[A-Z]{2}\\d{7}|\\d{9}', 'passport|passport number|passport no|travel document|hmpo')],
    examples: ['My passport number is CD7654321', 'passport: 925076473'],
    nearMisses: ['CD7654321', '925076473', 'passport CD765432'],
  },
  {
    name: 'uk-postcode',
    description: 'UK postcode, named as one',
    groups: GROUPS,
    finders: [
      named(`(?i)${POSTCODE}`, 'postcode|post code|postal code|address is|my address|home address|live at|lives at'),
    ],
    examples: ['postcode SW1A 1AA', 'My address is EC1A 1BB'],
    nearMisses: ['M1 1AA', 'postcode QA1 1AA'],
  },
  {
    name: 'uk-license-plate',
    description: 'UK vehicle registration mark; older forms where named as one',
    groups: GROUPS,
    finders: [
      standing(`[A-HJ-PR-Y][A-HJ-PR-Y]${AGE} ?[A-HJ-PR-Z]{3}`, undefined, 0.5),
      alone(`(?i)[A-HJ-PR-Y]{2}${AGE} ?[A-HJ-PR-Z]{3}`),
      named(`(?i)[A-HJ-PR-Y]{2}${AGE} ?[A-HJ-PR-Z]{3}`, PLATE),
      named('[A-HJ-NPR-TV-Y]\\d{1,3} ?[A-HJ-PR-Y]{3}|[A-HJ-PR-Y]{3} ?\\d{1,3}[A-HJ-NPR-TV-Y]', PLATE),
    ],
    examples: ['AB51 ABC', 'registration ab51abc', 'number plate K1 ABC'],
    nearMisses: ['AB49 ABC', 'vehicle v2 has', 'K1 ABC', 'XXXAB51ABCYYY'],
  },
  {
    name: 'uk-bank-account',
    description: 'UK sort code and account number, named as such',
    groups: ['financial', ...GROUPS],
    finders: [
      distinct('\\d{2}-\\d{2}-\\d{2}[ ,/]{1,3}\\d{8}', undefined, 0.6),
      named('\\d{2}[- ]?\\d{2}[- ]?\\d{2}', 'sort code|sortcode|sort codes'),
      named('\\d{8}', 'account number|account no|acc no|a/c|bank account'),
    ],
    examples: ['sort code 12-34-56', '12-34-56 12345678', 'sort code: 123456, account number: 12345678'],
    nearMisses: ['12-34-56', '12345678', 'sort code 12-34'],
  },
];
