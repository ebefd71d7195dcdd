import {type Detector, pattern} from '../detector.ts';

const FAKE = 'Fake0Example'.repeat(20);

/** Between the lines of a key block: line ends as they are or escaped, quotes and signs of a listing. */
const SEPARATOR = '(?:\\s|\\\\+[nrt]|["\'`+,;|>*#-]|\\\\)*';
const KEY_BLOCK =
  '-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----' +
  `(?:${SEPARATOR}(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): ?[^\\n\\\\]{0,100})*` +
  `(?:${SEPARATOR}[A-Za-z0-9+/=]{16,})+` +
  `(?:(?:${SEPARATOR}[A-Za-z0-9+/=]{1,15}){0,2}${SEPARATOR}-----END[ A-Z0-9]{0,40}-----)?`;

const ASSIGN =
  '["\'`\\]]{0,2}(?:[ \\t]{1,3}(?:string|str))?[ \\t]{0,4}(?:(?:=>|[?.+|]=|:{0,3}=|==|:|,)[ \\t]{0,4}|>\\s{0,8})' +
  '(?:\\\\?["\'`]){0,3}';
/** What closes a value: never part of it, so that quotes and brackets stay. */
const CLOSED = '(?:["\'`\\s,;)\\]}<&|\\\\]|$)';
const KEY_NAMES =
  'api[_.-]?key|api[_.-]?secret|app[_.-]?(?:key|secret)|auth[_.-]?(?:key|token)|access[_.-]?(?:key|token)|' +
  'refresh[_.-]?token|bearer[_.-]?token|client[_.-]?secret|consumer[_.-]?(?:key|secret)|secret[_.-]?(?:key|token)|' +
  'private[_.-]?key|encryption[_.-]?key|signing[_.-]?(?:key|secret)|webhook[_.-]?secret|credentials?|secret|token|apikey';

/** Credentials that no single vendor names. */
export const CREDENTIAL_DETECTORS: readonly Detector[] = [
  {
    name: 'private-key',
    description: 'Private key block (PEM, OpenSSH, PGP), also cut off or escaped, or an age secret key',
    groups: ['secrets'],
    finders: [pattern(KEY_BLOCK), pattern('\\bAGE-SECRET-KEY-1[A-Z0-9]{58}\\b')],
    examples: [
      `-----BEGIN RSA PRIVATE KEY-----\n${FAKE.slice(0, 64)}\n${FAKE.slice(0, 64)}\n${FAKE.slice(0, 9)}==\n-----END RSA PRIVATE KEY-----\n`,
      `{"key":"-----BEGIN PRIVATE KEY-----\\n${FAKE.slice(0, 64)}\\n-----END PRIVATE KEY-----\\n"}`,
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${FAKE.slice(0, 70)}`,
      `AGE-SECRET-KEY-1${'FAKE0EXAMPLE'.repeat(5).slice(0, 58)}`,
    ],
    nearMisses: [
      `-----BEGIN PUBLIC KEY-----\n${FAKE.slice(0, 64)}\n-----END PUBLIC KEY-----`,
      'A file starts with -----BEGIN PRIVATE KEY----- and ends with -----END PRIVATE KEY-----.',
    ],
  },
  {
    name: 'jwt',
    description: 'JSON web token, signed or not',
    groups: ['secrets'],
    finders: [pattern('\\beyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]*')],
    examples: [`eyJ${FAKE.slice(0, 33)}.eyJ${FAKE.slice(0, 60)}.${FAKE.slice(0, 43)}`],
    nearMisses: ['eyJhbGciOiJub25lIn0', 'eye.eye.eye'],
  },
  {
    name: 'connection-string',
    description: 'Password within a URL, or within a database connection string',
    groups: ['secrets'],
    finders: [
      pattern(
        '\\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\\s:@/?#"\'<>]{0,100}:(?P<mask>[^\\s@/"\'<>]{3,200})@[A-Za-z0-9\\[]',
        {
          validator: 'notPlaceholder',
        },
      ),
      pattern('(?i)\\b(?:password|pwd)=(?P<mask>[^\\s;"\'<>&]{3,200});', {validator: 'notPlaceholder'}),
    ],
    examples: [
      'postgres://app:fake-pass-1@db.internal:5432/app',
      'redis://:fakepass@cache:6379/0',
      'Server=db;User Id=app;Password=Fake-Pass-1;',
    ],
    nearMisses: [
      'postgres://db.internal:5432/app',
      'https://example.com:8080/a@b',
      'postgres://user:${PASSWORD}@db/app',
      'mysql://user:<password>@db/app',
    ],
  },
  {
    name: 'authorization-header',
    description: 'Bearer, Basic or token credentials of an HTTP authorization header',
    groups: ['secrets'],
    finders: [
      pattern(
        '(?i)authorization["\']?\\s{0,3}[:=]\\s{0,3}["\'`]?(?:bearer|basic|token)[ \\t]{1,3}(?P<mask>[a-z0-9._~+/=-]{8,})',
        {validator: 'notPlaceholder'},
      ),
      pattern('(?i)\\bbearer[ \\t]{1,3}(?P<mask>[a-z0-9._~+/-]{16,}={0,2})', {validator: 'mixed', minEntropy: 3}),
      pattern('(?i)\\bx-api-key["\']?\\s{0,3}[:=]\\s{0,3}["\'`]?(?P<mask>[a-z0-9._~+/=-]{8,})', {validator: 'mixed'}),
    ],
    examples: [
      'Authorization: Basic ZmFrZTpleGFtcGxl',
      `curl -H "Authorization: Bearer ${FAKE.slice(0, 40)}"`,
      `bearer ${FAKE.slice(0, 30)}`,
      'x-api-key: fake-key-0123',
    ],
    nearMisses: [
      'Authorization: Bearer <token>',
      'the bearer authentication-mechanism is used',
      'Authorization: Bearer $TOKEN',
    ],
  },
  {
    name: 'generic-secret',
    description: 'A value of high entropy that is assigned to a name such as api_key, secret or token',
    groups: ['secrets'],
    finders: [
      pattern(`(?i)(?:${KEY_NAMES})[a-z0-9_.-]{0,20}${ASSIGN}(?P<mask>[a-z0-9_.=/+~@!%^*-]{10,512})${CLOSED}`, {
        validator: 'secretValue',
        minEntropy: 3,
      }),
      pattern(`(?i)[?&](?:${KEY_NAMES}|sig|signature)=(?P<mask>[a-z0-9_.~%+/-]{10,512})`, {
        validator: 'secretValue',
        minEntropy: 3,
      }),
    ],
    examples: [
      'api_key=8f3kFake0Example92',
      '"client_secret": "q9Fake7-Example3zz",',
      'https://example.com/v1?access_token=9f8e7dFake6c5b4a&x=1',
    ],
    nearMisses: [
      'token = getAccessToken2(request)',
      'api_key=YOUR_API_KEY_1234',
      'secret: ${{ secrets.DEPLOY_TOKEN_2 }}',
      'tokens: 1234567890',
      'const token = process.env.API_TOKEN_1;',
    ],
  },
  {
    name: 'password',
    description: 'A value that is assigned to a name such as password or passphrase',
    groups: ['secrets'],
    finders: [
      pattern(
        `(?i)(?:password|passwd|passphrase|passwort|kennwort)[a-z0-9_]{0,12}${ASSIGN}(?P<mask>[^\\s"'\`,;<>(){}\\[\\]\\\\&|]{6,200})${CLOSED}`,
        {
          validator: 'passwordValue',
        },
      ),
      pattern('(?i)\\bpassword is:? ["\'`]?(?P<mask>[^\\s"\'`,;<>(){}\\[\\]\\\\]{6,100})', {
        validator: 'passwordValue',
      }),
    ],
    examples: ['password=hunter2-fake', 'DB_PASSWORD: "Fake!Pass9"', 'the password is Fake-Pass-9'],
    nearMisses: [
      'password=********',
      '"@inquirer/password": "^5.1.1"',
      'password: string',
      'password = os.environ["DB_PASS1"]',
      'password=${PASS1}',
    ],
  },
];
