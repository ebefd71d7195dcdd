import {type Detector, pattern} from '../detector.ts';

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d{2}|[1-9]?\\d)';

/** What identifies a person or the person's machine. */
export const PERSONAL_DETECTORS: readonly Detector[] = [
  {
    name: 'email',
    description: 'E-mail address',
    groups: ['pii'],
    finders: [
      pattern(
        '\\b[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.){1,8}[A-Za-z]{2,24}\\b',
        {validator: 'email'},
      ),
    ],
    examples: ['write to jane.doe@example.com.', '<a+b@mail.example.co.uk>'],
    nearMisses: ['git@github.com:org/repo', 'icon@2x.png', 'lodash@4.17.21', '@types/node', 'user@localhost'],
  },
  {
    name: 'phone-number',
    description: 'Telephone number in international form, or US number with separators',
    groups: ['pii'],
    finders: [
      pattern('(?:^|[^\\w+.-])(?P<mask>\\+[1-9]\\d{0,2}(?:[ .-]?\\(?\\d{1,5}\\)?){2,6})\\b', {validator: 'phone'}),
      pattern('(?:^|[^\\w.+-])(?P<mask>(?:1[ .-])?\\([2-9]\\d{2}\\) ?[2-9]\\d{2}[ .-]\\d{4})\\b'),
      pattern('(?:^|[^\\w.+/-])(?P<mask>(?:1[.-])?[2-9]\\d{2}[.-][2-9]\\d{2}[.-]\\d{4})(?:$|[^\\w.-]|[.](?:$|\\s))'),
    ],
    examples: ['call +49 30 901820 today', '(415) 555-0132', 'tel 415-555-0132.'],
    nearMisses: ['+1234', '2024-10-2024', '127.0.0.1', '415-555-01321', 'diff +12 -34'],
  },
  {
    name: 'us-ssn',
    description: 'US social security number',
    groups: ['pii'],
    finders: [
      pattern('(?:^|[^\\w.-])(?P<mask>\\d{3}-\\d{2}-\\d{4})(?:$|[^\\w-])', {validator: 'ssn'}),
      pattern('(?:^|[^\\w.-])(?P<mask>\\d{3} \\d{2} \\d{4})(?:$|[^\\w-])', {validator: 'ssn'}),
      pattern('(?i)\\b(?:ssn|social security(?: (?:number|no\\.?|#))?)(?: is|:|=|#)? ?(?P<mask>\\d{9})\\b', {
        validator: 'ssn',
      }),
    ],
    examples: ['SSN 536-90-4399', 'ssn: 536904399'],
    nearMisses: ['000-12-3456', '666-12-3456', '536-00-4399', '2024-10-20-1234', '1536-90-4399'],
  },
  {
    name: 'uk-nino',
    description: 'UK national insurance number',
    groups: ['pii'],
    finders: [pattern('\\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\\d{2} ?\\d{2} ?\\d{2} ?[A-D]\\b', {validator: 'nino'})],
    examples: ['NI number AA 12 34 56 C', 'JG103759A'],
    nearMisses: ['GB123456A', 'AA12345678', 'QQ123456C'],
  },
  {
    name: 'ip-address',
    description: 'IPv4 or IPv6 address, other than loopback and unspecified ones',
    groups: ['pii'],
    finders: [
      pattern(`(?:^|[^\\w.])(?P<mask>(?:${OCTET}\\.){3}${OCTET})(?:$|[^\\w.]|\\.(?:$|\\s))`, {validator: 'ipv4'}),
      pattern('(?:^|[^\\w:.])(?P<mask>(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4})(?:$|[^\\w:])', {validator: 'ipv6'}),
    ],
    examples: ['from 203.0.113.7:443', 'host 2001:db8::8a2e:370:7334 up', 'at 198.51.100.23.'],
    nearMisses: ['127.0.0.1', '1.2.3.4.5', '10.0.0', '256.1.1.1', '12:34:56', 'std::vector', '0.0.0.0'],
  },
  {
    name: 'mac-address',
    description: 'Hardware address of a network card',
    groups: ['pii'],
    finders: [
      pattern('(?:^|[^\\w:-])(?P<mask>[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5})(?:$|[^\\w:-])', {validator: 'mac'}),
      pattern('(?:^|[^\\w:-])(?P<mask>[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5})(?:$|[^\\w:-])', {validator: 'mac'}),
    ],
    examples: ['00:1B:44:11:3A:B7', 'if en0 00-1b-44-11-3a-b7 up'],
    nearMisses: ['00:1B:44:11:3A', '00:1B:44:11:3A:B7:FF', '00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff'],
  },
  {
    name: 'date-of-birth',
    description: 'Date that is named as a date of birth',
    groups: ['pii'],
    finders: [
      pattern(
        '(?i)\\b(?:dob|d\\.o\\.b\\.|date of birth|birth ?date|born(?: on)?|geboren am|geburtsdatum)["\']?[ \\t]{0,3}[:=]?' +
          '[ \\t]{0,3}["\']?(?P<mask>\\d{4}-\\d{2}-\\d{2}|\\d{1,2}[./-]\\d{1,2}[./-](?:19|20)?\\d{2})\\b',
      ),
    ],
    examples: ['DOB: 1984-03-12', 'born on 12/03/1984', '"birthdate": "1984-03-12"'],
    nearMisses: ['released 1984-03-12', 'date: 12/03/1984', 'born in 1984'],
  },
];
