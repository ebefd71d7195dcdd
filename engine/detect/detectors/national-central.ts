import type {Detector} from '../detector.ts';
import {alone, distinct, distinctCode, named} from './number-form.ts';

const GROUPS = ['pii', 'pii.eu'] as const;
const TAX_ID = 'steuer id|steueridentifikationsnummer|steuerliche identifikationsnummer|idnr|id nr|tin|tax id';
const TAX_NUMBER = 'steuernummer|steuernr|st nr|st.-nr|steuer nr|finanzamt|elster';
const IDENTITY = 'personalausweis|ausweis|ausweisnummer|perso|identity card|id card|dokumentennummer';
const PASSPORT = 'reisepass|reisepassnummer|pass nr|passnummer|passport|passeport';
const PENSION = 'rentenversicherungsnummer|sozialversicherungsnummer|rvnr|sv nummer|versicherungsnummer';
const HEALTH = 'kvnr|krankenversichertennummer|versichertennummer|krankenkasse|gesundheitskarte';

/** Numbers of persons in Germany, Austria and Switzerland. */
export const CENTRAL_DETECTORS: readonly Detector[] = [
  {
    name: 'de-tax-id',
    description: 'German tax identification number (Steuer-ID) with check digit',
    groups: GROUPS,
    finders: [
      named('[1-9]\\d ?\\d{3} ?\\d{3} ?\\d{3}', TAX_ID, 'deTaxId', 0.3),
      distinct('[1-9]\\d \\d{3} \\d{3} \\d{3}', 'deTaxIdIssued', 0.6),
      alone('[1-9]\\d{10}', 'deTaxIdIssued'),
    ],
    examples: ['Steuer-ID: 36574261809', '36 574 261 809', 'IdNr. 98765432106', '36574261809'],
    nearMisses: ['Steuer-ID: 36574261890', '36 574 261 890', 'sum 36574261809', '02345678901'],
  },
  {
    name: 'de-tax-number',
    description: 'German tax number of a tax office (Steuernummer), named as one or written with slashes',
    groups: GROUPS,
    finders: [
      named('\\d{2,3}[/ ]?\\d{3,4}[/ ]?\\d{4,5}', TAX_NUMBER),
      named('(?:0[1-9]|1[0-6])\\d{11}|\\d{4}0\\d{8}', TAX_NUMBER),
      distinct('\\d{3}/\\d{3,4}/\\d{4,5}', undefined, 0.5),
    ],
    examples: ['Steuernummer: 0981508150999', 'St.-Nr. 123/456/78901', '93/815/08152 Steuernr. 93/815/08152'],
    nearMisses: ['0981508150999', '12/34/5678', '2024/10/20'],
  },
  {
    name: 'de-identity-card',
    description: 'German identity card number, named as one or with its check digit',
    groups: GROUPS,
    finders: [
      named('(?i)[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{7}\\d\\d?', IDENTITY),
      distinctCode('[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}\\dD<{0,2}\\d{7}', undefined, 0.7),
    ],
    examples: ['Personalausweis: L01X00T44', 'Ausweis Nr. T22000129', 'L01X00T471D<<8308126'],
    nearMisses: ['L01X00T44', 'Ausweis A01X00T44', 'T22000129 Teile'],
  },
  {
    name: 'de-passport',
    description: 'German passport number, named as one',
    groups: GROUPS,
    finders: [named('(?i)[CFGHJK][0-9CFGHJKLMNPRTVWXYZ]{7}\\d\\d?', PASSPORT)],
    examples: ['Reisepass C01X00T47', 'Pass-Nr.: F12345671'],
    nearMisses: ['C01X00T47', 'Reisepass 901234567'],
  },
  {
    name: 'de-driver-licence',
    description: 'German driving licence number, named as one',
    groups: GROUPS,
    finders: [named('(?i)[A-Z0-9]{2}[0-9]{2}[A-Z0-9]{6}[A-Z0-9]', 'führerschein|führerscheinnummer|fahrerlaubnis')],
    examples: ['Führerschein B072RRE2I55', 'Führerscheinnummer: BO12345678A'],
    nearMisses: ['B072RRE2I55', 'Führerschein B072RRE2I5'],
  },
  {
    name: 'de-pension-number',
    description: 'German pension insurance number (Sozialversicherungsnummer) with date of birth and check digit',
    groups: GROUPS,
    finders: [
      distinctCode('\\d{2} ?\\d{6} ?[A-Z] ?\\d{3}', 'dePension'),
      named('(?i)\\d{2} ?\\d{6} ?[A-Z] ?\\d{3}', PENSION),
    ],
    examples: ['15070649C103', 'RVNR 15 070649 C 103', 'Sozialversicherungsnummer 65070803A019'],
    nearMisses: ['15070649C104', '15071349C103', '15070649C10'],
  },
  {
    name: 'de-health-insurance',
    description: 'German health insurance number (KVNR) with check digit',
    groups: GROUPS,
    finders: [named('(?i)[A-Z]\\d{9}', HEALTH, 'deKvnr', 0.4), alone('[A-Za-z]\\d{9}', 'deKvnr')],
    examples: ['KVNR A123456780', 'Versichertennummer: a123456780', 'A123456780'],
    nearMisses: ['KVNR A123456781', 'item A123456780'],
  },
  {
    name: 'de-physician-number',
    description: 'German physician or practice number (LANR, BSNR), named as one',
    groups: GROUPS,
    finders: [
      named('\\d{9}', 'lanr|arztnummer|lebenslange arztnummer', 'deLanr'),
      named('\\d{9}', 'bsnr|betriebsstättennummer|betriebsstätte'),
    ],
    examples: ['LANR 123456601', 'Arztnummer 987654401', 'BSNR: 021234568'],
    nearMisses: ['LANR 123456701', '123456601'],
  },
  {
    name: 'de-commercial-register',
    description: 'Entry in the German commercial register',
    groups: GROUPS,
    finders: [distinctCode('HR[AB] ?\\d{2,6}(?: ?[A-Z]{1,2})?', undefined, 0.6)],
    examples: ['HRB 123456', 'Amtsgericht Berlin, HRA 12345 B'],
    nearMisses: ['HRB 1234567', 'HRC 12345'],
  },
  {
    name: 'at-svnr',
    description: 'Austrian social insurance number with date of birth and check digit',
    groups: GROUPS,
    finders: [
      named('[1-9]\\d{3} ?\\d{6}', `${PENSION}|svnr|sv nr|e card|svnummer`, 'atSvnr', 0.4),
      alone('[1-9]\\d{3} ?\\d{6}', 'atSvnr'),
    ],
    examples: ['SVNR 1237 010180', 'Versicherungsnummer: 1237010180', '1237 010180'],
    nearMisses: ['SVNR 1238 010180', 'Artikel 1237010180'],
  },
  {
    name: 'at-tax-number',
    description: 'Austrian tax number, named as one',
    groups: GROUPS,
    finders: [named('\\d{2}[ -]?\\d{3}/?\\d{4}', 'abgabenkontonummer|steuernummer|steuernr|st nr')],
    examples: ['Steuernummer 12-345/6789', 'Abgabenkontonummer: 123456789'],
    nearMisses: ['12-345/6789', '123456789'],
  },
  {
    name: 'ch-ahv',
    description: 'Swiss social insurance number (AHV, AVS) with check digit',
    groups: GROUPS,
    finders: [distinct('756[. ]\\d{4}[. ]\\d{4}[. ]\\d{2}', 'chAhv', 0.95), distinct('756\\d{10}', 'chAhv', 0.6)],
    examples: ['756.9217.0769.85', 'AHV 7569217076985'],
    nearMisses: ['756.9217.0769.84', '757.9217.0769.85'],
  },
  {
    name: 'ch-uid',
    description: 'Swiss business number (UID) with check digit',
    groups: GROUPS,
    finders: [distinctCode('CHE-?\\d{3}[. ]?\\d{3}[. ]?\\d{3}(?: ?(?:MWST|TVA|IVA))?', 'chUid', 0.95)],
    examples: ['CHE-100.155.212', 'CHE100155212 MWST'],
    nearMisses: ['CHE-100.155.213', 'CHE-100.155'],
  },
];
