import type {Detector} from '../detector.ts';
import {alone, DIGITS, distinct, named, standing} from './number-form.ts';

const GROUPS = ['pii', 'pii.eu'] as const;
const NIR = 'nir|numéro de sécurité sociale|sécurité sociale|numéro insee|carte vitale|n° ss|nss';
const REGISTER = 'rijksregisternummer|rijksregister|numéro national|registre national|insz|niss|nn';
const FISCAL = 'numéro fiscal|numero fiscal|spi|référence fiscale|french tax number';

/** Numbers of persons in France, the Benelux and Ireland. */
export const WEST_DETECTORS: readonly Detector[] = [
  {
    name: 'fr-nir',
    description: 'French social security number (NIR, INSEE) with key',
    groups: GROUPS,
    finders: [
      distinct('[1-478] \\d{2} \\d{2} (?:\\d{2}|2[AB]) \\d{3} \\d{3} \\d{2}', 'frNir', 0.7),
      alone('[1-478]\\d{4}(?:\\d{2}|2[AB])\\d{8}', 'frNir'),
      named('[1-478] ?\\d{2} ?\\d{2} ?(?:\\d{2}|2[AB]) ?\\d{3} ?\\d{3}(?: ?\\d{2})?', NIR),
    ],
    examples: ['2 95 10 99 126 111 93', 'NIR 255081416802538', 'sécurité sociale 2951099126111'],
    nearMisses: ['2 95 10 99 126 111 94', '2951099126111', '9 95 10 99 126 111 93'],
  },
  {
    name: 'fr-tax-number',
    description: 'French personal tax number (numéro fiscal) with key',
    groups: GROUPS,
    finders: [named('[0-3]\\d ?\\d{2} ?\\d{3} ?\\d{3} ?\\d{3}', FISCAL, 'frSpi', 0.3)],
    examples: ['numéro fiscal 30 23 217 600 053', 'Numéro fiscal : 3023217600053'],
    nearMisses: ['numéro fiscal 30 23 217 600 054', '3023217600053'],
  },
  {
    name: 'fr-siren',
    description: 'French company or establishment number (SIREN, SIRET) with check digit',
    groups: GROUPS,
    finders: [named(`${DIGITS[9]}(?: ?\\d{5})?`, 'siren|siret|n° siren|n° siret|rcs', 'luhnNumber')],
    examples: ['SIREN 552 008 443', 'SIRET: 73282932000074'],
    nearMisses: ['SIREN 552 008 444', '552 008 443'],
  },
  {
    name: 'fr-identity-card',
    description: 'French identity card number, named as one',
    groups: GROUPS,
    finders: [named('(?i)\\d{12}|[A-Z0-9]{8}\\d', "carte d’identité|carte d'identité|cni|carte nationale d'identité")],
    examples: ['CNI 880692310285', "carte d'identité X4RTBPFW4"],
    nearMisses: ['880692310285', 'CNI 88069231'],
  },
  {
    name: 'be-national-number',
    description: 'Belgian national register number with check digits',
    groups: GROUPS,
    finders: [
      distinct('\\d{2}\\.\\d{2}\\.\\d{2}-\\d{3}[.-]\\d{2}', 'beRijksregister', 0.95),
      named('\\d{2}[. ]?\\d{2}[. ]?\\d{2}[ -]?\\d{3}[. -]?\\d{2}', REGISTER, 'beRijksregister', 0.4),
      alone('\\d{11}', 'beRijksregister'),
    ],
    examples: ['85.07.30-033.28', 'rijksregisternummer 85073003328', '85073003328'],
    nearMisses: ['85.07.30-033.29', 'item 85073003328'],
  },
  {
    name: 'be-enterprise-number',
    description: 'Belgian enterprise number with check digits',
    groups: GROUPS,
    finders: [
      distinct('[01]\\d{3}\\.\\d{3}\\.\\d{3}', 'beEnterprise'),
      named('[01]?\\d{9}', "ondernemingsnummer|numéro d'entreprise|kbo|bce", 'beEnterprise'),
    ],
    examples: ['0403.019.261', 'KBO 0403019261'],
    nearMisses: ['0403.019.262', '0403019261'],
  },
  {
    name: 'nl-bsn',
    description: 'Dutch citizen service number (BSN) with check digit',
    groups: GROUPS,
    finders: [named(DIGITS[9], 'bsn|burgerservicenummer|sofinummer|sofi nummer|citizen service number', 'nlBsn', 0.3)],
    examples: ['BSN 111222333', 'burgerservicenummer: 111.222.333'],
    nearMisses: ['BSN 111222334', '111222333'],
  },
  {
    name: 'nl-document',
    description: 'Dutch passport or identity card number, named as one',
    groups: GROUPS,
    finders: [
      named('(?i)[A-NP-Z]{2}[A-NP-Z0-9]{6}\\d', 'paspoort|paspoortnummer|identiteitskaart|documentnummer|rijbewijs'),
    ],
    examples: ['paspoortnummer SPECI2014', 'identiteitskaart IN5R8B7L2'],
    nearMisses: ['SPECI2014', 'paspoort SPECI201'],
  },
  {
    name: 'lu-matricule',
    description: 'Luxembourgish national number with date of birth and two check digits',
    groups: GROUPS,
    finders: [distinct('(?:18|19|20)\\d{11}', 'luMatricule', 0.8)],
    examples: ['1893120105732', 'matricule 1893 1893120105732'],
    nearMisses: ['1893120105733', '1893130105732'],
  },
  {
    name: 'ie-pps',
    description: 'Irish personal public service number with check letter',
    groups: GROUPS,
    finders: [
      standing('\\d{7}[A-W][A-IW]?', 'iePps'),
      named('(?i)\\d{7} ?[A-W][A-IW]?', 'pps|ppsn|pps number|pps no', 'iePps'),
    ],
    examples: ['PPS number 6433435F', 'ppsn: 6433435oa', '6433435FW'],
    nearMisses: ['6433435E', '643343F', 'abc6433435f'],
  },
];
