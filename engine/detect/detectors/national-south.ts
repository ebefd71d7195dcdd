import type {Detector} from '../detector.ts';
import {alone, DIGITS, distinct, distinctCode, named, standing} from './number-form.ts';

const GROUPS = ['pii', 'pii.eu'] as const;
const DNI = 'dni|nif|nie|documento|documento nacional|identificación|documento de identidad';
const AFM = 'αφμ|αφμ:|afm|vat|tin|αριθμός φορολογικού μητρώου|tax number';
const NIF = 'nif|contribuinte|número de contribuinte|número fiscal|nif:|portuguese tax';

/** Numbers of persons around the Mediterranean: Spain, Portugal, Italy, Greece, Cyprus, Malta, Turkey. */
export const SOUTH_DETECTORS: readonly Detector[] = [
  {
    name: 'es-dni',
    description: 'Spanish identity or tax number (DNI, NIF) with check letter',
    groups: GROUPS,
    finders: [
      standing('\\d{8}-?[A-HJ-NP-TV-Z]|\\d{7}-[A-HJ-NP-TV-Z]', 'esNif'),
      named('(?i)\\d{7,8}[ -]?[A-HJ-NP-TV-Z]', DNI, 'esNif', 0.3),
    ],
    examples: ['54362315-K', 'DNI 54362315K', 'mi dni es 54362315 k'],
    nearMisses: ['54362315-Z', '12345678A', '54362315k'],
  },
  {
    name: 'es-nie',
    description: 'Spanish number of foreigners (NIE) with check letter',
    groups: GROUPS,
    finders: [distinctCode('(?i)[XYZ]-?\\d{7}-?[A-HJ-NP-TV-Z]', 'esNif', 0.8)],
    examples: ['X2482300W', 'NIE: X-2482300-W', 'x2482300w'],
    nearMisses: ['X2482300A', 'Y806391Q'],
  },
  {
    name: 'es-cif',
    description: 'Spanish company tax number (CIF) with check character',
    groups: GROUPS,
    finders: [
      named('(?i)[ABCDEFGHJNPQRSUVW]-?\\d{7}-?[0-9A-J]', 'cif|nif|sociedad|empresa|razón social', 'esCif', 0.4),
    ],
    examples: ['CIF A58818501', 'NIF de la empresa: J99216582'],
    nearMisses: ['CIF A58818502', 'A58818501'],
  },
  {
    name: 'es-social-security',
    description: 'Spanish social security number with check digits',
    groups: GROUPS,
    finders: [
      named('\\d{2}[ /-]?\\d{8}[ /-]?\\d{2}', 'seguridad social|nss|naf|número de afiliación|nuss', 'esNss', 0.3),
    ],
    examples: ['NSS 281234567840', 'Seguridad Social: 28/12345678/40'],
    nearMisses: ['NSS 281234567841', '281234567840'],
  },
  {
    name: 'es-passport',
    description: 'Spanish passport number, named as one',
    groups: GROUPS,
    finders: [named('(?i)[A-Z]{2,3}\\d{6}', 'pasaporte|número de pasaporte|passport|nº de pasaporte')],
    examples: ['Mi pasaporte es AAA123456', 'passport aaa123456'],
    nearMisses: ['AAA123456', 'pasaporte AAA12345'],
  },
  {
    name: 'pt-nif',
    description: 'Portuguese tax number (NIF) with check digit',
    groups: GROUPS,
    finders: [named(`[1235689]\\d{2}[ .-]?\\d{3}[ .-]?\\d{3}`, NIF, 'ptNif', 0.3)],
    examples: ['NIF 501 964 843', 'contribuinte: 501964843'],
    nearMisses: ['NIF 501 964 842', '501964843'],
  },
  {
    name: 'pt-citizen-card',
    description: 'Portuguese citizen card number with check digit',
    groups: GROUPS,
    finders: [
      distinctCode('\\d{8} \\d ?[A-Z0-9]{2}\\d', 'ptCc', 0.7),
      named(
        '(?i)\\d{8}[ -]?\\d ?[A-Z0-9]{2}\\d',
        'cartão de cidadão|cartão cidadão|bilhete de identidade',
        'ptCc',
        0.3,
      ),
    ],
    examples: ['00000000 0 ZZ4', 'cartão de cidadão 000000000ZZ4'],
    nearMisses: ['00000000 0 ZZ5', '000000000ZZ4'],
  },
  {
    name: 'it-codice-fiscale',
    description: 'Italian fiscal code with date of birth and check letter',
    groups: GROUPS,
    finders: [
      distinctCode(
        '(?i)[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPR-T][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]',
        'itCodiceFiscale',
        0.95,
      ),
    ],
    examples: ['RCCMNL83S18D969H', 'codice fiscale: rccmnl83s18d969h'],
    nearMisses: ['RCCMNL83S18D969I', 'RCCMNL83S48D969H', 'RCCMNL83S18D969'],
  },
  {
    name: 'it-partita-iva',
    description: 'Italian value added tax number with check digit',
    groups: GROUPS,
    finders: [named(DIGITS[11], 'partita iva|p.iva|p. iva|p iva|piva|iva', 'luhnNumber', 0.3)],
    examples: ['Partita IVA 00743110157', 'P.IVA: 00743110157'],
    nearMisses: ['Partita IVA 00743110158', '00743110157'],
  },
  {
    name: 'it-document',
    description: 'Italian identity card, passport or driving licence number, named as one',
    groups: GROUPS,
    finders: [
      named(
        '(?i)[A-Z]{2}\\d{5}[A-Z]{2}|[A-Z]{2}\\d{7}|\\d{7}[A-Z]{2}',
        "carta d'identità|carta d’identità|carta identità|cie|passaporto|passport|documento",
      ),
      named(
        '(?i)[A-Z]{2}\\d{7}[A-Z]|U1[A-Z0-9]{7}[A-Z]',
        'patente|patente di guida|licenza|driver license|driving licence',
      ),
    ],
    examples: ["carta d'identità CA00000AA", 'passaporto YA1234567', 'patente AA0123456B'],
    nearMisses: ['CA00000AA', 'YA1234567', 'patente AA012345B'],
  },
  {
    name: 'gr-afm',
    description: 'Greek tax number (AFM) with check digit',
    groups: GROUPS,
    finders: [named('\\d{9}', AFM, 'grAfm', 0.3)],
    examples: ['ΑΦΜ 094259216', 'AFM: 094259216'],
    nearMisses: ['ΑΦΜ 094259217', '094259216'],
  },
  {
    name: 'gr-amka',
    description: 'Greek social security number (AMKA) with date of birth and check digit',
    groups: GROUPS,
    finders: [named(DIGITS[11], 'αμκα|amka|greek social security', 'grAmka', 0.3), alone(DIGITS[11], 'grAmka')],
    examples: ['ΑΜΚΑ 01013099997', '01013099997'],
    nearMisses: ['ΑΜΚΑ 01013099998', 'rows 01013099997'],
  },
  {
    name: 'gr-identity-card',
    description: 'Greek identity card number, named as one',
    groups: GROUPS,
    finders: [
      named('(?i)[ΑΒΕΖΗΙΚΜΝΟΡΤΥΧA-Z]{1,2}[ -]?\\d{6}', 'αδτ|δελτίο ταυτότητας|ταυτότητα|αριθμός ταυτότητας|greek id'),
    ],
    examples: ['ΑΔΤ AB123456', 'ταυτότητα X-123456'],
    nearMisses: ['AB123456', 'ΑΔΤ AB12345'],
  },
  {
    name: 'cy-tic',
    description: 'Cypriot tax number with check letter',
    groups: GROUPS,
    finders: [named('\\d{8}[A-Z]', 'tic|cyprus|cypriot|αφτ|tax identification code|vat|φπα', 'cyTic', 0.4)],
    examples: ['Cyprus TIC 10259033P', 'VAT: 10259033P'],
    nearMisses: ['Cyprus TIC 10259033Z', '10259033P'],
  },
  {
    name: 'mt-identity-card',
    description: 'Maltese identity card number, named as one',
    groups: GROUPS,
    finders: [
      named('(?i)\\d{3,7}[MGAPLHBZ]', 'karta tal-identità|maltese id|malta id|id card|identity card', 'reference'),
    ],
    examples: ['Malta ID 0234581M', 'identity card 123456G'],
    nearMisses: ['0234581M', 'identity card 0234581X'],
  },
  {
    name: 'tr-tckn',
    description: 'Turkish identity number with two check digits',
    groups: GROUPS,
    finders: [
      named('[1-9]\\d{10}', 'tckn|tc kimlik|kimlik|kimlik no|t.c.|tc no|kimlik numaram|turkish id', 'trTckn', 0.4),
      alone('[1-9]\\d{10}', 'trTckn'),
    ],
    examples: ['TC Kimlik No: 17291716060', 'TCKN 17291716060', '17291716060'],
    nearMisses: ['TCKN 17291716050', 'sum 17291716060'],
  },
  {
    name: 'tr-vkn',
    description: 'Turkish tax number with check digit',
    groups: GROUPS,
    finders: [named('\\d{10}', 'vkn|vergi kimlik|vergi no|vergi numarası|vergi', 'trVkn', 0.3)],
    examples: ['VKN 4540536920', 'Vergi No: 4540536920'],
    nearMisses: ['VKN 4540536921', '4540536920'],
  },
  {
    name: 'tr-license-plate',
    description: 'Turkish number plate',
    groups: GROUPS,
    finders: [
      distinct('(?:0[1-9]|[1-7]\\d|8[01]) [A-PR-VYZ]{1,3} \\d{2,4}', undefined, 0.4),
      named('(?i)(?:0[1-9]|[1-7]\\d|8[01]) ?[A-PR-VYZ]{1,3} ?\\d{2,4}', 'plaka|plakası|araç|plate|vehicle'),
    ],
    examples: ['plaka 34 ABC 123', 'Araç plakası: 06A1234'],
    nearMisses: ['34 ABC 123', 'plaka 99 ABC 123'],
  },
];
