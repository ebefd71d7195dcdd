import {type Detector, pattern} from '../detector.ts';
import {DIGITS, named, standing} from './number-form.ts';

const MONTH =
  '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|janv|févr|mars|avr|juin|juil|août|déc|ene|abr|ago|dic)[a-zéû]{0,7}';
const DATE =
  '\\d{4}[-./]\\d{1,2}[-./]\\d{1,2}|\\d{1,2}[./ -]\\d{1,2}[./ -](?:19|20)?\\d{2}|' +
  `\\d{1,2}(?:st|nd|rd|th|er|º|\\.)?(?: of| de)?[ -]${MONTH}\\.?(?: de)?,?[ -](?:19|20)\\d{2}|${MONTH}\\.? \\d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\\d{2}|` +
  '(?:19|20)\\d{2}年\\d{1,2}月\\d{1,2}日?';
const BORN =
  'dob|d\\.o\\.b\\.?|date[ _-]?of[ _-]?birth|birth[ _-]?da(?:te|y)|born|geboren|geb\\.|geburts(?:datum|tag)|date de naissance|' +
  'née?(?: le)?|fecha de nacimiento|nacid[oa]|data de nascimento|nascid[oa]|data di nascita|nat[oa] il|geboortedatum|' +
  'data urodzenia|urodzon[ya]|fødselsdato|födelsedatum|syntymäaika|datum narození|doğum tarihi|дата рождения|生年月日|出生日期|생년월일';

/** What identifies a person whatever the country. */
export const PERSONAL_DETECTORS: readonly Detector[] = [
  {
    name: 'date-of-birth',
    description: 'Date that is named as a date of birth',
    groups: ['pii'],
    finders: [pattern(`(?i)(?:^|[^\\w])(?:${BORN})[^0-9a-z][^0-9\\n]{0,12}?(?P<mask>${DATE})(?:$|[^\\w])`)],
    examples: [
      'DOB: 1984-03-12',
      'born on 12/03/1984',
      '"birthdate": "1984-03-12"',
      'Geburtsdatum: 12. März 1984',
      'née le 12/03/1984',
      "date of birth. It's March 12, 1984",
    ],
    nearMisses: ['released 1984-03-12', 'date: 12/03/1984', 'born in 1984'],
  },
  {
    name: 'passport-number',
    description: 'Passport number of any country, named as one, or the machine-readable line of a passport',
    groups: ['pii'],
    finders: [
      named(
        '(?i)(?:[A-Z]{2,3}\\d{6,7}|[A-Z]\\d{7,8}|\\d{8,9})[A-Z]{0,2}',
        'passport|passport number|passport no|reisepass|reisepassnummer|passeport|pasaporte|passaporto|passaporte|paspoort|paszport|pasaport|paspor|passnummer|pas č|паспорт|паспорта',
        'reference',
      ),
      pattern('\\bP[A-Z<][A-Z]{3}[A-Z<]{39}', {confidence: 0.95}),
      pattern('\\b[A-Z0-9<]{9}\\d[A-Z]{3}\\d{7}[MFX<]\\d{7}[A-Z0-9<]{14}\\d{2}', {confidence: 0.95}),
    ],
    examples: ['passport no. X1234567', 'Pasaport: U12345678', `P<UTOERIKSSON<<ANNA<MARIA${'<'.repeat(19)}`],
    nearMisses: ['X1234567', 'passport 12', 'PASSPORT HOLDER'],
  },
  {
    name: 'license-plate',
    description: 'Number plate of a vehicle, named as one',
    groups: ['pii'],
    finders: [
      named(
        '[A-ZÄÖÜ]{1,3}[ -][A-Z]{1,2}[ -]?\\d{1,4}[EH]?|[A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,4}[ -][A-Z0-9]{2,4}|[A-Z]{2,3}[ -]?\\d{2,4}[ -]?[A-Z]{0,3}|\\d{1,4}[ -]?[A-Z]{2,3}[ -]?\\d{0,4}',
        "license plate|licence plate|number plate|plate|plate number|plates|kennzeichen|nummernschild|plaque|plaque d'immatriculation|immatriculation|matrícula|targa|kenteken|placa|tablica rejestracyjna|registreringsnummer|rekisterinumero|spz|rendszám",
        'plate',
      ),
      pattern(
        '^\\s{0,2}(?P<mask>(?:[A-ZÄÖÜ]{1,3}[ -][A-Z]{1,2}[ -]?\\d{1,4}[EH]?|(?:0[1-9]|[1-7]\\d|8[01]) [A-PR-VYZ]{1,3} \\d{2,4}))\\s{0,2}$',
        {
          validator: 'plate',
          confidence: 0.5,
        },
      ),
    ],
    examples: ['Kennzeichen: HH-AB-1234', 'license plate 7ABC 123', 'plaque AB-123-CD', 'B AB 1234'],
    nearMisses: ['the plate is ON THE TABLE', 'SHA-A-1 hash', 'plate 12'],
  },
  {
    name: 'vehicle-id',
    description: 'Vehicle identification number (VIN)',
    groups: ['pii'],
    finders: [
      standing('[A-HJ-NPR-Z0-9]{13}\\d{4}', 'vin', 0.5),
      named(
        '(?i)[A-HJ-NPR-Z0-9]{13}\\d{4}',
        'vin|chassis|chassis number|vehicle identification|fahrgestellnummer|fin|numéro de série|telaio|bastidor',
        'reference',
      ),
    ],
    examples: ['1M8GDM9AXKP042788', 'Fahrgestellnummer WVWZZZ1JZ3W386752'],
    nearMisses: ['1M8GDM9A1KP042788', 'WVWZZZ1JZ3W386752', 'AAAAAAAAAAAAAAAAA'],
  },
  {
    name: 'device-id',
    description: 'Number of a telephone or SIM card (IMEI, IMSI, ICCID), named as one',
    groups: ['pii', 'network'],
    finders: [
      named('\\d{2}-?\\d{6}-?\\d{6}-?\\d', 'imei|imei number|imei 1|imei1|imei2', 'luhnNumber', 0.3),
      named('89\\d{16,18}', 'iccid|sim card|sim number', 'reference', 0.3),
      named(DIGITS[15], 'imsi', 'reference', 0.3),
    ],
    examples: ['IMEI 490154203237518', 'ICCID: 89014103211118510720', 'IMSI 310150123456789'],
    nearMisses: ['IMEI 490154203237519', '490154203237518'],
  },
  {
    name: 'medical-record-number',
    description: 'Number of a patient or of an insured person, named as one',
    groups: ['pii'],
    finders: [
      named(
        '(?i)[A-Z]{0,4}-?\\d{5,12}',
        'mrn|medical record|medical record number|patient id|patient number|member id|policy number|policy no|health plan|patientennummer|numéro de patient|medical record no',
        'reference',
      ),
    ],
    examples: ['MRN: 00456789', 'patient ID P-1234567', 'member id XYZ123456789'],
    nearMisses: ['00456789', 'MRN 123', 'patient number 2024-10-20'],
  },
  {
    name: 'postal-code',
    description: 'Postal code, named as one',
    groups: ['pii'],
    finders: [
      named(
        '\\d{5}(?:-\\d{4})?|\\d{3} \\d{2}|\\d{3}-\\d{4}|\\d{4,6}',
        'zip code|zipcode|postal code|plz|postleitzahl|code postal|código postal|postnummer|postcode|irányítószám',
      ),
      pattern('\\b\\d{5}(?:-\\d{4})?\\b', {confidence: 0.2, context: {raise: ['zip'], within: 8}}),
    ],
    examples: ['zip code 94103', 'PLZ: 10115', '"zip": "94103-1234"'],
    nearMisses: ['94103', 'zip 12', 'zip archive of 20000 files'],
  },
  {
    name: 'driver-license',
    description: 'Driving licence number of any country, named as one',
    groups: ['pii'],
    finders: [
      named(
        '(?i)[A-Z]{0,3}\\d[0-9A-Z]{5,15}',
        'permis de conduire|permiso de conducir|licencia de conducir|carteira de motorista|carta de condução|rijbewijs|rijbewijsnummer|prawo jazdy|körkort|førerkort|kørekort|ajokortti|řidičský průkaz|ehliyet|водительское удостоверение|driving licence|driver licence',
        'reference',
      ),
    ],
    examples: ['permis de conduire 12AB34567', 'rijbewijsnummer: 5123456789'],
    nearMisses: ['12AB34567', 'permis de conduire 2024'],
  },
];
