import {type Detector, pattern} from '../detector.ts';
import {alone, distinct, distinctCode, named} from './number-form.ts';

const GROUPS = ['pii', 'pii.us'] as const;
const SOCIAL = 'ssn|social security|social security number|ss number|ss#';
const TAXPAYER = 'itin|individual taxpayer|taxpayer id|taxpayer identification|tax id|tin';
const LICENCE =
  "driver's license|driver’s license|drivers license|driver license|driving license|dl no|dl number|dl#|license number|licence number|driver's licence|driving licence|lic#";
const MBI =
  '[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\\d-?[AC-HJKMNP-RT-Y]{2}\\d{2}';

/** No further number behind a space, as in a row of a table. */
const NO_ROW = '(?:$|[^\\w -]| (?:$|[^\\d]))';

/** Numbers of persons in the United States. */
export const US_DETECTORS: readonly Detector[] = [
  {
    name: 'us-ssn',
    description: 'US social security number',
    groups: GROUPS,
    finders: [
      distinct('\\d{3}-\\d{2}-\\d{4}|\\d{3}\\.\\d{2}\\.\\d{4}', 'ssn', 0.9),
      pattern(`(?:^|[^\\w.-])(?P<mask>\\d{3} \\d{2} \\d{4})${NO_ROW}`, {validator: 'ssn', confidence: 0.9}),
      named('\\d{3}[-. ]?\\d{2}[-. ]?\\d{4}', SOCIAL, 'ssn', 0.3),
    ],
    examples: ['SSN 536-90-4399', 'ssn: 536904399', '536 90 4399'],
    nearMisses: ['000-12-3456', '666-12-3456', '536-00-4399', '2024-10-20-1234', '1536-90-4399', '536904399'],
  },
  {
    name: 'us-itin',
    description: 'US individual taxpayer identification number',
    groups: GROUPS,
    finders: [
      distinct('9\\d{2}-\\d{2}-\\d{4}', 'usItin', 0.9),
      pattern(`(?:^|[^\\w.-])(?P<mask>9\\d{2} \\d{2} \\d{4})${NO_ROW}`, {validator: 'usItin', confidence: 0.9}),
      named('9\\d{2}[- ]?\\d{2}[- ]?\\d{4}', TAXPAYER, 'usItin', 0.3),
    ],
    examples: ['912-70-1234', 'ITIN 912701234', 'itin 911-701234'],
    nearMisses: ['911-89-1234', '912701234', '812-70-1234'],
  },
  {
    name: 'us-ein',
    description: 'US employer identification number, named as one',
    groups: GROUPS,
    finders: [named('\\d{2}-?\\d{7}', 'ein|employer identification|employer id|fein|federal tax id|tax id', 'usEin')],
    examples: ['EIN 91-1144442', 'Federal Tax ID: 911144442'],
    nearMisses: ['91-1144442', 'EIN 07-1144442'],
  },
  {
    name: 'us-driver-license',
    description: 'US driver licence number, named as one',
    groups: GROUPS,
    finders: [named('(?i)[A-Z]{0,3}\\d[0-9A-Z]{0,3}[ -]?\\d{2,8}(?:[ -]?[0-9A-Z]{1,8}){0,3}', LICENCE, 'reference')],
    examples: ["My driver's license number is 7238879", 'DL no: W488437560221', 'drivers license H12234567'],
    nearMisses: ['H12234567', "driver's license 12", "driver's license test 2024-10-20"],
  },
  {
    name: 'us-passport',
    description: 'US passport number, named as one',
    groups: GROUPS,
    finders: [
      named('(?i)[A-Z]?\\d{8,9}', 'passport|passport number|passport no|passport#|travel document|passport card'),
    ],
    examples: ['my travel passport is A12803456', 'passport number: 912803456'],
    nearMisses: ['A12803456', '912803456', 'passport 9128'],
  },
  {
    name: 'us-mbi',
    description: 'US Medicare beneficiary identifier',
    groups: GROUPS,
    finders: [distinctCode(MBI, undefined, 0.7), named(`(?i)${MBI}`, 'medicare|mbi|beneficiary')],
    examples: ['1EG4-TE5-MK73', 'Medicare 1eg4te5mk73'],
    nearMisses: ['1EG4-LE5-MK73', '1BG4-TE5-MK73', '1EG4TE5MK734', '1EG4TE5MK7'],
  },
  {
    name: 'us-npi',
    description: 'US national provider identifier with check digit',
    groups: GROUPS,
    finders: [
      named(
        '[12]\\d{3}[ -]?\\d{3}[ -]?\\d{3}',
        'npi|national provider|provider identifier|provider id|provider number',
        'npi',
        0.3,
      ),
      alone('[12]\\d{3}[ -]?\\d{3}[ -]?\\d{3}', 'npi'),
    ],
    examples: ['NPI 1234567893', 'Provider identifier 1245319599', '1234-567-893'],
    nearMisses: ['NPI 1234567894', 'id 1234567893', 'NPI 3234567893'],
  },
  {
    name: 'us-dea-number',
    description: 'US DEA registration number of a prescriber, with check digit',
    groups: GROUPS,
    finders: [
      named('(?i)[A-HJ-MPRSTUX][A-Z9]\\d{7}', 'dea|dea number|dea no|dea#|prescriber|medical license', 'dea', 0.4),
      alone('(?:[A-HJ-MPRSTUX][A-Z9]|[a-hj-mprstux][a-z9])\\d{7}', 'dea'),
    ],
    examples: ['DEA BB1388568', 'dea# bb1388568', 'BB1388568'],
    nearMisses: ['DEA BB1388569', 'part BB1388568'],
  },
  {
    name: 'us-bank-account',
    description: 'US bank account or routing number, named as one',
    groups: ['financial', ...GROUPS],
    finders: [
      named('[0-8]\\d{3}-?\\d{4}-?\\d', 'routing|routing number|aba|aba number|rtn|transit number', 'abaRouting', 0.3),
      alone('[0-8]\\d{3}-\\d{4}-\\d', 'abaRouting'),
      pattern('(?i)\\b(?:bank )?account (?:number|no\\.?|#)(?: is|:|=|#)? ?(?P<mask>\\d{8,17})\\b'),
    ],
    examples: ['routing number: 021000021', 'account number 123456789012'],
    nearMisses: ['routing number: 021000022', 'account 12', 'order number 123456789012', '021000021'],
  },
];
