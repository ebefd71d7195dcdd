import {type Detector, pattern} from '../detector.ts';

const NAMES =
  'phone|tele?phone|tel|mobile|cell ?phone|cell(?:ular)?|fax|whats ?app|handy|telefon|mobil|telefonnummer|handynummer|' +
  't[ée]l[ée]phone|portable|tel[ée]fono|m[óo]vil|celular|telem[óo]vel|telefone|cellulare|telefoon|gsm|puhelin|' +
  'telepono|numaram|call me (?:at|on)|call|text me (?:at|on)|reach me (?:at|on)|dial|' +
  'телефон|тел|τηλέφωνο|電話|电话|手机|手機|전화|휴대폰|טלפון|هاتف|फ़ोन';
const DIGIT_GROUPS = '\\(?\\+?\\d{1,5}\\)?(?:[ ()./-]{0,2}\\d{1,5}\\)?){1,7}';
const BEFORE = '(?:^|[^\\w+.-])';
const BEHIND = '(?:$|[^\\w-])';

/** Telephone numbers. */
export const PHONE_DETECTORS: readonly Detector[] = [
  {
    name: 'phone-number',
    description: 'Telephone number in international form, in a national form with separators, or named as one',
    groups: ['pii'],
    finders: [
      pattern(`${BEFORE}(?P<mask>\\+[1-9]\\d{0,2}(?:[ ./-]?(?:\\(\\d{1,5}\\)|\\d{1,12})){1,6})\\b`, {
        validator: 'phoneInternational',
      }),
      // Not in groups of four, as accounts are.
      pattern(`${BEFORE}(?P<mask>00[1-9]\\d{0,2}[ ./-](?:\\(\\d{1,4}\\)|\\d{1,3})(?:[ ./-]\\d{2,9}){1,5})\\b`, {
        validator: 'phoneInternational',
        confidence: 0.6,
      }),
      // North America.
      pattern('(?:^|[^\\w.+-])(?P<mask>(?:1[ .-])?\\([2-9]\\d{2}\\) ?[2-9]\\d{2}[ .-]\\d{4})\\b'),
      pattern('(?:^|[^\\w.+/-])(?P<mask>(?:1[.-])?[2-9]\\d{2}[.-][2-9]\\d{2}[.-]\\d{4})(?:$|[^\\w.-]|[.](?:$|\\s))'),
      // With the prefix of a national call: Asia and Turkey, the United Kingdom, France, Israel, Germany, Australia.
      pattern(
        `${BEFORE}(?P<mask>0[1-9]\\d{0,2}-\\d{3,4}-\\d{4}|0[1-9]\\d{2}[ -]\\d{3}[ -]\\d{2}[ -]?\\d{2}|0[ -][1-9]\\d{2}[ -]\\d{3}[ -]\\d{2}[ -]?\\d{2}|` +
          `0[1-9]\\d{3} \\d{6}|0[2-9]\\d \\d{4} \\d{4}|0[1-9](?:[ .-]\\d{2}){4}|0[1-9]\\d?-\\d{7}|0[1-9]\\d?-\\d{4} \\d{4}|0[1-9]\\d{1,4}/\\d{5,8}|\\(0[1-9]\\d{0,3}\\) ?\\d{3,4}[ -]?\\d{3,4})${BEHIND}`,
        {validator: 'phone', confidence: 0.6},
      ),
      pattern('^\\s{0,2}(?P<mask>0(?:[67]\\d{8}|[579]\\d{9})|1[3-9]\\d{9})[.\\s]{0,2}$', {
        validator: 'phone',
        confidence: 0.6,
      }),
      pattern(
        `(?i)(?:^|[^\\w])(?:${NAMES})(?:[^0-9(+\\w]|[ _-](?:number|no|nr|n°|#|numbers?))[^0-9(+]{0,12}(?P<mask>${DIGIT_GROUPS})(?:$|[^\\w])`,
        {
          validator: 'phone',
        },
      ),
      pattern('(?:^|[^\\w.-])(?P<mask>1[3-9]\\d{9}|0\\d{9,10})(?:$|[^\\w-])', {
        validator: 'phone',
        confidence: 0.2,
        context: {
          raise: ['number is', 'my number', 'sms', 'otp', 'caller', 'subscriber', 'msisdn', 'numéro', 'nummer'],
        },
      }),
    ],
    examples: [
      'call +49 30 901820 today',
      '(415) 555-0132',
      'tel 415-555-0132.',
      '+63 (917) 123 4567',
      'Phone:\n60-59-90-74',
      'Telefon: 030/901820',
      '020 7946 0958',
      '090-1234-5678',
      '电话：13812345678',
    ],
    nearMisses: [
      '+1234',
      '2024-10-2024',
      '127.0.0.1',
      '415-555-01321',
      'diff +12 -34',
      '01-02-2024',
      'phone 2024-10-20',
      '13812345678901',
    ],
  },
];
