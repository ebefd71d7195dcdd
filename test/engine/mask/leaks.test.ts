import test from 'ava';
import {createResponsePlan} from '../../../engine/decide/response-plan.ts';
import {DETECTORS} from '../../../engine/detect/catalogue.ts';
import {compileRepository} from '../../../engine/language/compile.ts';
import {loadBundle} from '../../../engine/load-bundle.ts';
import {createPseudonyms} from '../../../engine/mask/pseudonyms.ts';
import {cut, masked, type RuleSet, streamed} from './support.ts';

const POLICY = `
apiVersion: weir/v1
kind: Policy
metadata: {name: everything, owner: security@example.com}
spec:
  rules:
    - name: everything
      on: [request, response]
      find: {detectors: [secrets, pii]}
      action: mask
`;

/** What an agent has that masks all secrets and personal data. */
function product(): RuleSet {
  const compiled = compileRepository([{path: 'policies/everything.yaml', text: POLICY}]);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const loaded = loadBundle({generation: 1n, digest: 'test', commit: 'test', documents: compiled.documents});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const {matcher, policies} = loaded.bundle;
  const plan = createResponsePlan(loaded.bundle, policies.rules, 'openai');
  if (plan === undefined) throw new Error('no rule looks at responses');
  return {finders: [], matcher, active: plan.finders, treatmentOf: plan.treatmentOf};
}

const rules = product();

/** Text with a value, and the part of it that must not be readable. */
const VALUES = [
  {text: 'AKIAQWERTFAKEZXCVBNM', secret: 'AKIAQWERTFAKEZXCVBNM'},
  {text: 'jane.doe@example.com', secret: 'jane.doe@example.com'},
  {text: '4111-1111-1111-1111', secret: '4111-1111-1111-1111'},
  {text: 'password=hunter2-fake9', secret: 'hunter2-fake9'},
  {text: 'postgres://app:fake-pass-1@db.internal:5432/app', secret: 'fake-pass-1'},
] as const;

const hex = (text: string): string[] => [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, '0'));
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const percent = (text: string): string =>
  hex(text)
    .map((byte) => `%${byte}`)
    .join('');
const each = (text: string, change: (character: string) => string): string => Array.from(text, change).join('');
const shifted = (text: string, by: number): string =>
  each(text, (character) => (character > ' ' ? String.fromCharCode(character.charCodeAt(0) + by) : character));

/** Ways of writing a text that a reader undoes. */
const HIDINGS: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  'percent-encoded where it has to be': encodeURIComponent,
  'percent-encoded throughout': percent,
  'percent-encoded in upper case': (text) => percent(text).toUpperCase(),
  'percent-encoded twice': (text) => encodeURIComponent(percent(text)),
  'in unicode escapes': (text) => each(text, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'in a string in a string': (text) => JSON.stringify(JSON.stringify({note: text})),
  'three strings deep': (text) => JSON.stringify(JSON.stringify(JSON.stringify([text]))),
  'in base64': (text) => base64(`see ${text} there`),
  'in base64url': (text) => Buffer.from(`see ${text} there`).toString('base64url'),
  'in base64 twice': (text) => base64(base64(`see ${text} there`)),
  'in hex': (text) => hex(text).join(''),
  'in upper-case hex': (text) => hex(text).join('').toUpperCase(),
  'percent-encoded within base64': (text) => base64(percent(text)),
  'base64 within percent-encoding': (text) => percent(base64(`see ${text} there`)),
  'with zero-width spaces': (text) => each(text, (one) => `${one}\u200b`),
  'with soft hyphens': (text) => each(text, (one) => `${one}\u00ad`),
  'in full-width letters': (text) => shifted(text, 0xfee0),
  'with look-alikes': (text) => text.replaceAll('a', 'а').replaceAll('e', 'е').replaceAll('A', 'А'),
};

for (const [name, hide] of Object.entries(HIDINGS)) {
  test(`a value is masked ${name}, whole and streamed`, (t) => {
    for (const {text, secret} of VALUES) {
      const said = `He wrote ${hide(text)} and left.`;
      const output = masked(rules, said);
      t.false(output.includes(hide(text)), text);
      t.false(output.includes(hide(secret)), text);
      t.regex(output, /^He wrote .* and left\.$/);
      for (const lengths of [[1], [3, 1, 7], [20]]) t.is(streamed(rules, cut(said, lengths)), output);
    }
  });
}

test('what masking puts in the place of a value is no finding of any detector', (t) => {
  const caller = {kind: 'apiKey', authority: 'team', subject: 'jane'};
  const {hashOf, placeholderOf} = createPseudonyms({key: Buffer.alloc(32, 1), caller, conversation: 'one'});
  for (const {name} of DETECTORS) {
    for (const value of ['1', '2', '3', '4', '5', '6', '7', '8']) {
      for (const token of [hashOf(name, value), placeholderOf(name, value), `[REDACTED:${name}]`]) {
        const text = `the driver license ${token}, password=${token}, passport number ${token}`;
        t.is(masked(rules, text), text);
      }
    }
  }
});

const LINE = 'Fake0Example'.repeat(6).slice(0, 64);

for (const [name, separator] of [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
  ['escaped line ends', '\\n'],
  ['escaped CRLF', '\\r\\n'],
  ['twice escaped line ends', '\\\\n'],
  ['indented lines', '\n    '],
  ['quoted lines', '\n> '],
  ['lines of a listing', '",\n"'],
] as const) {
  test(`a private key with ${name} is swallowed as a whole, however it is cut`, (t) => {
    const lines = ['-----BEGIN PRIVATE KEY-----', LINE, LINE, `${LINE.slice(0, 30)}==`, '-----END PRIVATE KEY-----'];
    const text = `key: ${lines.join(separator)} end`;
    const output = masked(rules, text);
    t.regex(output, /^key: \[REDACTED:[a-z-]+\] end$/);
    for (const lengths of [[1], [5], [64, 2]]) t.is(streamed(rules, cut(text, lengths)), output);
  });
}

test('a private key that breaks off stays swallowed', (t) => {
  const text = `see -----BEGIN PRIVATE KEY-----\n${`${LINE}\n`.repeat(40)}${LINE.slice(0, 20)}`;
  for (let length = 60; length < text.length; length += 97) {
    t.false(streamed(rules, cut(text.slice(0, length), [9])).includes(LINE.slice(0, 16)));
  }
});

test('half a surrogate pair beside a value hides nothing', (t) => {
  for (const half of ['\ud83d', '\ude00', '\ude00\ud83d']) {
    for (const {text, secret} of VALUES) {
      const said = `${half} ${text} ${half}`;
      const output = masked(rules, said);
      t.false(output.includes(secret));
      t.true(output.startsWith(half) && output.endsWith(half));
      t.is(streamed(rules, cut(said, [1])), output);
    }
  }
});

for (const length of [100, 600, 100_000]) {
  test(`a value of ${length} characters is masked to its end`, (t) => {
    const value = 'aB3dE6gH9-'.repeat(length / 10);
    for (const [before, after] of [
      ['api_key=', ' end'],
      ['"client_secret": "', '", end'],
      ['password=', ' end'],
      ['password: "', '" end'],
      ['Authorization: Bearer ', ' end'],
      ['Cookie: theme=dark; session=', '; lang=en'],
      ['Set-Cookie: session=', '; Path=/'],
      ['use apikey ', ' for it'],
      ["INSERT INTO apps (api_key) VALUES ('", "') end"],
      ['jdbc:oracle:thin:app/', '@//db:1521/x end'],
      ['redis://:', '@cache:6379/0 end'],
      ['postgres://app:', '@db.internal:5432/app end'],
    ] as const) {
      const text = `${before}${value}${after}`;
      const output = streamed(rules, cut(text, [1000]));
      t.is(output, masked(rules, text));
      t.true(output.length < 200, `behind ${before}`);
      t.true(output.endsWith(after.slice(-3)), `behind ${before}`);
      t.false(output.includes(value.slice(0, 10)), `behind ${before}`);
    }
  });
}

test('credentials of a request for Basic authorization are masked, however long they are', (t) => {
  for (const length of [100, 600, 100_000]) {
    const credentials = base64(`jane:${'Fake-Pass-9'.repeat(length / 10)}`);
    const output = masked(rules, `Authorization: Basic ${credentials} end`);
    t.regex(output, /^Authorization: Basic \[REDACTED:[a-z-]+\] end$/);
    t.is(streamed(rules, cut(`Authorization: Basic ${credentials} end`, [1000])), output);
  }
});

test('values of tool arguments are masked under their keys, whatever escapes them', (t) => {
  for (const [json, secret] of [
    ['{"password":"hunter2-fake9"}', 'hunter2-fake9'],
    ['{"p\\u0061ssword":"hunter2-f\\u0061ke9"}', 'ke9'],
    ['{"card":4111111111111111}', '1111'],
    ['{"to":["jane.doe@example.com"]}', 'jane'],
    ['{"to":"jane.doe\\u0040example.com"}', 'jane'],
    ['{"jane.doe@example.com":1}', 'jane'],
    ['{"a":"{\\"password\\":\\"hunter2-fake9\\"}"}', 'hunter2'],
    ['{"a":"x","a":"jane.doe@example.com"}', 'jane'],
  ] as const) {
    const output = streamed(rules, [json], 'json');
    t.false(output.includes(secret), output);
    t.notThrows(() => JSON.parse(output) as unknown);
    for (const lengths of [[1], [4]]) t.is(streamed(rules, cut(json, lengths), 'json'), output);
  }
});
