import type {Detector} from '../detector.ts';
import {alone, DIGITS, distinct, named} from './number-form.ts';

const GROUPS = ['pii', 'pii.eu'] as const;
const JMBG = 'jmbg|jmb|emšo|emso|matični broj|maticni broj|embg|ембг|јмбг|matična številka';

/** Numbers of persons between the Oder, the Adriatic and the Black Sea. */
export const EAST_DETECTORS: readonly Detector[] = [
  {
    name: 'pl-pesel',
    description: 'Polish personal number (PESEL) with date of birth and check digit',
    groups: GROUPS,
    finders: [
      named(DIGITS[11], 'pesel|nr pesel|numer pesel|peselu|pesel:', 'plPesel', 0.3),
      alone(DIGITS[11], 'plPesel'),
    ],
    examples: ['PESEL 44051401359', 'my pesel is 44051401359', '44051401359'],
    nearMisses: ['PESEL 44051401358', 'item 44051401359'],
  },
  {
    name: 'pl-nip',
    description: 'Polish tax number (NIP) with check digit',
    groups: GROUPS,
    finders: [
      distinct('\\d{3}-\\d{3}-\\d{2}-\\d{2}|\\d{3}-\\d{2}-\\d{2}-\\d{3}', 'plNip', 0.8),
      named('\\d{10}', 'nip|numer nip|nr nip|polish tax', 'plNip', 0.3),
    ],
    examples: ['856-734-62-15', 'NIP: 8567346215'],
    nearMisses: ['856-734-62-16', '8567346215'],
  },
  {
    name: 'pl-regon',
    description: 'Polish statistical number of a business (REGON) with check digit',
    groups: GROUPS,
    finders: [named('\\d{9}', 'regon|nr regon|numer regon', 'plRegon', 0.3)],
    examples: ['REGON 192598184', 'nr REGON: 192598184'],
    nearMisses: ['REGON 192598183', '192598184'],
  },
  {
    name: 'pl-document',
    description: 'Polish identity card or passport number with check digit',
    groups: GROUPS,
    finders: [
      named(
        '(?i)[A-Z]{3} ?\\d{6}',
        'dowód|dowód osobisty|dowodu|dowodu osobistego|identity card|id card',
        'plDowod',
        0.4,
      ),
      named('(?i)[A-Z]{2} ?\\d{7}', 'paszport|paszportu|passport|nr paszportu', 'plPassport', 0.3),
    ],
    examples: ['dowód osobisty ABA300000', 'paszport ZS0000177'],
    nearMisses: ['dowód osobisty ABA300001', 'ABA300000'],
  },
  {
    name: 'cz-birth-number',
    description: 'Czech or Slovak birth number (rodné číslo) with date of birth and check digit',
    groups: GROUPS,
    finders: [
      distinct('\\d{6}/\\d{4}', 'czRodneCislo', 0.7),
      named('\\d{6}/?\\d{3,4}', 'rodné číslo|rodne cislo|rodného čísla|r.č.|rč|birth number', 'czRodneCislo', 0.3),
    ],
    examples: ['710319/2745', 'rodné číslo 7103192745', 'r.č. 531231123'],
    nearMisses: ['710319/2746', '713319/2745', '7103192745'],
  },
  {
    name: 'cz-ico',
    description: 'Czech or Slovak company or tax number, named as one',
    groups: GROUPS,
    finders: [named('\\d{8}|CZ\\d{8,10}', 'ičo|ico|dič|identifikační číslo')],
    examples: ['IČO 25123891', 'DIČ: CZ25123891'],
    nearMisses: ['25123891', 'IČO 2512389'],
  },
  {
    name: 'hu-tax-id',
    description: 'Hungarian personal tax number with check digit',
    groups: GROUPS,
    finders: [named('8\\d{9}', 'adóazonosító|adóazonosító jel|adószám|adóazonosító jele|hungarian tax', 'huTax', 0.3)],
    examples: ['adóazonosító jel: 8071592153', 'Hungarian tax ID 8071592153'],
    nearMisses: ['adóazonosító jel: 8071592154', '8071592153'],
  },
  {
    name: 'hu-taj',
    description: 'Hungarian social security number (TAJ) with check digit',
    groups: GROUPS,
    finders: [named('\\d{3}[ -]?\\d{3}[ -]?\\d{3}', 'taj|taj szám|tajszám|társadalombiztosítási', 'huTaj', 0.3)],
    examples: ['TAJ szám: 123 456 788', 'TAJ 123456788'],
    nearMisses: ['TAJ 123 456 789', '123 456 788'],
  },
  {
    name: 'ro-cnp',
    description: 'Romanian personal numerical code (CNP) with date of birth, county and check digit',
    groups: GROUPS,
    finders: [
      named('[1-9]\\d{12}', 'cnp|cod numeric personal|codul numeric personal', 'roCnp', 0.4),
      alone('[1-9]\\d{12}', 'roCnp'),
    ],
    examples: ['CNP 1630615123457', 'cod numeric personal: 1630615123457', '1630615123457'],
    nearMisses: ['CNP 1630615123458', 'ts 1630615123457'],
  },
  {
    name: 'bg-egn',
    description: 'Bulgarian personal number (EGN) with date of birth and check digit',
    groups: GROUPS,
    finders: [
      named('\\d{6} ?\\d{3} ?\\d', 'егн|egn|единен граждански номер|bulgarian id', 'bgEgn', 0.3),
      alone('\\d{10}', 'bgEgn'),
    ],
    examples: ['ЕГН 7523169263', 'EGN: 752316 926 3', '8032056031'],
    nearMisses: ['ЕГН 7523169264', 'ref 8032056031'],
  },
  {
    name: 'hr-oib',
    description: 'Croatian personal number (OIB) with check digit',
    groups: GROUPS,
    finders: [named(DIGITS[11], 'oib|osobni identifikacijski broj|croatian id', 'deTaxId', 0.3)],
    examples: ['OIB 33392005961', 'osobni identifikacijski broj: 33392005961'],
    nearMisses: ['OIB 33392005962', '33392005961'],
  },
  {
    name: 'yu-jmbg',
    description: 'Personal number (JMBG, EMŠO) of Slovenia, Serbia and other successor states, with date of birth',
    groups: GROUPS,
    finders: [named(DIGITS[13], JMBG, 'yuJmbg', 0.4), alone(DIGITS[13], 'yuJmbg')],
    examples: ['EMŠO 0101006500006', 'JMBG: 0101006500006', '0101006500006'],
    nearMisses: ['EMŠO 0101006500007', 'seq 0101006500006'],
  },
  {
    name: 'si-tax-number',
    description: 'Slovenian tax number, named as one',
    groups: GROUPS,
    finders: [named('(?:SI)?\\d{8}', 'davčna številka|davčno številko|davčna|id za ddv')],
    examples: ['davčna številka 15012557', 'ID za DDV: SI15012557'],
    nearMisses: ['15012557', 'davčna številka 1501255'],
  },
  {
    name: 'ua-rnokpp',
    description: 'Ukrainian tax number of a person (RNOKPP, IPN) with check digit',
    groups: GROUPS,
    finders: [named('\\d{10}', 'рнокпп|іпн|ипн|ідентифікаційний код|rnokpp|ukrainian tax', 'uaRnokpp', 0.3)],
    examples: ['РНОКПП 1759013776', 'ІПН: 1759013776'],
    nearMisses: ['РНОКПП 1759013775', '1759013776'],
  },
  {
    name: 'ru-inn',
    description: 'Russian tax or insurance number (INN, SNILS), named as one',
    groups: GROUPS,
    finders: [
      named('\\d{12}|\\d{10}', 'инн|inn|идентификационный номер налогоплательщика'),
      named('\\d{3}-\\d{3}-\\d{3} \\d{2}|\\d{11}', 'снилс|snils|страховой номер'),
    ],
    examples: ['ИНН 7827004526', 'СНИЛС 112-233-445 95'],
    nearMisses: ['7827004526', 'ИНН 78270045'],
  },
];
