import type {Detector} from '../detector.ts';
import {alone, distinct, distinctCode, named, standing} from './number-form.ts';

const GROUPS = ['pii', 'pii.asia'] as const;
const STATE = 'A[NPRS]|BR|C[GH]|D[DLN]|G[AJ]|H[PR]|J[HK]|K[AL]|L[AD]|M[HLNPZ]|NL|O[DR]|P[BY]|RJ|SK|T[GNRS]|U[AKP]|WB';

/** Numbers of persons in South and West Asia. */
export const SOUTH_ASIA_DETECTORS: readonly Detector[] = [
  {
    name: 'in-aadhaar',
    description: 'Indian Aadhaar number with check digit',
    groups: GROUPS,
    finders: [
      distinct('[2-9]\\d{3}-\\d{4}-\\d{4}', 'aadhaar', 0.6),
      named('[2-9]\\d{3}[ -]?\\d{4}[ -]?\\d{4}', 'aadhaar|aadhar|uidai|uid|आधार|aadhaar number', 'aadhaar', 0.3),
      alone('[2-9]\\d{3} ?\\d{4} ?\\d{4}', 'aadhaar'),
    ],
    examples: ['2341 2341 2346', 'Aadhaar: 234123412346', 'id 2341-2341-2346'],
    nearMisses: ['2341 2341 2347', '2341 2341 2346 7788', 'row 2341 2341 2346'],
  },
  {
    name: 'in-pan',
    description: 'Indian permanent account number (PAN)',
    groups: GROUPS,
    finders: [
      standing('[A-Z]{3}[ABCFGHJLPT][A-Z]\\d{4}[A-Z]'),
      named('(?i)[A-Z]{5}\\d{4}[A-Z]', 'pan|pan number|pan card|permanent account number|income tax'),
    ],
    examples: ['ABCPE1234F', 'pan number abcde1234f'],
    nearMisses: ['ABCDE12345', 'abcpe1234f', 'ABCPE1234FX'],
  },
  {
    name: 'in-gstin',
    description: 'Indian goods and services tax number (GSTIN)',
    groups: GROUPS,
    finders: [distinctCode('\\d{2}[A-Z]{5}\\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]', 'gstin', 0.9)],
    examples: ['27AAPFU0939F1ZV', 'GSTIN: 07AAPFU0939F1ZX'],
    nearMisses: ['27AAPFU0939F1YV', '47AAPFU0939F1ZV'],
  },
  {
    name: 'in-voter-id',
    description: 'Indian voter identity number (EPIC), named as one',
    groups: GROUPS,
    finders: [named('(?i)[A-Z]{3}\\d{7}', 'voter|voter id|epic|election card|epic number|electoral photo')],
    examples: ['voter ID KSD1287349', 'EPIC: uzb2345117'],
    nearMisses: ['KSD1287349', 'voter ID KSD128734'],
  },
  {
    name: 'in-passport',
    description: 'Indian passport number, named as one',
    groups: GROUPS,
    finders: [named('(?i)[A-Z][1-9]\\d{6}', 'passport|passport number|passport no|indian passport')],
    examples: ['my passport number is T3569075', 'passport number: J6932157'],
    nearMisses: ['T3569075', 'passport T356907'],
  },
  {
    name: 'in-driving-license',
    description: 'Indian driving licence number, named as one',
    groups: GROUPS,
    finders: [
      named(
        `(?i)(?:${STATE})[ -]?\\d{2}[ -]?(?:19|20)\\d{2}[ -]?\\d{7}`,
        'dl|driving licence|driving license|licence|license',
      ),
    ],
    examples: ['driving licence MH14 20110062821', 'DL: KA-01-2015-0012345'],
    nearMisses: ['KA-01-2015-0012345', 'DL XX14 20110062821'],
  },
  {
    name: 'in-license-plate',
    description: 'Indian vehicle registration number',
    groups: GROUPS,
    finders: [
      standing(`(?:${STATE})[ -]?\\d{1,2}[ -]?[A-Z]{1,3}[ -]?\\d{4}`),
      standing('\\d{2}[ -]?BH[ -]?\\d{4}[ -]?[A-Z]{1,2}'),
    ],
    examples: ['KA99ME3456', 'registration DL 01 CA 1234', '22 BH 6517 A'],
    nearMisses: ['ABNE123456', 'XX99ME3456', 'ka99me3456'],
  },
  {
    name: 'pk-cnic',
    description: 'Pakistani identity number (CNIC)',
    groups: GROUPS,
    finders: [distinct('[1-7]\\d{4}-\\d{7}-\\d', undefined, 0.8), named('[1-7]\\d{12}', 'cnic|nadra|nic|nicop')],
    examples: ['42201-1234567-9', 'CNIC 4220112345679'],
    nearMisses: ['4220112345679', '82201-1234567-9'],
  },
  {
    name: 'bd-nid',
    description: 'Bangladeshi identity number, named as one',
    groups: GROUPS,
    finders: [named('\\d{17}|\\d{13}|\\d{10}', 'nid|national id|এনআইডি|জাতীয় পরিচয়পত্র|bangladesh nid')],
    examples: ['NID 19845678901234567', 'National ID: 1234567890'],
    nearMisses: ['19845678901234567', 'NID 12345'],
  },
  {
    name: 'lk-nic',
    description: 'Sri Lankan identity number',
    groups: GROUPS,
    finders: [
      standing('\\d{9}[VXvx]', 'lkNic', 0.5),
      named('(?:19|20)\\d{10}', 'nic|nic no|national identity card|sri lankan id'),
    ],
    examples: ['853400937V', 'NIC 198534000937'],
    nearMisses: ['854000937V', '198534000937'],
  },
  {
    name: 'ae-emirates-id',
    description: 'Emirates identity number with check digit',
    groups: GROUPS,
    finders: [
      distinct('784-(?:19|20)\\d{2}-\\d{7}-\\d', undefined, 0.95),
      named('784(?:19|20)\\d{10}', 'emirates id|eid|الهوية|رقم الهوية|uae id', 'emiratesId', 0.4),
      alone('784(?:19|20)\\d{10}', 'emiratesId'),
    ],
    examples: ['784-1984-1234567-4', 'Emirates ID 784198412345674'],
    nearMisses: ['785-1984-1234567-4', 'n 784198412345674'],
  },
  {
    name: 'sa-national-id',
    description: 'Saudi identity or residence number with check digit',
    groups: GROUPS,
    finders: [
      named('[12]\\d{9}', 'saudi id|iqama|رقم الهوية|الهوية الوطنية|الإقامة|national id|absher', 'luhnNumber', 0.3),
    ],
    examples: ['Iqama 1058529940', 'رقم الهوية 1058529940'],
    nearMisses: ['Iqama 1058529941', '1058529940'],
  },
  {
    name: 'il-identity-number',
    description: 'Israeli identity number with check digit',
    groups: GROUPS,
    finders: [named('\\d{8}-?\\d', 'תעודת זהות|מספר זהות|ת.ז.|ת״ז|teudat zehut|israeli id|tz', 'ilId', 0.3)],
    examples: ['תעודת זהות 039337423', 'Israeli ID: 03933742-3'],
    nearMisses: ['Israeli ID: 039337424', '039337423'],
  },
  {
    name: 'ir-national-code',
    description: 'Iranian national code with check digit',
    groups: GROUPS,
    finders: [
      named('\\d{3}-?\\d{6}-?\\d', 'کد ملی|کدملی|شماره ملی|iranian id|national code|code melli', 'irCode', 0.3),
    ],
    examples: ['کد ملی 0499370899', 'national code 049-937089-9'],
    nearMisses: ['کد ملی 0499370898', '0499370899'],
  },
  {
    name: 'kw-civil-id',
    description: 'Kuwaiti civil or Qatari identity number, named as one',
    groups: GROUPS,
    finders: [named('[23]\\d{10,11}', 'civil id|الرقم المدني|البطاقة المدنية|qid|qatar id|kuwait id')],
    examples: ['Civil ID 286010112345', 'QID: 28412345678'],
    nearMisses: ['286010112345', 'Civil ID 2860'],
  },
];
