import type {Detector} from '../detector.ts';
import {alone, DIGITS, distinct, distinctCode, named, standing} from './number-form.ts';

const GROUPS = ['pii', 'pii.americas'] as const;
const CEDULA = 'cédula|cedula|c.c.|cédula de ciudadanía|cédula de identidad|documento|identificación';
const PASSPORT = 'passport|passport number|passeport|pasaporte|passaporte';

/** Numbers of persons in the Americas but the United States. */
export const AMERICAS_DETECTORS: readonly Detector[] = [
  {
    name: 'ca-sin',
    description: 'Canadian social insurance number with check digit',
    groups: GROUPS,
    finders: [
      distinct('[1-79]\\d{2}-\\d{3}-\\d{3}', 'caSin', 0.6),
      named(
        '[1-79]\\d{2}[ -]?\\d{3}[ -]?\\d{3}',
        "sin|social insurance|social insurance number|numéro d’assurance sociale|numéro d'assurance sociale",
        'caSin',
        0.3,
      ),
      alone('[1-79]\\d{2} \\d{3} \\d{3}', 'caSin'),
    ],
    examples: ['130-692-544', 'my SIN is 130692544', '130 692 544'],
    nearMisses: ['130-692-545', '046-454-286', 'n 130692544'],
  },
  {
    name: 'ca-passport',
    description: 'Canadian passport number, named as one',
    groups: GROUPS,
    finders: [named('(?i)[A-Z]{2}\\d{6}|[A-Z]\\d{6}[A-Z]{2}', PASSPORT)],
    examples: ['passport AB123456', 'passeport: A123456BC'],
    nearMisses: ['AB123456', 'passport AB12345'],
  },
  {
    name: 'ca-health-number',
    description: 'Canadian provincial health number, named as one',
    groups: GROUPS,
    finders: [
      named(
        '\\d{4}[ -]?\\d{3}[ -]?\\d{3}(?:[ -]?[A-Z]{1,2})?',
        'ohip|health card|health number|phn|carte santé',
        'luhnNumber',
        0.3,
      ),
      named('(?i)[A-Z]{4} ?\\d{4} ?\\d{4}', 'ramq|assurance maladie|carte soleil|nam'),
    ],
    examples: ['health card 9876 543 217', 'RAMQ TREM 5210 1234'],
    nearMisses: ['health card 9876 543 218', 'TREM 5210 1234'],
  },
  {
    name: 'br-cpf',
    description: 'Brazilian taxpayer number (CPF) with two check digits',
    groups: GROUPS,
    finders: [
      distinct('\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}|\\d{9}-\\d{2}', 'brCpf', 0.95),
      named(DIGITS[11], 'cpf|cadastro de pessoas físicas|cpf nº|cpf/mf', 'brCpf', 0.4),
      alone(DIGITS[11], 'brCpf'),
    ],
    examples: ['390.533.447-05', 'CPF 39053344705', '39053344705'],
    nearMisses: ['390.533.447-06', '111.111.111-11', 'x: 39053344705'],
  },
  {
    name: 'br-cnpj',
    description: 'Brazilian company number (CNPJ), numeric or alphanumeric, with two check digits',
    groups: GROUPS,
    finders: [
      distinctCode('[A-Z0-9]{2}\\.[A-Z0-9]{3}\\.[A-Z0-9]{3}/[A-Z0-9]{4}-\\d{2}', 'brCnpj', 0.95),
      named('[A-Z0-9]{12}\\d{2}', 'cnpj|cadastro nacional', 'brCnpj', 0.4),
      alone('\\d{14}', 'brCnpj'),
    ],
    examples: ['16.727.230/0001-97', 'CNPJ 16727230000197', '12.ABC.345/01DE-35'],
    nearMisses: ['16.727.230/0001-98', 'at 16727230000197'],
  },
  {
    name: 'br-rg',
    description: 'Brazilian identity card (RG) or driving licence (CNH) number, named as one',
    groups: GROUPS,
    finders: [
      named('(?i)\\d{1,2}\\.?\\d{3}\\.?\\d{3}-?[0-9X]|\\d{11}', 'rg|registro geral|carteira de identidade|cnh'),
    ],
    examples: ['RG 12.345.678-9', 'CNH: 12345678900'],
    nearMisses: ['12.345.678-9', 'RG 12.345'],
  },
  {
    name: 'mx-curp',
    description: 'Mexican population registry code (CURP) with date of birth and check digit',
    groups: GROUPS,
    finders: [
      distinctCode('(?i)[A-Z][AEIOUX][A-Z]{2}\\d{6}[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[A-Z0-9]\\d', 'mxCurp', 0.95),
    ],
    examples: ['BOXW310820HNERXN09', 'curp: boxw310820hnerxn09'],
    nearMisses: ['BOXW310820HNERXN08', 'BOXW311320HNERXN09'],
  },
  {
    name: 'mx-rfc',
    description: 'Mexican taxpayer number (RFC) with date',
    groups: GROUPS,
    finders: [
      standing('[A-ZÑ&]{4}\\d{6}[A-Z0-9]{2}[0-9A]', 'mxRfc'),
      named('(?i)[A-ZÑ&]{3,4}[ -]?\\d{6}[ -]?[A-Z0-9]{2}[0-9A]', 'rfc|registro federal|contribuyente', 'mxRfc', 0.3),
    ],
    examples: ['GODE561231GR8', 'RFC: abc680524p76'],
    nearMisses: ['GODE561331GR8', 'ABC680524P76'],
  },
  {
    name: 'mx-clabe',
    description: 'Mexican bank account (CLABE) with check digit',
    groups: ['financial', ...GROUPS],
    finders: [named(DIGITS[18], 'clabe|cuenta clabe|clabe interbancaria|cuenta|transferencia', 'clabe', 0.4)],
    examples: ['CLABE 032180000118359719', 'cuenta: 032180000118359719'],
    nearMisses: ['CLABE 032180000118359718', '032180000118359719'],
  },
  {
    name: 'ar-cuit',
    description: 'Argentine tax number (CUIT, CUIL) with check digit',
    groups: GROUPS,
    finders: [
      distinct('(?:2[03-7]|3[034])-\\d{8}-\\d', 'arCuit', 0.95),
      named('(?:2[03-7]|3[034])\\d{9}', 'cuit|cuil|c.u.i.t.', 'arCuit', 0.4),
    ],
    examples: ['20-26756539-3', 'CUIT 20267565393'],
    nearMisses: ['20-26756539-4', '20267565393'],
  },
  {
    name: 'ar-dni',
    description: 'Argentine identity number (DNI), named as one',
    groups: GROUPS,
    finders: [named('\\d{1,2}\\.?\\d{3}\\.?\\d{3}', 'dni|d.n.i.|documento nacional de identidad', 'reference')],
    examples: ['DNI 20.123.456', 'D.N.I. 20123456'],
    nearMisses: ['20.123.456', 'DNI 2012'],
  },
  {
    name: 'cl-rut',
    description: 'Chilean identity or tax number (RUT, RUN) with check digit',
    groups: GROUPS,
    finders: [
      distinct('\\d{1,2}\\.\\d{3}\\.\\d{3}-[0-9Kk]', 'clRut', 0.95),
      named('(?i)\\d{7,8}-?[0-9K]', 'rut|r.u.n.|r.u.t.|cédula|rol único', 'clRut', 0.3),
    ],
    examples: ['12.531.909-2', 'RUT 12531909-2', '10.000.013-K'],
    nearMisses: ['12.531.909-3', '12531909-2'],
  },
  {
    name: 'co-identity-number',
    description: 'Colombian citizen or tax number (cédula, NIT), named as one',
    groups: GROUPS,
    finders: [
      named('\\d{1,3}(?:\\.?\\d{3}){2,3}', CEDULA, 'reference'),
      named('\\d{3}\\.?\\d{3}\\.?\\d{3}-?\\d', 'nit|n.i.t.', 'coNit', 0.3),
    ],
    examples: ['cédula 1.020.304.050', 'NIT 213.123.432-1'],
    nearMisses: ['1.020.304.050', 'NIT 213.123.432-2'],
  },
  {
    name: 'pe-identity-number',
    description: 'Peruvian tax or identity number (RUC, DNI), named as one',
    groups: GROUPS,
    finders: [named(DIGITS[11], 'ruc|r.u.c.|sunat', 'peRuc', 0.4)],
    examples: ['RUC 20512333797', 'R.U.C.: 20512333797'],
    nearMisses: ['RUC 20512333798', '20512333797'],
  },
  {
    name: 'ec-cedula',
    description: 'Ecuadorian identity or tax number with check digit',
    groups: GROUPS,
    finders: [named('\\d{9}-?\\d(?:001)?', `${CEDULA}|ruc`, 'ecCedula', 0.3)],
    examples: ['cédula 171430710-3', 'RUC 1714307103001'],
    nearMisses: ['RUC 1714307104001', '171430710-3'],
  },
  {
    name: 'uy-cedula',
    description: 'Uruguayan identity number with check digit',
    groups: GROUPS,
    finders: [distinct('\\d\\.\\d{3}\\.\\d{3}-\\d', 'uyCi', 0.8), named('\\d{7}-?\\d', `${CEDULA}|c.i.`, 'uyCi', 0.3)],
    examples: ['1.234.567-2', 'C.I. 12345672'],
    nearMisses: ['1.234.567-3', '12345672'],
  },
  {
    name: 've-rif',
    description: 'Venezuelan identity or tax number (RIF, cédula)',
    groups: GROUPS,
    finders: [
      distinctCode('[VEJPG]-\\d{8}-?\\d', 'veRif', 0.8),
      named('(?i)[VEJPG]-?\\d{8}-?\\d', 'rif|r.i.f.', 'veRif', 0.4),
    ],
    examples: ['V-11470283-4', 'RIF V114702834'],
    nearMisses: ['V-11470283-3', 'V114702834'],
  },
  {
    name: 'do-cedula',
    description: 'Dominican identity number with check digit',
    groups: GROUPS,
    finders: [distinct('\\d{3}-\\d{7}-\\d', 'luhnNumber', 0.7), named(DIGITS[11], CEDULA, 'luhnNumber', 0.3)],
    examples: ['001-1391820-5', 'cédula 00113918205'],
    nearMisses: ['001-1391820-6', '00113918205'],
  },
  {
    name: 'gt-cui',
    description: 'Guatemalan identity number (CUI, DPI), named as one',
    groups: GROUPS,
    finders: [named('\\d{4} ?\\d{5} ?\\d{4}', 'dpi|cui|documento personal de identificación')],
    examples: ['DPI 1234 56789 0101', 'CUI: 1234567890101'],
    nearMisses: ['1234 56789 0101', 'DPI 300'],
  },
];
