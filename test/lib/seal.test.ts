import {generateKeyPairSync} from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {createOpener, createSealer, rawPublicKey} from '../../lib/seal.ts';

const keys = generateKeyPairSync('x25519');
const recordKey = rawPublicKey(keys.publicKey);
const clear = Buffer.from('clear');

/** Seals to the key and keeps what the reader needs. */
function sealing(): {sealer: ReturnType<typeof createSealer>; ephemeralKey: Buffer} {
  let ephemeral: Buffer = Buffer.alloc(0);
  const sealer = createSealer(recordKey, (ephemeralKey) => {
    ephemeral = ephemeralKey;
    return Buffer.concat([Buffer.from('context'), ephemeralKey]);
  });
  return {sealer, ephemeralKey: ephemeral};
}

test('the private key opens what was sealed', (t) => {
  const {sealer, ephemeralKey} = sealing();
  const opener = createOpener(keys.privateKey, ephemeralKey, sealer.context);
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 2_000}), fc.nat({max: Number.MAX_SAFE_INTEGER}), (body, seq) => {
      const {sealed, tag} = sealer.seal(seq, clear, body);
      return opener.open(seq, clear, Buffer.concat([sealed, tag])).equals(body);
    }),
  );
  t.notDeepEqual(sealing().ephemeralKey, ephemeralKey, 'every segment has a key of its own');
});

test('a changed bit, number, clear part, context or key opens nothing', (t) => {
  const {sealer, ephemeralKey} = sealing();
  const {sealed, tag} = sealer.seal(7, clear, Buffer.from('body'));
  const whole = Buffer.concat([sealed, tag]);
  const opener = createOpener(keys.privateKey, ephemeralKey, sealer.context);
  const unreadable = {code: 'RECORD_UNREADABLE'};
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    t.throws(() => opener.open(7, clear, changed), unreadable);
  }
  t.throws(() => opener.open(8, clear, whole), unreadable);
  t.throws(() => opener.open(7, Buffer.from('other'), whole), unreadable);
  t.throws(() => opener.open(7, clear, whole.subarray(0, 10)), unreadable);
  t.throws(() => createOpener(keys.privateKey, ephemeralKey, Buffer.from('other')).open(7, clear, whole), unreadable);
  const stranger = generateKeyPairSync('x25519').privateKey;
  t.throws(() => createOpener(stranger, ephemeralKey, sealer.context).open(7, clear, whole), unreadable);
});

test('a record key of the wrong length is refused', (t) => {
  t.throws(() => createSealer(Buffer.alloc(31), (key) => key), {code: 'INVALID_ARGUMENT', message: /has 32 bytes/});
});
