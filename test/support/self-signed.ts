import {generateKeyPairSync, sign} from 'node:crypto';

/** A certificate and its key, both PEM. */
export interface SelfSigned {
  certificate: Buffer;
  key: Buffer;
}

/** X.509 object identifiers, as DER writes them. */
const OID = {ecdsaSha256: '2a8648ce3d040302', commonName: '550403', altName: '551d11', constraints: '551d13'};
const DAY_MS = 86_400_000;

/** A certificate that vouches for itself for a day, for one host name and one IPv4 address. */
export function selfSigned(host: string, address: string): SelfSigned {
  const {privateKey, publicKey} = generateKeyPairSync('ec', {namedCurve: 'prime256v1'});
  const algorithm = sequence(oid(OID.ecdsaSha256));
  const name = sequence(der(0x31, sequence(oid(OID.commonName), der(0x0c, Buffer.from(host)))));
  const validity = sequence(time(Date.now() - DAY_MS), time(Date.now() + DAY_MS));
  const altNames = sequence(der(0x82, Buffer.from(host)), der(0x87, Buffer.from(address.split('.').map(Number))));
  const extensions = sequence(
    sequence(oid(OID.altName), der(0x04, altNames)),
    sequence(oid(OID.constraints), der(0x04, sequence(der(0x01, Buffer.from([0xff]))))),
  );
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({type: 'spki', format: 'der'}),
    der(0xa3, extensions),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', toBeSigned, privateKey)]);
  const base64 = sequence(toBeSigned, algorithm, der(0x03, signature)).toString('base64');
  const lines = base64.replace(/.{64}/g, '$&\n');
  return {
    certificate: Buffer.from(`-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`),
    key: Buffer.from(privateKey.export({type: 'pkcs8', format: 'pem'})),
  };
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function time(ms: number): Buffer {
  return der(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
}
