import type {Detector} from '../detector.ts';
import {alone, distinct, distinctCode, named} from './number-form.ts';

const GROUPS = ['pii', 'pii.eu'] as const;
const SWEDISH = 'personnummer|personnumret|personnr|samordningsnummer|swedish id|swedish personal number';

/** Numbers of persons in the Nordic and Baltic countries. */
export const NORTH_DETECTORS: readonly Detector[] = [
  {
    name: 'dk-cpr',
    description: 'Danish personal number (CPR)',
    groups: GROUPS,
    finders: [
      distinct('\\d{6}-\\d{4}', 'dkCprOld', 0.6),
      named('\\d{6}[ -]?\\d{4}', 'cpr|cpr nr|cpr nummer|personnummer|danish id|sundhedskort', 'dkCpr'),
    ],
    examples: ['CPR 211062-5629', 'cpr-nummer: 0101701234'],
    nearMisses: ['0101701234', 'CPR 321062-5629', 'order 211062-5621'],
  },
  {
    name: 'ee-isikukood',
    description: 'Estonian personal code, with date of birth and check digit',
    groups: GROUPS,
    finders: [
      named('[1-8]\\d{10}', 'isikukood|isikukoodi|estonian id|estonian personal code', 'eeIsikukood'),
      alone('[1-8]\\d{10}', 'eeIsikukood'),
    ],
    examples: ['isikukood 37605030299', 'Estonian ID: 37605030299', '37605030299'],
    nearMisses: ['isikukood 37605030298', 'count 37605030299'],
  },
  {
    name: 'fi-hetu',
    description: 'Finnish personal identity code (henkilötunnus)',
    groups: GROUPS,
    finders: [
      distinctCode('\\d{6}[-+A-FU-Y]\\d{3}[0-9A-FHJ-NPR-Y]', 'fiHetu', 0.9),
      named('(?i)\\d{6}[-+A-FU-Y]\\d{3}[0-9A-FHJ-NPR-Y]', 'hetu|henkilötunnus|henkilötunnukseni', 'fiHetu'),
    ],
    examples: ['131052-308T', 'HETU: 010594Y9032', 'hetu 131052-308t'],
    nearMisses: ['131052-308U', '321052-308T', '131052.308T'],
  },
  {
    name: 'is-kennitala',
    description: 'Icelandic identification number (kennitala)',
    groups: GROUPS,
    finders: [named('\\d{6}[ -]?\\d{4}', 'kennitala|kennitölu|kt|icelandic id', 'isKennitala')],
    examples: ['kennitala 120174-3399', 'kt. 1201743399'],
    nearMisses: ['kennitala 120174-3389', '120174-3399 units'],
  },
  {
    name: 'lt-asmens-kodas',
    description: 'Lithuanian personal code, with date of birth and check digit',
    groups: GROUPS,
    finders: [named('[1-6]\\d{10}', 'asmens kodas|asmens kodą|lithuanian id|lithuanian personal code', 'eeIsikukood')],
    examples: ['asmens kodas 33309240064', 'Lithuanian personal code: 33309240064'],
    nearMisses: ['asmens kodas 33309240065', 'kodas 33309240064'],
  },
  {
    name: 'lv-personas-kods',
    description: 'Latvian personal code',
    groups: GROUPS,
    finders: [
      named('\\d{6}-?\\d{5}', 'personas kods|personas kodu|latvian id|latvian personal code', 'lvPersonasKods'),
      distinct('\\d{6}-[0-2]\\d{4}', 'lvPersonasKods', 0.6),
    ],
    examples: ['personas kods 161175-19997', 'Latvian personal code: 32000000001', '161175-19997'],
    nearMisses: ['personas kods 161175-19998', 'kods 16117519997'],
  },
  {
    name: 'no-fodselsnummer',
    description: 'Norwegian birth or D number, with date of birth and two check digits',
    groups: GROUPS,
    finders: [
      named('\\d{6} ?\\d{5}', 'fødselsnummer|fodselsnummer|personnummer|fnr|d nummer', 'noFodselsnummer', 0.4),
      alone('\\d{6} ?\\d{5}', 'noFodselsnummer'),
    ],
    examples: ['fødselsnummer 15108695088', 'fnr: 151086 95088', '15108695088'],
    nearMisses: ['fødselsnummer 15108695077', 'total 15108695088 bytes'],
  },
  {
    name: 'se-personnummer',
    description: 'Swedish personal or coordination number, with date of birth and check digit',
    groups: GROUPS,
    finders: [
      // With the century it may be a time of a day as well.
      distinct('\\d{6}[-+]\\d{4}', 'sePersonnummer', 0.7),
      named('(?:19|20)?\\d{6}[-+ ]?\\d{4}', SWEDISH, 'sePersonnummer', 0.3),
      alone('(?:19|20)?\\d{6}[-+]?\\d{4}', 'sePersonnummer'),
    ],
    examples: ['880320-0016', 'personnummer 198803200016', '8803200016'],
    nearMisses: ['880320-0018', '881320-0016', 'id 8803200016', 'backup 20240115-1037'],
  },
  {
    name: 'se-organisationsnummer',
    description: 'Swedish organisation number with check digit',
    groups: GROUPS,
    finders: [
      distinct('[125-9]\\d[2-9]\\d{3}-\\d{4}', 'seOrganisation', 0.6),
      named('[125-9]\\d[2-9]\\d{7}', 'organisationsnummer|org nr|orgnr|org nummer', 'seOrganisation'),
    ],
    examples: ['556703-7485', 'orgnr 5567037485'],
    nearMisses: ['556703-7486', '5567037485', '55670x-7485'],
  },
];
