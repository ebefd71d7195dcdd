import {type Detector, pattern} from '../detector.ts';
import {alone, DIGITS, distinct, distinctCode, named, standing} from './number-form.ts';

const GROUPS = ['pii', 'pii.asia'] as const;
/** Scripts without spaces have no word boundary where a number follows. */
const RRN = '주민등록번호|주민번호|외국인등록번호|rrn|resident registration|korean rrn|frn';

/** Numbers of persons in East and South East Asia. */
export const EAST_ASIA_DETECTORS: readonly Detector[] = [
  {
    name: 'cn-resident-id',
    description: 'Chinese resident identity number with date of birth and check digit',
    groups: GROUPS,
    finders: [distinct('[1-9]\\d{16}[0-9Xx]', 'cnResident', 0.95)],
    examples: ['11010519491231002X', '身份证号：11010519491231002x'],
    nearMisses: ['110105194912310021', '11010519491331002X'],
  },
  {
    name: 'cn-company-code',
    description: 'Chinese unified social credit code with check character',
    groups: GROUPS,
    finders: [distinctCode('[1-9A-GY][1-59]\\d{6}[0-9A-HJ-NP-RTUWXY]{10}', 'cnUscc', 0.7)],
    examples: ['91110000600037341L', '统一社会信用代码 91110000600037341L'],
    nearMisses: ['91110000600037341N', '91110000600037341'],
  },
  {
    name: 'cn-passport',
    description: 'Chinese passport or travel permit number, named as one',
    groups: GROUPS,
    finders: [
      named('(?i)[DEGPS][A-Z0-9]?\\d{7,8}|[CHMW]\\d{8}', '护照|护照号|护照号码|通行证|passport|chinese passport'),
    ],
    examples: ['护照号：E12345678', 'passport EA1234567'],
    nearMisses: ['E12345678', '护照 123'],
  },
  {
    name: 'hk-identity-card',
    description: 'Hong Kong identity card number with check digit',
    groups: GROUPS,
    finders: [
      pattern('\\b[A-Z]{1,2}\\d{6} ?\\([0-9A]\\)', {validator: 'hkId', confidence: 0.95}),
      named('(?i)[A-Z]{1,2}\\d{6}[0-9A]', 'hkid|hk id|hong kong id|hong kong identity|身份證|身份證號碼', 'hkId', 0.3),
    ],
    examples: ['A123456(3)', 'HKID a1234563'],
    nearMisses: ['A123456(4)', 'A1234563'],
  },
  {
    name: 'tw-identity-card',
    description: 'Taiwanese identity number with check digit',
    groups: GROUPS,
    finders: [
      named('(?i)[A-Z][1289A-D]\\d{8}', '身分證|身分證字號|身份證字號|統一編號|居留證|taiwan id|roc id', 'twId', 0.4),
    ],
    examples: ['身分證字號：A123456789', 'Taiwan ID A123456789'],
    nearMisses: ['身分證字號：A123456788', 'sku A123456789'],
  },
  {
    name: 'jp-my-number',
    description: 'Japanese individual number (My Number) with check digit',
    groups: GROUPS,
    finders: [named(DIGITS[12], 'マイナンバー|個人番号|my number|mynumber|individual number', 'jpMyNumber', 0.3)],
    examples: ['マイナンバー：123456789018', 'My Number 1234 5678 9018'],
    nearMisses: ['My Number 1234 5678 9017', '123456789018'],
  },
  {
    name: 'jp-corporate-number',
    description: 'Japanese corporate number with check digit',
    groups: GROUPS,
    finders: [named('\\d-?\\d{4}-?\\d{4}-?\\d{4}', '法人番号|corporate number|houjin bangou', 'jpCompany', 0.3)],
    examples: ['法人番号 5-8356-7825-6246', 'corporate number 5835678256246'],
    nearMisses: ['法人番号 2-8356-7825-6246', '5835678256246'],
  },
  {
    name: 'jp-document',
    description: 'Japanese passport, driving licence or residence card number, named as one',
    groups: GROUPS,
    finders: [
      named(
        '(?i)[A-Z]{2}\\d{7}|\\d{12}|[A-Z]{2}\\d{8}[A-Z]{2}',
        'パスポート|旅券|旅券番号|運転免許|免許証番号|在留カード',
      ),
    ],
    examples: ['旅券番号：TK1234567', '免許証番号 301234567890'],
    nearMisses: ['TK1234567', '301234567890'],
  },
  {
    name: 'kr-rrn',
    description: 'Korean resident or foreigner registration number with date of birth',
    groups: GROUPS,
    finders: [
      distinct('\\d{6}-[1-8]\\d{6}', 'krRrn', 0.7),
      named('\\d{6}-?[0-9]\\d{6}', RRN, 'krRrn', 0.3),
      alone('\\d{6}[1-8]\\d{6}', 'krRrnChecked'),
    ],
    examples: ['960121-1234567', '주민등록번호: 9601211234567', '9710131019901'],
    nearMisses: ['961321-1234567', '960121-12345678', 'ts 9601211234567'],
  },
  {
    name: 'kr-business-number',
    description: 'Korean business registration number with check digit',
    groups: GROUPS,
    finders: [
      distinct('\\d{3}-\\d{2}-\\d{5}', 'krBusiness', 0.7),
      named('\\d{10}', '사업자등록번호|사업자번호|business registration|brn', 'krBusiness', 0.3),
    ],
    examples: ['116-82-00276', '사업자등록번호 1168200276'],
    nearMisses: ['116-82-00277', '1168200276'],
  },
  {
    name: 'kr-driver-license',
    description: 'Korean driving licence number',
    groups: GROUPS,
    finders: [
      distinct('(?:1[1-9]|2[0-8])-\\d{2}-\\d{6}-\\d{2}', undefined, 0.7),
      named(
        '(?:1[1-9]|2[0-8])\\d{10}',
        "운전면허|운전면허번호|면허번호|driver license|driver's license|driving licence",
      ),
    ],
    examples: ['11-22-123456-12', '운전면허번호: 112212345612'],
    nearMisses: ['11-22-123456-1', '112212345612', '11-22-123456-123'],
  },
  {
    name: 'kr-passport',
    description: 'Korean passport number, named as one',
    groups: GROUPS,
    finders: [named('(?i)[MSROD](?:\\d{8}|\\d{3}[A-Z]\\d{4})', '여권|여권번호|passport|korean passport')],
    examples: ['여권번호 M12345678', 'Korean passport: M456B7890'],
    nearMisses: ['M12345678', 'passport M1234567'],
  },
  {
    name: 'sg-nric',
    description: 'Singaporean identity number (NRIC, FIN) with check letter',
    groups: GROUPS,
    finders: [
      distinctCode('[STFGM]\\d{7}[A-Z]', 'sgNric', 0.8),
      alone('[STFGM]\\d{7}[A-Z]'),
      named('(?i)[STFGM]\\d{7}[A-Z]', 'nric|fin|fin number|nric no|singapore id|identity card'),
    ],
    examples: ['S1234567D', 'FIN: G1122144R', 'nric s1234567d'],
    nearMisses: ['part S1234567E', 's1234567d', 'PA1234567D'],
  },
  {
    name: 'sg-uen',
    description: 'Singaporean entity number (UEN) with check letter',
    groups: GROUPS,
    finders: [standing('\\d{8,9}[A-Z]|[RST]\\d{2}[A-Z]{2}\\d{4}[A-Z]', 'sgUen')],
    examples: ['197401143C', 'UEN 00192200M', 'R16RF0037F'],
    nearMisses: ['197401143D', 'R16RF0037G'],
  },
  {
    name: 'my-nric',
    description: 'Malaysian identity card number (MyKad) with date and place of birth',
    groups: GROUPS,
    finders: [
      distinct('\\d{6}-\\d{2}-\\d{4}', 'myNric', 0.8),
      named(DIGITS[12], 'nric|mykad|my kad|ic no|ic number|kad pengenalan|no. kp|malaysian ic', 'myNric', 0.3),
    ],
    examples: ['770305-02-1234', 'MyKad 770305021234'],
    nearMisses: ['771305-02-1234', '770305-00-1234', '770305021234'],
  },
  {
    name: 'id-nik',
    description: 'Indonesian population number (NIK) with place and date of birth',
    groups: GROUPS,
    finders: [named(DIGITS[16], 'nik|ktp|no ktp|nomor induk kependudukan|e ktp|indonesian id', 'idNik', 0.3)],
    examples: ['NIK 3171011708450001', 'No. KTP: 3171015708450001'],
    nearMisses: ['NIK 3171017908450001', '3171011708450001'],
  },
  {
    name: 'id-npwp',
    description: 'Indonesian tax number (NPWP)',
    groups: GROUPS,
    finders: [
      distinct('\\d{2}\\.\\d{3}\\.\\d{3}\\.\\d-\\d{3}\\.\\d{3}', undefined, 0.9),
      named('\\d{15,16}', 'npwp|nomor pokok wajib pajak'),
    ],
    examples: ['01.312.166.0-091.000', 'NPWP 013121660091000'],
    nearMisses: ['013121660091000', '01.312.166'],
  },
  {
    name: 'th-national-id',
    description: 'Thai identity number with check digit',
    groups: GROUPS,
    finders: [
      distinct('[1-8]-\\d{4}-\\d{5}-\\d{2}-\\d', 'thId', 0.95),
      named(
        '[1-8][ -]?\\d{4}[ -]?\\d{5}[ -]?\\d{2}[ -]?\\d',
        'thai id|thai national id|บัตรประชาชน|เลขประจำตัวประชาชน|เลขบัตรประชาชน|national id',
        'thId',
        0.3,
      ),
      alone('[1-8]\\d{12}', 'thId'),
    ],
    examples: ['3-1006-00445-63-5', 'เลขบัตรประชาชน 3100600445635', '3100600445635'],
    nearMisses: ['3-1006-00445-63-6', 'ts 3100600445635'],
  },
  {
    name: 'ph-identity-number',
    description: 'Philippine tax, social security or PhilSys number, named as one',
    groups: GROUPS,
    finders: [
      named('\\d{3}-\\d{3}-\\d{3}(?:-\\d{3,5})?', 'tin|taxpayer identification|bir'),
      named('\\d{2}-\\d{7}-\\d|\\d{4}-\\d{7}-\\d|\\d{2}-\\d{9}-\\d', 'sss|umid|crn|philhealth|gsis'),
      named('\\d{4}-?\\d{4}-?\\d{4}(?:-?\\d{4})?', 'philsys|phil sys|psn|pcn|philid|pag ibig'),
    ],
    examples: ['TIN 000-123-456-000', 'SSS 34-1234567-8', 'PhilSys 1234-5678-9101'],
    nearMisses: ['000-123-456-000', '34-1234567-8'],
  },
  {
    name: 'vn-identity-card',
    description: 'Vietnamese identity card number, named as one',
    groups: GROUPS,
    finders: [named('0\\d{11}|\\d{9}', 'cccd|cmnd|căn cước|căn cước công dân|chứng minh nhân dân|số cccd')],
    examples: ['CCCD 001085012345', 'CMND: 012345678'],
    nearMisses: ['001085012345', 'CCCD 0010'],
  },
];
