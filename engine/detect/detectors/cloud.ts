import {type Detector, pattern} from '../detector.ts';

const FAKE = 'Fake0Example'.repeat(20);
const HEX = '0fa4e1dec0de'.repeat(20);
const ASSIGN = '["\']?[ \\t]{0,4}(?:=>|:=|=|:)[ \\t]{0,4}["\']?';

/** Credentials of cloud platforms. */
export const CLOUD_DETECTORS: readonly Detector[] = [
  {
    name: 'aws-access-key-id',
    description: 'AWS access key id',
    groups: ['secrets'],
    finders: [pattern('\\b(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z2-7]{16}\\b', {minEntropy: 2.5})],
    examples: ['aws_access_key_id = AKIAQWERTFAKEZXCVBNM', '{"id":"ASIAQWERTFAKEZXCVBNM"}'],
    nearMisses: ['AKIAIOSFODNN', 'AKIAAAAAAAAAAAAAAAAA', 'xAKIAQWERTFAKEZXCVBNMx'],
  },
  {
    name: 'aws-secret-key',
    description: 'AWS secret access key or session token, named as one',
    groups: ['secrets'],
    finders: [
      pattern(
        `(?i)(?:secret_?-?access_?-?key|aws_?-?secret(?:_?-?key)?|secretkey)${ASSIGN}(?P<mask>[a-z0-9/+]{40})\\b`,
        {minEntropy: 3.5},
      ),
      pattern(`(?i)(?:aws_?-?)?session_?-?token${ASSIGN}(?P<mask>[a-z0-9/+]{80,}={0,2})`, {minEntropy: 3.5}),
    ],
    examples: [
      `aws_secret_access_key=${'wJa1rXUtn/Fake7MDEN+bPxRfi9EXAMPLEKEYzz42'.slice(0, 40)}`,
      `"SecretAccessKey": "${'wJa1rXUtn/Fake7MDEN+bPxRfi9EXAMPLEKEYzz42'.slice(0, 40)}"`,
    ],
    nearMisses: ['aws_secret_access_key=${AWS_SECRET}', `secretkey=${'a'.repeat(40)}`],
  },
  {
    name: 'azure-key',
    description: 'Azure storage or service bus key, or client secret',
    groups: ['secrets'],
    finders: [
      pattern('(?i)(?:account|access|shared_?access)_?key=(?P<mask>[a-z0-9+/]{43,87}={1,2})'),
      pattern('\\b[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}'),
      pattern('[?&]sig=(?P<mask>[A-Za-z0-9%]{43,63}%3[Dd])'),
    ],
    examples: [`AccountName=fake;AccountKey=${FAKE.slice(0, 86)}==;`, `abc8Q~${FAKE.slice(0, 34)}`],
    nearMisses: ['AccountKey=<your key>', 'abcdQ~short'],
  },
  {
    name: 'google-key',
    description: 'Google API key, OAuth client secret or access token',
    groups: ['secrets'],
    finders: [
      pattern('\\bAIza[A-Za-z0-9_-]{35}', {minEntropy: 3}),
      pattern('\\bGOCSPX-[A-Za-z0-9_-]{28}'),
      pattern('\\bya29\\.[A-Za-z0-9_-]{30,}'),
    ],
    examples: [`AIza${FAKE.slice(0, 35)}`, `GOCSPX-${FAKE.slice(0, 28)}`, `ya29.${FAKE.slice(0, 60)}`],
    nearMisses: ['AIzaShort', `AIza${'x'.repeat(35)}`],
  },
  {
    name: 'cloud-token',
    description: 'Token of Cloudflare, DigitalOcean, Heroku, Fly.io or Alibaba Cloud',
    groups: ['secrets'],
    finders: [
      pattern('\\bv1\\.0-[a-f0-9]{24}-[a-f0-9]{146}\\b'),
      pattern('\\bdo[opr]_v1_[a-f0-9]{64}\\b'),
      pattern('\\bHRKU-[A-Za-z0-9_-]{36,60}'),
      pattern('\\b(?:FlyV1 )?fm[12][ar]?_[A-Za-z0-9+/=,_-]{100,}'),
      pattern('\\bLTAI[A-Za-z0-9]{20}\\b', {minEntropy: 2.5}),
    ],
    examples: [
      `v1.0-${HEX.slice(0, 24)}-${HEX.slice(0, 146)}`,
      `dop_v1_${HEX.slice(0, 64)}`,
      `HRKU-${FAKE.slice(0, 60)}`,
      `fm2_${FAKE.slice(0, 120)}`,
      `LTAI${FAKE.slice(0, 20)}`,
    ],
    nearMisses: ['v1.0-beta', 'dop_v1_readme', 'LTAIR'],
  },
];
