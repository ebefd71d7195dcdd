import {type Detector, pattern} from '../detector.ts';
import {CLOSED} from './assignment.ts';
import {secrets} from './secret-kinds.ts';

const FAKE = 'Fake0Example'.repeat(20);
const HEX = '0fa4e1dec0de'.repeat(20);

/** Credentials within addresses, connection strings, headers, cookies and command lines. */
export const CONNECTION_DETECTORS: readonly Detector[] = secrets('generic', [
  {
    name: 'connection-string',
    description: 'Password within a URL of any scheme, or within a database connection string (JDBC, ODBC, ADO, libpq)',
    finders: [
      pattern('(?:://)[^\\s:@/?#"\'<>]*:(?P<mask>[^\\s/"\'<>`]{3,})(?:@(?:[A-Za-z0-9]|\\[[0-9a-f:]))', {
        validator: 'urlPassword',
      }),
      pattern('(?i)(?:[;,] ?(?:password|pwd)=)(?P<mask>[^\\s;,"\'<>&]{3,})' + CLOSED, {validator: 'urlPassword'}),
      pattern('(?i)\\bjdbc:oracle:[a-z]{3,6}:[^/\\s"\']{1,60}/(?P<mask>[^\\s@/"\']{3,})(?:@[/A-Za-z0-9])', {
        validator: 'urlPassword',
      }),
    ],
    examples: [
      'postgres://app:fake-pass-1@db.internal:5432/app',
      'redis://:fakepass@cache:6379/0',
      'Server=db;User Id=app;Password=Fake-Pass-1;',
      'cache:6379,password=Fake-Pass-1,ssl=True',
      'jdbc:oracle:thin:app/Fake-Pass-1@//db:1521/x',
    ],
    nearMisses: [
      'postgres://db.internal:5432/app',
      'https://example.com:8080/a@b',
      'postgres://user:${PASSWORD}@db/app',
      'mysql://user:<password>@db/app',
      'postgres://user:password@localhost/app',
    ],
  },
  {
    name: 'url-token',
    description: 'Token in the place of a URL’s user name: opens a repository or an error tracker',
    finders: [pattern('(?:://)(?P<mask>[A-Za-z0-9_.-]{16,})(?:@\\w)', {validator: 'randomValue', minEntropy: 3})],
    examples: [
      `git clone https://Fa4k8eE2xa7mP1le9Fo0rT3e@git.example.com/a.git`,
      'https://0f4ae1dec0de5b3d7c9a2f860f4ae1de@errors.example.com/1',
    ],
    nearMisses: ['ssh://deploy-user-for-builds@host/a', 'https://<your-token-goes-here>@host/a'],
  },
  {
    name: 'authorization-header',
    description: 'Bearer, Basic, token or key credentials of an HTTP header',
    finders: [
      pattern(
        '(?i)authorization\\\\{0,2}["\']?\\]?\\s{0,3}[:=,]\\s{0,3}\\\\{0,2}["\'`]?(?:bearer|token|' +
          'apikey|key|genie-?key|discogs|splunk|apitoken|zoho-oauthtoken)[ \\t]{1,3}(?P<mask>[a-z0-9._~+/=:-]{8,})',
        {validator: 'notPlaceholder'},
      ),
      pattern(
        '(?i)authorization\\\\{0,2}["\']?\\]?\\s{0,3}[:=,]\\s{0,3}\\\\{0,2}["\'`]?basic[ \\t]{1,3}' +
          '(?P<mask>[a-z0-9+/_-]{8,}={0,2})',
        {validator: 'basicCredentials'},
      ),
      pattern('(?i)\\bbearer[ \\t]{1,3}(?P<mask>[a-z0-9._~+/-]{16,}={0,2})', {validator: 'mixed', minEntropy: 3}),
      pattern(
        '(?i)\\bx-(?:[a-z]{2,12}-)?(?:api-?|auth-?|access-?|secret-?|app-?|functions-?|vault-?|' +
          'goog-api-|rapidapi-|shopify-access-)(?:key|token)\\\\{0,2}["\']?\\]?\\s{0,3}[:=,]' +
          '\\s{0,3}\\\\{0,2}["\'`]?(?P<mask>[a-z0-9._~+/=-]{8,})',
        {validator: 'headerValue'},
      ),
      pattern(
        '(?i)\\b(?:private-token|job-token|deploy-token|api-key|apikey|subscription-key)[\\\\"\']' +
          '{0,2}[ \\t]{0,3}:[ \\t]{0,3}[\\\\"\'`]{0,2}(?P<mask>[a-z0-9._~+/=-]{12,})',
        {validator: 'secretValue'},
      ),
      pattern('(?i)\\bapi[_-]?key[ \\t]+["\'`]?(?P<mask>[a-z0-9_.~+/=-]{16,})', {
        validator: 'randomValue',
        minEntropy: 3.3,
      }),
    ],
    examples: [
      'Authorization: Basic ZmFrZTpleGFtcGxl',
      'use apikey q9Fake7Example3zzT0kW for it',
      `curl -H "Authorization: Bearer ${FAKE.slice(0, 40)}"`,
      `bearer ${FAKE.slice(0, 30)}`,
      'x-api-key: fake-key-0123',
      `PRIVATE-TOKEN: ${FAKE.slice(0, 20)}`,
    ],
    nearMisses: [
      'Authorization: Bearer <token>',
      'the bearer authentication-mechanism is used',
      'Authorization: Bearer $TOKEN',
      'Authorization: Bearer XXXXXXXXXXXX',
      'Authorization: Basic authentication',
    ],
  },
  {
    name: 'session-cookie',
    description: 'Session or sign-in cookie: acts as a user who is signed in',
    finders: [
      pattern(
        '(?i)(?:JSESSIONID|PHPSESSID|ASPSESSIONID[a-z]{0,8}|ASP\\.NET_SessionId|connect\\.sid|' +
          'session_?id|_session|sess|sid|laravel_session|remember_(?:user_)?token|auth_?token|' +
          '\\.AspNetCore\\.[a-z.]{4,30}|wordpress_logged_in_[a-f0-9]{8,40})' +
          '=(?P<mask>[a-z0-9._~%+/:=-]{16,})',
        {validator: 'secretValue', minEntropy: 2.5},
      ),
      pattern('(?i)=(?P<mask>[a-z0-9._~%+/:=-]{16,})', {
        validator: 'randomValue',
        minEntropy: 3.3,
        confidence: 0.3,
        context: {raise: ['cookie', 'set-cookie'], within: 256},
      }),
    ],
    examples: [
      `Cookie: JSESSIONID=${HEX.slice(0, 32).toUpperCase()}`,
      'Cookie: theme=dark; session=q9Fake7Example3zzT0kW',
      'Set-Cookie: __Host-app=q9Fake7Example3zzT0kW; Path=/; HttpOnly',
      `Set-Cookie: connect.sid=s%3A${FAKE.slice(0, 32)}.${FAKE.slice(0, 40)}; Path=/`,
    ],
    nearMisses: [
      'JSESSIONID=<id>',
      'Cookie: theme=dark; lang=en',
      'Cookie: _ga=GA1.2.1029384756.1700000000; session=<session>',
      'document.cookie = name_of_the_cookie_2',
    ],
  },
  {
    name: 'curl-credentials',
    description: 'User and password that a command line gives to curl',
    finders: [
      pattern(
        '(?:^|[^A-Za-z0-9])(?:-u|-U|--user|--proxy-user)[ \\t=]+(?P<mask>(?:"[^"\\n]+"|\'[^\'\\n]+\'|' +
          '[^\\s"\'|;)\\\\]+)+)' +
          CLOSED,
        {
          validator: 'curlCredentials',
          confidence: 0.3,
          context: {raise: ['curl', 'wget', 'http', 'https'], within: 240},
        },
      ),
    ],
    examples: ['curl -s -u jane:fake-pass-1 https://example.com', 'curl --user "jane:Fake Pass 1" https://example.com'],
    nearMisses: [
      'curl -u user:password https://example.com',
      'curl -u "$USER:$PASS" https://example.com',
      'curl -u <user:password> https://example.com',
    ],
  },
  {
    name: 'cli-secret',
    description: 'Secret that a command line takes as the value of an option',
    finders: [
      pattern(
        '(?:^|[^A-Za-z0-9])(?i)--?(?:[a-z]+-)*(?:token|secret|api-?key|access-?key|secret-?key|' +
          'auth-?key|credentials?)(?:[ \\t]{1,4}|=)["\'`]?(?P<mask>[^\\s"\'`<>$(){}\\[\\]|;&\\\\]{6,})' +
          CLOSED,
        {validator: 'secretValue', minEntropy: 2.8},
      ),
      pattern(
        '(?:^|[^A-Za-z0-9])(?i)--?(?:[a-z]+-)*(?:password|passwd|passphrase|pass)(?:[ \\t]{1,4}|=)' +
          '["\'`]?(?P<mask>[^\\s"\'`<>$(){}\\[\\]|;&\\\\]{6,})' +
          CLOSED,
        {validator: 'passwordValue'},
      ),
      pattern(
        '\\b(?:sshpass|mysql|mysqldump|mysqladmin|redis-cli|mongo|mongosh|ldapsearch|unzip|7z)(?:[ ' +
          '\\t]+-{0,2}[a-z0-9@.:/=_-]+){0,8}?[ \\t]+(?:-p|-a|-w|-P)[ =]?["\']?(?P<mask>[^\\s"\'`<>$' +
          '(){}|;&-][^\\s"\'`<>$(){}|;&]{5,})' +
          CLOSED,
        {validator: 'passwordValue'},
      ),
      pattern(
        '(?i)\\b(?:env|arg|setx?)[ \\t]+[a-z0-9_]*(?:key|token|secret|password|passwd)[a-z0-9_]*[ \\t]+["\']?' +
          '(?P<mask>[a-z0-9_.=/+~@!%^*-]{8,})' +
          CLOSED,
        {validator: 'secretValue', minEntropy: 2.8},
      ),
      pattern(
        '\\b(?:docker|podman|oc) login(?: +-{0,2}[a-z0-9@.:/=_-]+){0,6}? +-p[ =]?["\']?' +
          '(?P<mask>[^\\s"\'`$<]{6,})' +
          CLOSED,
        {
          validator: 'passwordValue',
        },
      ),
    ],
    examples: [
      'deploy --api-key=8f3kFake0Example92',
      'login --password Fake-Pass-9 now',
      "sshpass -p 'Fake-Pass-9' ssh host",
      'mysql -u root -pFake-Pass-9 app',
      'ENV API_TOKEN 8f3kFake0Example92',
      'docker login -u jane -p Fake-Pass-9',
    ],
    nearMisses: ['deploy --token $TOKEN', 'login --password <password>', 'mysql -u root -p app', 'run --secret id=npm'],
  },
  {
    name: 'netrc-password',
    description: 'Password of a .netrc, .pgpass or similar file',
    finders: [
      pattern('\\blogin\\s{1,8}\\S{1,100}\\s{1,8}password\\s{1,8}(?P<mask>\\S{4,})', {validator: 'urlPassword'}),
      pattern('(?::5432|:5433|:6432|:\\*):[^:\\s]{1,60}:[^:\\s]{1,60}:(?P<mask>[^\\s:]{4,})', {
        validator: 'passwordValue',
      }),
    ],
    examples: ['machine git.example.com login jane password Fake-Pass-9', 'db.internal:5432:app:jane:Fake-Pass-9\n'],
    nearMisses: ['the login form has a password field', 'machine x login y password <password>', '10:20:30:40:50'],
  },
]);
