import {type Detector, pattern} from '../detector.ts';
import {ASSIGN, CLOSED} from './assignment.ts';
import {secrets, token} from './secret-kinds.ts';

const FAKE = 'Fake0Example'.repeat(20);
const HEX = '0fa4e1dec0de'.repeat(20);

/** Between the lines of a key block: line ends as they are or escaped, quotes and signs of a listing. */
const SEPARATOR = '(?:\\s|\\\\+[nrt]|["\'`+,;|>*#-]|\\\\)*';
const KEY_BLOCK =
  '-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----' +
  `(?:${SEPARATOR}(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): ?[^\\n\\\\]{0,100})*` +
  `(?:${SEPARATOR}[A-Za-z0-9+/=]{16,})+` +
  `(?:(?:${SEPARATOR}[A-Za-z0-9+/=]{1,15}){0,2}${SEPARATOR}-----END[ A-Z0-9]{0,40}-----)?`;

/** Keys, tokens and hashes that a standard describes. */
export const KEY_DETECTORS: readonly Detector[] = secrets('generic', [
  {
    name: 'private-key',
    description: 'Private key block (PEM of any kind, OpenSSH, PGP), also cut off, escaped or in a listing',
    finders: [pattern(KEY_BLOCK)],
    examples: [
      '-----BEGIN RSA PRIVATE ' +
        `KEY-----\n${FAKE.slice(0, 64)}\n${FAKE.slice(0, 64)}\n${FAKE.slice(0, 9)}==\n-----END ` +
        'RSA PRIVATE KEY-----\n',
      `{"key":"-----BEGIN PRIVATE KEY-----\\n${FAKE.slice(0, 64)}\\n-----END PRIVATE KEY-----\\n"}`,
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${FAKE.slice(0, 70)}`,
      `-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n${FAKE.slice(0, 64)}\n`,
    ],
    nearMisses: [
      `-----BEGIN PUBLIC KEY-----\n${FAKE.slice(0, 64)}\n-----END PUBLIC KEY-----`,
      'A file starts with -----BEGIN PRIVATE KEY----- and ends with -----END PRIVATE KEY-----.',
    ],
  },
  {
    name: 'putty-key',
    description: 'Private part of a PuTTY key file',
    finders: [pattern('\\bPrivate-Lines: [0-9]{1,3}\\s{1,4}(?P<mask>(?:[A-Za-z0-9+/=]{16,}\\s{0,2})+)')],
    examples: [
      `PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n${FAKE.slice(0, 64)}\nPrivate-MAC: 0`,
      `Private-Lines: 2\r\n${FAKE.slice(0, 64)}\r\n${FAKE.slice(0, 40)}=\r\n`,
    ],
    nearMisses: ['Private-Lines: 0\nPrivate-MAC: 0', `Public-Lines: 1\n${FAKE.slice(0, 64)}`],
  },
  {
    name: 'jwt',
    description: 'JSON web token, signed or not: acts as its subject until it expires',
    finders: [pattern('\\beyJ[A-Za-z0-9_-]{10,1000}\\.eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]*')],
    examples: [
      `eyJ${FAKE.slice(0, 33)}.eyJ${FAKE.slice(0, 60)}.${FAKE.slice(0, 43)}`,
      `token=eyJ${FAKE.slice(0, 17)}.eyJ${FAKE.slice(0, 60)}.`,
    ],
    nearMisses: ['eyJhbGciOiJub25lIn0', 'eye.eye.eye'],
  },
  {
    name: 'jwt-base64',
    description: 'JSON web token that was encoded in base64 once more',
    finders: [pattern('\\bZXlK[A-Za-z0-9+/_-]{60,}={0,2}', {validator: 'encodedJwt'})],
    examples: [
      `"${Buffer.from(`eyJ${FAKE.slice(0, 33)}.eyJ${FAKE.slice(0, 60)}.${FAKE.slice(0, 43)}`).toString('base64')}"`,
      Buffer.from(`eyJ${FAKE.slice(0, 17)}.eyJ${FAKE.slice(0, 40)}.`).toString('base64'),
    ],
    nearMisses: ['ZXlKhbGci', `ZXlK${FAKE.slice(0, 80)}`],
  },
  {
    name: 'jwe',
    description: 'Encrypted JSON web token',
    finders: [
      pattern(
        '\\beyJ[A-Za-z0-9_-]{10,1000}\\.[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]' + '+\\.[A-Za-z0-9_-]{16,}',
      ),
    ],
    examples: [
      `eyJ${FAKE.slice(0, 33)}.${FAKE.slice(0, 60)}.${FAKE.slice(0, 16)}.${FAKE.slice(0, 40)}.${FAKE.slice(0, 22)}`,
      `eyJ${FAKE.slice(0, 33)}..${FAKE.slice(0, 16)}.${FAKE.slice(0, 40)}.${FAKE.slice(0, 22)}`,
    ],
    nearMisses: ['eyJhbGciOiJkaXIi.a.b', `eyJ${FAKE.slice(0, 33)}.x.y.z`],
  },
  {
    name: 'jwk-private',
    description: 'Private member of a JSON web key',
    finders: [
      pattern('\\\\?"(?:d|dp|dq|qi|k)\\\\?"\\s{0,4}:\\s{0,4}\\\\?"(?P<mask>[A-Za-z0-9_-]{40,})', {minEntropy: 3}),
    ],
    examples: [`{"kty":"EC","d":"${FAKE.slice(0, 43)}"}`, `"k": "${FAKE.slice(0, 64)}"`],
    nearMisses: ['{"d":"2026-11-22"}', `"n":"${FAKE.slice(0, 80)}"`],
  },
  {
    name: 'password-hash',
    description: 'Password hash: bcrypt, Argon2, scrypt, PBKDF2, crypt, phpass, LDAP, SCRAM or NTLM',
    finders: [
      pattern('\\$2[abxy]?\\$[0-9]{2}\\$[A-Za-z0-9./]{53}'),
      pattern(
        '\\$argon2(?:id|i|d)\\$v=[0-9]{1,3}\\$m=[0-9]{1,9},t=[0-9]{1,4},p=[0-9]{1,4}\\$[A-Za-z0-9+/]' +
          '{8,}\\$[A-Za-z0-9+/]{16,}',
      ),
      pattern('\\$(?:1|apr1)\\$[A-Za-z0-9./]{1,8}\\$[A-Za-z0-9./]{22}'),
      pattern(
        '\\$(?:5|6|y|7|gy)\\$(?:rounds=[0-9]{1,9}\\$|[A-Za-z0-9./]{1,12}\\$)?[A-Za-z0-9./]' +
          '{1,40}\\$[A-Za-z0-9./]{43,86}',
      ),
      pattern('\\bpbkdf2_sha(?:1|256|512)\\$[0-9]{1,8}\\$[A-Za-z0-9./+]{1,64}\\$[A-Za-z0-9+/=]{20,}'),
      pattern(
        '\\$(?:scrypt|pbkdf2(?:-sha[0-9]{1,3})?|s0)\\$[A-Za-z0-9=,./+]{1,60}\\$[A-Za-z0-9./+]' +
          '{1,64}\\$[A-Za-z0-9./+=]{20,}',
      ),
      pattern('\\$[PH]\\$[A-Za-z0-9./]{31}'),
      pattern('\\{S?(?:SHA|SHA256|SHA512|MD5)\\}[A-Za-z0-9+/]{20,}={0,2}'),
      pattern(
        '\\bSCRAM-SHA-(?:1|256)\\$[0-9]{1,8}:[A-Za-z0-9+/=]{8,40}\\$[A-Za-z0-9+/=]{20,}(?::[A-Za-z0-9+/=]{20,})?',
      ),
      pattern('\\b[0-9]{1,6}:(?P<mask>[a-fA-F0-9]{32}:[a-fA-F0-9]{32})(?::::)'),
    ],
    examples: [
      `$2b$12$${FAKE.slice(0, 53)}`,
      `$argon2id$v=19$m=65536,t=3,p=4$${FAKE.slice(0, 22)}$${FAKE.slice(0, 43)}`,
      `root:$6$fakesalt$${FAKE.slice(0, 86)}:19000:0`,
      `pbkdf2_sha256$600000$fakesalt$${FAKE.slice(0, 43)}=`,
      `admin:500:${HEX.slice(0, 32)}:${HEX.slice(4, 36)}:::`,
    ],
    nearMisses: ['$2b$12$short', '$1$2$3', '{SHA}', 'echo $6$7'],
  },
  {
    name: 'crypto-private-key',
    description: 'Private key of a wallet: WIF, extended private key, or 32 bytes named as one',
    finders: [
      pattern('\\b[5KL][1-9A-HJ-NP-Za-km-z]{50,51}\\b', {validator: 'wif'}),
      pattern('\\b[xyzt]prv[1-9A-HJ-NP-Za-km-z]{100,112}\\b'),
      pattern(
        `(?i)(?:private|secret|wallet|deployer|eth|signer)[_ -]?key[a-z0-9_]{0,16}${ASSIGN}(?P<mask>` +
          `(?:0x)?[a-f0-9]{64})${CLOSED}`,
        {minEntropy: 2.5},
      ),
    ],
    examples: [
      '5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ',
      `xprv${FAKE.replaceAll('0', '9').replaceAll('l', 'k').slice(0, 107)}`,
      `DEPLOYER_PRIVATE_KEY=0x${HEX.slice(0, 64)}`,
    ],
    nearMisses: [
      '5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK',
      `PRIVATE_KEY=0x${'0'.repeat(64)}`,
      `tx 0x${HEX.slice(0, 64)}`,
    ],
  },
  {
    name: 'seed-phrase',
    description: 'Words from which a wallet’s keys are made, named as such',
    finders: [
      pattern(
        '(?i)(?:seed|mnemonic|recovery|secret|backup)[ _-]?(?:phrase|words|mnemonic)?[a-z ]' +
          '{0,12}["\']{0,2}[ \\t]{0,2}[:=]?\\s{0,4}["\'`\\[]{0,2}(?P<mask>(?:[a-z]{3,8}["\']?[ ,]' +
          '{1,2}["\']?){11,23}[a-z]{3,8})' +
          CLOSED,
        {validator: 'seedPhrase', confidence: 0.8},
      ),
    ],
    examples: [
      'seed phrase: ability basket candle dolphin eagle fabric garden hammer island jacket kitten ladder',
      'MNEMONIC="ability basket candle dolphin eagle fabric garden hammer island jacket kitten ladder"',
    ],
    nearMisses: [
      'seed words are drawn from a list',
      'recovery phrase: the words that you wrote down on the day when you made it are not here',
    ],
  },
  {
    name: 'wireguard-key',
    description: 'WireGuard private or preshared key',
    finders: [
      pattern(
        '(?i)\\b(?:PrivateKey|PresharedKey|private-key|preshared-key)[ \\t]{0,4}[=:][ \\t]{0,4}' +
          '(?P<mask>[a-z0-9+/]{42}[AEIMQUYcgkosw480]=)',
        {minEntropy: 2.5},
      ),
    ],
    examples: [`PrivateKey = ${FAKE.slice(0, 42)}A=`, `PresharedKey=${FAKE.slice(0, 42)}w=`],
    nearMisses: [`PublicKey = ${FAKE.slice(0, 42)}A=`, 'PrivateKey = <key>'],
  },
  {
    name: 'otp-secret',
    description: 'Secret of one-time passwords in an otpauth address: passes a second factor',
    finders: [pattern('(?i)\\botpauth://[a-z]{4}/[^\\s"\']{0,200}[?&]secret=(?P<mask>[a-z2-7]{10,})')],
    examples: [
      'otpauth://totp/Fake:jane?secret=FAKEEXAMPLEFAKE2&issuer=Fake',
      'otpauth://hotp/x?issuer=a&secret=FAKEEXAMPLEFAKE7',
    ],
    nearMisses: ['otpauth://totp/Fake:jane?issuer=Fake', 'otpauth://totp/x?secret=<secret>'],
  },
  token('age-key', ['AGE-SECRET-KEY-1{A58}', 'AGE-PLUGIN-{A4,12}-1{A30,}'], 'age secret key: decrypts files'),
  token('nostr-key', 'nsec1{a58}', 'Nostr private key: posts as its owner'),
]);
