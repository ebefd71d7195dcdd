import test from 'ava';
import {VALIDATORS} from '../../../../engine/detect/validators/index.ts';

const BITCOIN = '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa';
const SEGWIT = 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4';
const ETHEREUM = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const STELLAR = 'GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ';

/** Addresses and accounts from the descriptions of their forms, and what differs from them by little. */
const CASES: Readonly<Record<string, readonly [right: readonly string[], wrong: readonly string[]]>> = {
  base58check: [
    [BITCOIN, 'LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1', 'rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh'],
    [`${BITCOIN.slice(0, -1)}b`, `${BITCOIN}2`, BITCOIN.slice(1), BITCOIN.replace('z', '0')],
  ],
  bech32: [
    [SEGWIT, SEGWIT.toUpperCase(), 'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0'],
    [`${SEGWIT.slice(0, -1)}5`, `BC1${SEGWIT.slice(3)}`, SEGWIT.replace('w', 'b')],
  ],
  bic: [
    ['COBADEFFXXX', 'DEUTDEFF'],
    ['STANDARD', 'SOFTWARE'],
  ],
  eip55: [
    [ETHEREUM, ETHEREUM.toLowerCase(), `0x${ETHEREUM.slice(2).toUpperCase()}`],
    [`${ETHEREUM.slice(0, -1)}D`, `0x${'0'.repeat(40)}`, `0x${'01'.repeat(20)}`],
  ],
  email: [
    ['jane.doe@example.com', 'user@xn--80ak6aa92e.com'],
    ['git@example.com', 'icon@2x.png', 'a..b@example.com', 'a.@example.com'],
  ],
  iban: [
    ['DE89 3704 0044 0532 0130 00', 'GB29NWBK60161331926819', 'gb29nwbk60161331926819'],
    ['DE89 3704 0044 0532 0130 01', 'Gb29nwbk60161331926819', 'gb29-nwbk-6016-1331-9268-19'],
  ],
  ipv6: [
    ['2001:db8::8a2e:370:7334', '1:2:3:4:5:6:7:8', '::ffff:192.0.2.1', 'fe80::1%eth0', '2001:db8::/32'],
    ['2001:db8::1::2', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '::2', '1::2', 'abc::f12', ':1::2001', '2001:db8::/129'],
  ],
  ipv6Short: [
    ['::1', '1::2'],
    ['::', '1::2::3'],
  ],
  luhn: [
    ['4111 1111 1111 1111', '3782-822463-10005'],
    ['4111 1111 1111 1112', '0000 0000 0000 0000'],
  ],
  mac: [
    ['00:1b:44:11:3a:b7', '001b.4411.3ab7'],
    ['00:00:00:00:00:00', 'ff-ff-ff-ff-ff-ff'],
  ],
  phone: [
    ['030/901820', '(08) 8465 4289', '467 5428'],
    ['2024-10-20', '20.10.2024', '123456', '(030 901820', '1111111', '1234567890123456'],
  ],
  phoneInternational: [
    ['+49 30 901820', '+1 415 555 0132', '0044 20 7946 0958', '+63 (917) 123 4567'],
    ['+1 415 555 013', '+999 12345678', '+49 30', '+44 (20 7946 0958', '+83 123456789'],
  ],
  plate: [
    ['HH-AB-1234', '7ABC 123'],
    ['ON THE', '1234 56', 'AB12 CDE 3456'],
  ],
  reference: [
    ['P-1234567', 'W488437560221'],
    ['1234', '00000', '2024-10-20'],
  ],
  strkey: [[STELLAR], [`${STELLAR.slice(0, -1)}A`]],
};

for (const [name, [right, wrong]] of Object.entries(CASES)) {
  const isValid = VALIDATORS[name];

  test(`${name} takes what is right`, (t) => {
    t.deepEqual(
      right.filter((text) => isValid?.(text) !== true),
      [],
    );
  });

  test(`${name} refuses what only looks like it`, (t) => {
    t.deepEqual(
      wrong.filter((text) => isValid?.(text) !== false),
      [],
    );
  });
}

/** Numbers whose check digits notice every single digit that is wrong. */
const CHECKED: Readonly<Record<string, string>> = {
  aadhaar: '234123412346',
  auAbn: '51824753556',
  deTaxId: '36574261809',
  frNir: '295109912611193',
  luhn: '4111111111111111',
  nhs: '9434765870',
  noFodselsnummer: '15108695088',
  plPesel: '44051401359',
  trTckn: '17291716060',
};

for (const [name, number] of Object.entries(CHECKED)) {
  test(`${name} notices any single digit that is wrong`, (t) => {
    const isValid = VALIDATORS[name];
    const wrong = Array.from(number).flatMap((digit, index) =>
      Array.from('0123456789')
        .filter((other) => other !== digit)
        .map((other) => number.slice(0, index) + other + number.slice(index + 1)),
    );
    t.true(isValid?.(number));
    t.deepEqual(
      wrong.filter((text) => isValid?.(text) !== false),
      [],
    );
  });
}
