import type {Detector} from '../detector.ts';
import {alone, DIGITS, distinct, distinctCode, named, standing} from './number-form.ts';

const AFRICA = ['pii', 'pii.africa'] as const;
const OCEANIA = ['pii', 'pii.oceania'] as const;

/** Numbers of persons in Africa and Oceania. */
export const SOUTHERN_DETECTORS: readonly Detector[] = [
  {
    name: 'au-tfn',
    description: 'Australian tax file number with check digit',
    groups: OCEANIA,
    finders: [named(`${DIGITS[9]}|\\d{8}`, 'tfn|tax file number|tax file no|ato', 'auTfn', 0.3)],
    examples: ['TFN 876 543 210', 'tax file number: 876543210'],
    nearMisses: ['TFN 876 543 211', '876543210'],
  },
  {
    name: 'au-abn',
    description: 'Australian business number with check digits',
    groups: OCEANIA,
    finders: [
      distinct('[1-9]\\d \\d{3} \\d{3} \\d{3}', 'auAbn', 0.7),
      named(DIGITS[11], 'abn|australian business number|business number|a.b.n.', 'auAbn', 0.4),
      alone(DIGITS[11], 'auAbn'),
    ],
    examples: ['83 914 571 673', 'ABN: 51824753556', '51824753556'],
    nearMisses: ['83 914 571 674', 'n 51824753556'],
  },
  {
    name: 'au-acn',
    description: 'Australian company number with check digit',
    groups: OCEANIA,
    finders: [named(DIGITS[9], 'acn|australian company number|company number|a.c.n.|arbn', 'auAcn', 0.3)],
    examples: ['ACN 004 085 616', 'A.C.N. 004085616'],
    nearMisses: ['ACN 004 085 617', '004 085 616'],
  },
  {
    name: 'au-medicare',
    description: 'Australian Medicare card number with check digit',
    groups: OCEANIA,
    finders: [
      distinct('[2-6]\\d{3} \\d{5} \\d(?:[ /-]?[1-9])?', 'auMedicare', 0.7),
      named('[2-6]\\d{3} ?\\d{5} ?\\d(?:[ /-]?\\d)?', 'medicare|medicare number|medicare card|irn', 'auMedicare', 0.3),
    ],
    examples: ['2123 45670 1', 'Medicare 2123456701'],
    nearMisses: ['2123 45671 1', '2123456701'],
  },
  {
    name: 'au-document',
    description: 'Australian passport or driver licence number, named as one',
    groups: OCEANIA,
    finders: [named('(?i)[A-Z]{1,2}\\d{7}', 'australian passport|passport|passport no|passport number')],
    examples: ['Australian passport N1234567', 'passport no PA1234567'],
    nearMisses: ['N1234567', 'passport N123456'],
  },
  {
    name: 'nz-ird',
    description: 'New Zealand tax number (IRD) with check digit',
    groups: OCEANIA,
    finders: [named('\\d{2,3}-?\\d{3}-?\\d{3}', 'ird|ird number|ird no|inland revenue|gst number', 'nzIrd', 0.3)],
    examples: ['IRD 49-091-850', 'ird number 136410132'],
    nearMisses: ['IRD 136-410-133', '136-410-132'],
  },
  {
    name: 'nz-nhi',
    description: 'New Zealand health index number with check digit',
    groups: OCEANIA,
    finders: [named('(?i)[A-HJ-NP-Z]{3}\\d{4}', 'nhi|nhi number|national health index|health index', 'nzNhi', 0.4)],
    examples: ['NHI ZAC5361', 'nhi number: zac5361'],
    nearMisses: ['NHI ZAC5362', 'ZAC5361'],
  },
  {
    name: 'za-id',
    description: 'South African identity number with date of birth and check digit',
    groups: AFRICA,
    finders: [distinct('\\d{6} \\d{4} [0-2]\\d{2}', 'zaId', 0.9), distinct('\\d{10}[0-2]\\d{2}', 'zaId', 0.6)],
    examples: ['7503305044089', '750330 5044 089'],
    nearMisses: ['8503305044089', '7513305044089'],
  },
  {
    name: 'ng-nin',
    description: 'Nigerian identity or bank verification number (NIN, BVN), named as one',
    groups: AFRICA,
    finders: [named(DIGITS[11], 'nin|bvn|national identification number|bank verification number|nimc', 'reference')],
    examples: ['NIN 12345678901', 'BVN: 22123456789'],
    nearMisses: ['12345678901', 'NIN 1234567890a'],
  },
  {
    name: 'ng-license-plate',
    description: 'Nigerian number plate',
    groups: AFRICA,
    finders: [
      standing('[A-HJ-NP-Z]{3}-\\d{3}[A-HJ-NP-Z]{2}'),
      named('(?i)[A-HJ-NP-Z]{3}[ -]?\\d{3}[ -]?[A-HJ-NP-Z]{2}', 'plate|plate number|vehicle|registration|frsc'),
    ],
    examples: ['APP-456CV', 'plate number abj 001 aa'],
    nearMisses: ['123-456AB', 'APP 456 CV'],
  },
  {
    name: 'eg-national-id',
    description: 'Egyptian identity number with date of birth and governorate',
    groups: AFRICA,
    finders: [
      named('[23]\\d{13}', 'national id|الرقم القومي|رقم قومي|بطاقة|egyptian id', 'egId', 0.3),
      alone('[23]\\d{13}', 'egId'),
    ],
    examples: ['الرقم القومي 29001010123456', 'Egyptian ID: 29001010123456'],
    nearMisses: ['Egyptian ID: 29013010123456', 'at 29001010123456'],
  },
  {
    name: 'ke-kra-pin',
    description: 'Kenyan tax number (KRA PIN)',
    groups: AFRICA,
    finders: [standing('[AP]0\\d{8}[A-Z]'), named('(?i)[AP]\\d{9}[A-Z]', 'kra|kra pin|tax pin')],
    examples: ['A001234567B', 'KRA PIN p051234567z'],
    nearMisses: ['A00123456B', 'A1234567890B'],
  },
  {
    name: 'gh-card',
    description: 'Ghanaian identity card number',
    groups: AFRICA,
    finders: [distinctCode('GHA-\\d{9}-\\d', undefined, 0.95)],
    examples: ['GHA-123456789-0', 'Ghana Card: GHA-700000001-5'],
    nearMisses: ['GHA-12345678-0', 'GHB-123456789-0'],
  },
  {
    name: 'ma-cin',
    description: 'Moroccan or Algerian identity number, named as one',
    groups: AFRICA,
    finders: [named('(?i)[A-Z]{1,2}\\d{5,6}|\\d{18}', 'cin|cnie|cin maroc|البطاقة الوطنية|nin')],
    examples: ['CIN AB123456', 'CNIE: J12345'],
    nearMisses: ['AB123456', 'CIN AB12'],
  },
];
