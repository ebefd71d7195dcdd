import {createHash} from 'node:crypto';
import {shannonEntropy} from '../entropy.ts';
import {isWif} from './secret-checksum.ts';

/** Whether a text can be a secret at all, rather than a name, a version or a stand-in for one. */
export const SECRET_VALIDATORS = {
  assignedPassword: (text: string) => text === '' || isPassword(text),
  assignedRandom: (text: string) => text === '' || (isRandom(text) && shannonEntropy(text) >= 3.5),
  assignedSecret: (text: string) => text === '' || (isSecret(text) && shannonEntropy(text) >= 3),
  awsKeyId: (text: string) => !text.endsWith('EXAMPLE') && isToken(text),
  basicCredentials: isBasic,
  curlCredentials: isCurlUser,
  encodedJwt: (text: string) => /^eyJ[\w-]+\.eyJ[\w-]+\./.test(Buffer.from(text, 'base64').toString('latin1')),
  googleKey: (text: string) => isToken(text) && !PUBLISHED.has(digestOf(text)),
  headerValue: (text: string) => !isPlaceholder(text) && /[0-9]/.test(text),
  mixed: (text: string) => /[0-9]/.test(text) && /[A-Za-z]/.test(text),
  namedValue: isNamedValue,
  notPlaceholder: (text: string) => !isPlaceholder(text),
  passwordValue: isPassword,
  quotedSecret: (text: string) => text === '' || isQuotedSecret(text),
  randomValue: isRandom,
  secretValue: isSecret,
  seedPhrase: isSeedPhrase,
  tokenValue: isToken,
  urlPassword: (text: string) => !isPlaceholder(text) && !isAny(PROSE_PASSWORDS, text) && !MEMBER.test(text),
  wif: isWif,
};

/** Variables, templates and blanks, whatever they stand for. */
const REFERENCES: readonly RegExp[] = [
  /^[$%<{[#]|\$[({]|\{\{|^(.)\1*$|^[xX*.]{3,}|\*{4,}|\.{3}|[xX]{6,}/,
  /process\.env|os\.environ|getenv|^env[.:(]/i,
  /^(?:var|local|data|secrets|vault|ref|inputs?|params?|settings|config|self|this|props|args|options)\./i,
];

/** Words that documents and samples put where a secret belongs. */
const WORDS: readonly RegExp[] = [
  /^(?:your|my|the|some)[_ -]|your[_-]|_your|^(?:change|insert|replace|enter)(?:[_ -]|me|your)/i,
  /^(?:todo|dummy|placeholder|redacted|sample)|(?:^|[_.-])(?:here|placeholder|redacted|changeme|example)$/i,
  /^(?:none|null|nil|undefined|true|false|pass(?:word|wd)?|secret|token|key)(?![A-Za-z0-9])[^A-Za-z0-9]*$/i,
];

function isPlaceholder(text: string): boolean {
  return isAny(REFERENCES, text) || isAny(WORDS, text);
}

/** What stands in for a token in documents: dots, stars, x's, or words that say so. */
const STAND_INS: readonly RegExp[] = [
  /[xX]{6}|\*{3}|\.{3}|_{4}|your[_-]|[_-]here|placeholder|redacted|change_?me/i,
  /randomstring|0123456789abcdefghij|examplekey$/i,
];

function isToken(text: string): boolean {
  return !isAny(STAND_INS, text);
}

/** Letters and digits mixed as no identifier, path, version or date is. */
function isSecret(text: string): boolean {
  if (isPlaceholder(text) || /EXAMPLE(?:KEY)?$/.test(text) || !/[0-9]/.test(text) || !/[A-Za-z]/.test(text))
    return false;
  return !isNameLike(text) && !isAny(LOCATIONS, text);
}

/** A secret with signs that only stand within quotes. */
function isQuotedSecret(text: string): boolean {
  return (
    /[#$&?,;|]/.test(text) &&
    !/[{}()]$|^[([]|^[^=&]*[?&][^=&]*=|\$\{/.test(text) &&
    isSecret(text) &&
    shannonEntropy(text) >= 3.3
  );
}

/** A version, date, path, host, or digest whose algorithm is named. */
const LOCATIONS: readonly RegExp[] = [
  /^(?:v?[0-9]+\.[0-9]+\.|[0-9]{4}-[0-9]{2}-|[a-z][a-z0-9+.-]*:\/\/|\.{0,2}\/|arn:|urn:|projects\/)/i,
  /^(?:sha(?:1|256|384|512)|md5)[:=-]|\/aws4_request$/i,
  /^[a-z0-9.-]+\.(?:com|net|org|io|dev|local|internal)(?:[:/].*)?$/i,
  /\.(?:pem|crt|cer|key|json|ya?ml|p12|pfx|jks|txt|env|ts|js|py|go|java|rb|sh)$/i,
];

/** A member expression or file name: words joined by dots, each with at most a short number behind it. */
function isNameLike(text: string): boolean {
  const [first = '', ...rest] = text.replace(/[_.]+$/, '').split(/[_./:-]+/);
  return /^(?:[A-Za-z]+[0-9]{0,3}|[A-Za-z][a-z]*[0-9]{0,5}|[0-9]{1,3})$/.test(first) && rest.every(isNamePart);
}

function isNamePart(part: string): boolean {
  return /^(?:[A-Za-z]+[0-9]{0,5}|[0-9]{1,4})$/.test(part);
}

function isAny(patterns: readonly RegExp[], text: string): boolean {
  return patterns.some((pattern) => pattern.test(text));
}

/** As a secret, and so that no person would have made it up: often a change between letters, cases and digits. */
function isRandom(text: string): boolean {
  if (!isSecret(text) || UUID.test(text)) return false;
  const digits = (text.match(/[0-9]/g) ?? []).length;
  return digits >= 2 && changesIn(text) / text.length >= 0.22;
}

/** How often a letter, its case or a digit is followed by another kind. */
function changesIn(text: string): number {
  return (text.match(/[a-z](?=[^a-z])|[A-Z](?=[^A-Z])|[0-9](?=[^0-9])/g) ?? []).length;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The value of a key that a vendor is named for; its form is known already. */
function isNamedValue(text: string): boolean {
  if (isPlaceholder(text) || !isToken(text) || isAny(LOCATIONS, text)) return false;
  return /[0-9]/.test(text) || changesIn(text) / text.length >= 0.35;
}

function isPassword(text: string): boolean {
  if (isPlaceholder(text) || /^[\^~<>=v]*[0-9]+(?:\.[0-9x*]+)+|:\/\//.test(text)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9_.]/].filter((kind) => kind.test(text)).length;
  return (
    kinds >= 2 &&
    /[0-9!@#$%^*?-]/.test(text) &&
    !/^[A-Za-z_]+[0-9]{0,2}(?:[.:][A-Za-z_]+[0-9]{0,2})+$|^[a-z_]+(?:[|:][a-z0-9_,]+)+$|^[a-z]+(?:-[a-z]+)+$/.test(text)
  );
}

/** A member of an object of a program. */
const MEMBER = /^[A-Za-z_$]+(?:\.[A-Za-z_$]+)+$/;

/** Passwords that documents put into addresses. */
const PROSE_PASSWORDS: readonly RegExp[] = [
  /^(?:my|your|the|auth|db|user|admin|some)?[_-]?p(?:ass(?:word|wd|w)?|wd|w)$/i,
  /^(?:secret|token|changeme|xxx+|yyy+|\.+|\*+|user|port|[0-9]{1,5})$/i,
];

/** Base64 of `user:password`. */
function isBasic(text: string): boolean {
  if (isPlaceholder(text)) return false;
  const decoded = Buffer.from(text, 'base64').toString('latin1');
  return /^[\x20-\x7e\x80-\xff]*:[\x20-\x7e\x80-\xff]*$/.test(decoded) && decoded.length > 3;
}

/** The `user:password` of a command line: neither side from a variable, and the password not its own description. */
function isCurlUser(text: string): boolean {
  const bare = text.replaceAll(/["']/g, '');
  if (isAny(STAND_INS, bare)) return false;
  if (/\$[({A-Za-z_]|\{\{|<|%\(/.test(bare)) return false;
  const colon = bare.indexOf(':');
  if (colon === -1) return false;
  const [user, password] = [bare.slice(0, colon), bare.slice(colon + 1)];
  const value = password === '' ? user : password;
  return value.length > 3 && !isAny(PROSE_PASSWORDS, value) && !isAny(STAND_INS, value) && !/^(.)\1*$/.test(value);
}

/** Google keys of the public samples and tests of Firebase and Chromium, which open nothing: start of the SHA-256. */
const PUBLISHED: ReadonlySet<string> = new Set([
  '2037abcaffb2b777',
  '27a9a42931dff7eb',
  '37f8f09bdf12c2f2',
  '3a8b61d0f636b007',
  '3f370c9dd8225c63',
  '49f777db995e8260',
  '4c98242dcadc8b29',
  '8731261cb72d8626',
  'a19f89ab3555eac1',
  'a6c814bc555ae62c',
  'dc0fcf046c61640c',
  'e4a5542bb7fd7b67',
  'ea9bb1082cf95663',
  'eb540d2b6ee2a0a4',
  'f56e323494a6ffc2',
]);

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Twelve to twenty-four words in a row, none of them a word that sentences are made of. */
function isSeedPhrase(text: string): boolean {
  const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
  const distinct = new Set(words).size;
  const isSentence = words.some((word) =>
    /^(?:the|and|are|was|were|for|not|with|that|this|from|has|had|its|our|which)$/.test(word),
  );
  return [12, 15, 18, 21, 24].includes(words.length) && distinct >= words.length - 3 && !isSentence;
}
