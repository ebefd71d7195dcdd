import {type Detector, pattern} from '../detector.ts';
import {ASSIGN, ASSIGN_QUOTED, CLOSED} from './assignment.ts';
import {secrets} from './secret-kinds.ts';

/** Names of values that open something. */
const SECRET_NAME =
  '(?:(?:api|app|auth|access|account|admin|client|consumer|customer|decryption|deploy|encrypt|' +
  'encryption|hmac|jwt|licen[cs]e|master|org' +
  '|private|project|publish|root|rsa|aes|server|service|session|shared|signing|ssh|storage|' +
  'subscription|user|webhook|write|read|integration)' +
  '[ _.-]?key|secret|token|credentials?|creds|passkey|jwt)';

/** Names of passwords, in the languages that programs are written in. */
const PASSWORD_NAME =
  '(?:password|passwd|passphrase|passwort|kennwort|contrase(?:n|ñ)a|mot_?de_?passe|senha|wachtwoord)';

/** What makes such a name mean something else, before it and behind it. */
const BEFORE =
  '(?:public|publishable|csrf|xsrf|next|prev|previous|page|paging|pagination|continuation|continue|' +
  'cursor|sync|resume|cancellation' +
  '|authenticity|forgery|idempotency|max|min|num|total|input|output|prompt|completion|' +
  'first|last|eos|bos|pad|unk|stop|start|end)';
const BEHIND =
  '(?:ids?|names?|length|len|size|count|type|ur[il]s?|endpoint|path|file|filename|dir|arn|hash|' +
  'digest|fingerprint|checksum|version|expiry' +
  '|expires?(?:_?(?:in|at|on))?|expiration|ttl|limit|index|field|label|prefix|suffix|format|policy|' +
  'ref|regex|pattern|header|param|provider' +
  '|manager|store|vault|handler|bucket|budget|usage|host|port|region|location|mount|kind|class|' +
  'algorithm|alg|issuer|audience|scope|tags?' +
  '|lifetime|age|date|time|status|state|mode|title|description|text|message|error|enabled|required|valid)';

/** Columns that hold what opens something, and how they are quoted. */
const SQL_NAME = '(?:password|passwd|pwd|secret|token|(?:api|access|auth|private|secret|signing|encryption)_?key)';
const SQL_QUOTE = '[`"\\[\\]]?';

/** What a value is made of where no quotes close it, and where they do. */
const VALUE = '[a-z0-9_.=/+~@!%^*-]';
const REST = '[a-z0-9_.-]*';

/**
 * A value that is given to a name of a kind, but not to one that only looks like it.
 *
 * What is named otherwise is matched first, together with its value, and masks nothing: so `publicToken` is not found
 * again as `Token`. A value that begins with a sign shows it, since only a sign tells that the value is not empty.
 */
function assigned(name: string, assign: string, value: string, close: string, before = BEFORE): string {
  const other = `${before}[ _.-]?${name}${REST}|${name}(?:[a-z0-9_.-]*[_.-])?${BEHIND}`;
  return (
    `(?i)(?:(?:${other})${assign}${value}|${name}${REST}${assign}(?:\\b|[+/~!@%^*.#$&(_?:=-]))` +
    `(?P<mask>(?:${value})?)${close}`
  );
}

/** Credentials that are known by the name that they are given to. */
export const ASSIGNED_DETECTORS: readonly Detector[] = secrets('generic', [
  {
    name: 'generic-secret',
    description: 'A value of high entropy that is given to a name such as api_key, secret, token or credentials',
    finders: [
      pattern(assigned(SECRET_NAME, ASSIGN, `${VALUE}{10,}`, CLOSED), {
        validator: 'assignedSecret',
        confidence: 0.7,
        context: {lower: ['sdk.initialize'], within: 32},
      }),
      pattern(assigned(SECRET_NAME, ASSIGN_QUOTED, '[^"\'\\s<>\\\\]{12,}', CLOSED), {
        validator: 'quotedSecret',
        confidence: 0.6,
      }),
      // So long a value needs no second look, and a live stream need not wait for its end.
      pattern(assigned(SECRET_NAME, ASSIGN, '[a-z0-9_=/+-]{64,}', ''), {confidence: 0.7}),
    ],
    examples: [
      'api_key=8f3kFake0Example92',
      '"client_secret": "q9Fake7-Example3zz",',
      'var serviceToken string = "q9Fake7-Example3zz"',
      '<accessToken>\n    q9Fake7-Example3zz\n</accessToken>',
      '- name: API_TOKEN\n  value: q9Fake7-Example3zz',
      '{\\"apiSecret\\":\\"q9Fake7-Example3zz\\"}',
      "SECRET_KEY = 'fake-9$k(2#x&example+7'",
    ],
    nearMisses: [
      'token = getAccessToken2(request)',
      'api_key=YOUR_API_KEY_1234',
      'secret: ${{ secrets.DEPLOY_TOKEN_2 }}',
      'tokens: 1234567890',
      'const token = process.env.API_TOKEN_1;',
      'publicToken = "9Fake7Example3zz0aQ"',
      'csrf_token: 9Fake7Example3zz0aQ',
      'credentialsId: "0fa4e1de-c0de-4b3d-7c9a-2f860fa4e1de"',
      'secret_length = X25519.secret_length',
      '"next_page_token": "9Fake7Example3zz0aQ"',
    ],
  },
  {
    name: 'generic-key',
    description: 'A value that looks random and is given to a name that ends in key',
    finders: [
      pattern(
        '(?i)(?:(?:public|publishable|gpg|pgp|primary|foreign|sort|partition|cache|object|idempotency|' +
          'registry|shortcut|hot|row|map|storage|routing|group|host|site|lookup|dedup)[_.-]' +
          `?key${ASSIGN}${VALUE}{10,}|key${ASSIGN}\\b)(?P<mask>(?:${VALUE}{20,})?)${CLOSED}`,
        {validator: 'assignedRandom', confidence: 0.6},
      ),
    ],
    examples: ['"fakeKey": "Fa4k8eE2xa7mP1le9Fo0rT3e"', 'ENCRYPT_KEY=Fa4k8eE2xa7mP1le9Fo0rT3e'],
    nearMisses: [
      '"cache_key": "Fa4k8eE2xa7mP1le9Fo0rT3e"',
      'key = "user:1234:profile:5678:settings"',
      'key: 0fa4e1de-c0de-4b3d-7c9a-2f860fa4e1de',
    ],
  },
  {
    name: 'url-parameter',
    description: 'Secret in the query of an address',
    finders: [
      pattern(
        `(?i)[?&](?:${SECRET_NAME}|[a-z_-]{0,12}(?:token|secret|key|password|passwd)|sig|signature|` +
          'code|auth|x-amz-signature|x-goog-signature|x-amz-security-token)=(?P<mask>[a-z0-9_.~%+/:-]{10,}={0,2})',
        {validator: 'secretValue', minEntropy: 3},
      ),
    ],
    examples: [
      'https://example.com/v1?access_token=9f8e7dFake6c5b4a&x=1',
      `GET /o?X-Amz-Signature=${'0fa4e1dec0de5b3d'.repeat(4)}`,
    ],
    nearMisses: ['https://example.com/v1?access_token=ACCESS_TOKEN', 'https://example.com/?page=2&sort=asc'],
  },
  {
    name: 'password',
    description: 'A value that is given to a name such as password or passphrase',
    finders: [
      pattern(assigned(PASSWORD_NAME, ASSIGN, '[^\\s"\'`,;<>(){}\\[\\]\\\\&|]{6,}', CLOSED, '(?:min|max)'), {
        validator: 'assignedPassword',
        confidence: 0.8,
      }),
      pattern(
        '(?i)(?:_pass|_pwd|_passw|passcode|\\bpwd?)["\']?\\]?[ \\t]*(?:=>?|:=?)[ \\t]*["\'`]?' +
          '(?P<mask>[^\\s"\'`,;<>(){}\\[\\]\\\\&|]{6,})' +
          CLOSED,
        {validator: 'passwordValue', confidence: 0.7},
      ),
      pattern(
        '(?i)\\b(?:password|passwd|passphrase)["\']?[ \\t]{0,2}(?:=>?|:=?)[ \\t]{0,2}"' +
          '(?P<mask>[^"\\s\\\\][^"\\n\\\\]{6,})' +
          CLOSED,
        {validator: 'passwordValue', confidence: 0.7},
      ),
      pattern('(?i)\\bpassword (?:is|was):? ["\'`]?(?P<mask>[^\\s"\'`,;<>(){}\\[\\]\\\\]{6,})', {
        validator: 'passwordValue',
        confidence: 0.7,
      }),
      pattern('(?i)\\bidentified (?:with [a-z0-9_]{1,40} )?by (?:password )?["\'](?P<mask>[^"\'\\s]{4,})' + CLOSED, {
        validator: 'urlPassword',
      }),
    ],
    examples: [
      'password=hunter2-fake',
      'DB_PASSWORD: "Fake!Pass9"',
      'the password is Fake-Pass-9',
      "CREATE USER app IDENTIFIED BY 'Fake-Pass-9'",
      'db_pwd: Fake-Pass-9',
    ],
    nearMisses: [
      'password=********',
      '"@inquirer/password": "^5.1.1"',
      'password: string',
      'password = os.environ["DB_PASS1"]',
      'password=${PASS1}',
    ],
  },
  {
    name: 'sql-secret',
    description: 'Password, key or token that SQL puts into the first or last column that it names',
    finders: [
      pattern(
        `(?i)\\(\\s*${SQL_QUOTE}(?:[a-z]+_)*${SQL_NAME}${SQL_QUOTE}\\s*(?:,[^()]*)?\\)\\s*values\\s*` +
          `\\(\\s*'(?P<mask>[^'\\s]{8,})'`,
        {validator: 'passwordValue', minEntropy: 2.5},
      ),
      pattern(`(?i)${SQL_NAME}${SQL_QUOTE}\\s*\\)\\s*values\\s*\\([^()]*,\\s*'(?P<mask>[^'\\s]{8,})'(?:\\s*\\))`, {
        validator: 'passwordValue',
        minEntropy: 2.5,
      }),
    ],
    examples: [
      "INSERT INTO apps (api_key) VALUES ('q9Fake7Example3zz')",
      "insert into users (password, name) values ('Fake-Pass-9', 'jane')",
      "INSERT INTO apps (name, `access_token`) VALUES ('jane', 'q9Fake7Example3zz');",
    ],
    nearMisses: [
      "INSERT INTO apps (api_key) VALUES ('YOUR_API_KEY_1')",
      "INSERT INTO apps (name) VALUES ('q9Fake7Example3zz')",
      'INSERT INTO apps (api_key) VALUES (?)',
    ],
  },
  {
    name: 'terraform-password',
    description: 'Administrator password or login of a resource in a Terraform file',
    finders: [
      pattern(
        '(?i)\\b(?:administrator_login_password|administrator_password|admin_password|' +
          'master_password)[ \\t]*=[ \\t]*"(?P<mask>[^"$\\s]{8,})' +
          CLOSED,
        {validator: 'urlPassword'},
      ),
    ],
    examples: ['administrator_login_password = "fakepassexample"', 'master_password="Fake-Pass-9"'],
    nearMisses: ['master_password = "${var.password}"', 'administrator_login_password = var.password'],
  },
  {
    name: 'kubernetes-secret',
    description: 'Data of a Kubernetes Secret',
    finders: [
      pattern(
        `(?i)${manifestKind()}(?:[ \\t]*[^\\n-][^\\n]*\\n|[ \\t]*\\n){0,24}?[ \\t]*(?:data|` +
          `stringData):[ \\t]*\\n${manifestData()}`,
      ),
      pattern(
        `(?i)apiVersion:[ \\t]*["']?v1["']?[ \\t]*\\n[ \\t]*data:[ \\t]*\\n${manifestData()}(?:\\n|$)` +
          `(?:[ \\t]*[^\\n-][^\\n]*\\n|[ \\t]*\\n){0,24}?[ \\t]*${manifestKind('')}`,
      ),
      pattern(
        '(?i)"apiVersion"\\s*:\\s*"v1"\\s*,\\s*"data"\\s*:\\s*\\{\\s*(?P<mask>[^{}]{8,900})' +
          '\\}\\s*,\\s*"kind"\\s*:\\s*"secret"',
      ),
    ],
    examples: [
      'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ntype: Opaque\ndata:\n  password: ' +
        'ZmFrZTpleGFtcGxl\n  user: amFuZQ==\n',
      'apiVersion: v1\ndata:\n  password: ZmFrZTpleGFtcGxl\nkind: Secret\nmetadata:\n  name: a\n',
      '{"apiVersion":"v1","data":{"password":"ZmFrZTpleGFtcGxl"},"kind":"Secret"}',
    ],
    nearMisses: [
      'kind: ConfigMap\ndata:\n  greeting: ZmFrZTpleGFtcGxl\n',
      'apiVersion: v1\nkind: Secret\ndata:\n  csrf: ""\n',
      'kind: ExternalSecret\nspec:\n  data:\n    - secretKey: api-key\n',
    ],
  },
]);

function manifestKind(end = '[ \\t]*\\n'): string {
  return `\\bkind:[ \\t]*["']?secret["']?${end === '' ? '\\b' : end}`;
}

/** Lines of names with values in base64, some as blocks, some behind comments. */
function manifestData(): string {
  const value = '(?:[|>][+-]?[ \\t]*\\n[ \\t]+)?["\']?[A-Za-z0-9+/]{6,}={0,2}["\']?';
  const line = `[^\\s:#]+:[ \\t]+${value}[ \\t]*`;
  const comment = '#[^\\n]*';
  return `(?:[ \\t]+${comment}\\n)*[ \\t]+(?P<mask>${line}(?:\\n[ \\t]+(?:${comment}|${line}))*)`;
}
