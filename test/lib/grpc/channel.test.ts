import test from 'ava';
import {connectGrpc, listenGrpc} from '../../../lib/grpc/channel.ts';
import {isLoopback, parseHostPort} from '../../../lib/host-port.ts';

test('an address is a host and a port', (t) => {
  t.deepEqual(parseHostPort('127.0.0.1:8443'), {host: '127.0.0.1', port: 8443});
  t.deepEqual(parseHostPort('[::1]:0'), {host: '::1', port: 0});
  t.deepEqual(parseHostPort('plane.example.com:443'), {host: 'plane.example.com', port: 443});
  for (const text of ['', '8443', ':8443', '::1:8443', 'a b:1', 'host:99999', 'http://host:1']) {
    t.throws(() => parseHostPort(text), {code: 'USAGE'});
  }
});

test('loopback is this machine and nothing that looks like it', (t) => {
  t.true(['127.0.0.1', '127.8.9.1', '::1', 'localhost'].every(isLoopback));
  t.false(['0.0.0.0', '::', '127.0.0.1.example.com', 'localhost.example.com', '10.0.0.1'].some(isLoopback));
});

test('plaintext stays on this machine, for servers and for clients', async (t) => {
  const usage = {code: 'USAGE', message: /--insecure is for loopback addresses/};
  await t.throwsAsync(
    listenGrpc('0.0.0.0:0', {kind: 'insecure'}, () => undefined),
    usage,
  );
  t.throws(() => connectGrpc('plane.example.com:8443', {kind: 'insecure'}), usage);
  const tls = connectGrpc('plane.example.com:8443', {kind: 'tls', ca: undefined});
  t.is(tls.address, 'plane.example.com:8443');
  tls.close();
});

test('a port in use is named', async (t) => {
  const server = await listenGrpc('127.0.0.1:0', {kind: 'insecure'}, () => undefined);
  t.teardown(async () => server.stop(AbortSignal.abort()));
  t.regex(server.address, /^127\.0\.0\.1:[1-9][0-9]+$/);
  await t.throwsAsync(
    listenGrpc(server.address, {kind: 'insecure'}, () => undefined),
    {code: 'PORT_IN_USE', message: new RegExp(server.address)},
  );
});

test('a certificate that is none is refused before the port opens', async (t) => {
  const bad = {kind: 'tls', certificate: Buffer.from('not a certificate'), key: Buffer.from('not a key')} as const;
  await t.throwsAsync(
    listenGrpc('127.0.0.1:0', bad, () => undefined),
    {code: 'CONFIG_INVALID'},
  );
});
