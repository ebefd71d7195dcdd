import test, {type ExecutionContext} from 'ava';
import {checkListener, connectGrpc, listenGrpc} from '../../../lib/grpc/channel.ts';
import {callUnary} from '../../../lib/grpc/client.ts';
import {unary} from '../../../lib/grpc/server.ts';
import {isLoopback, parseHostPort} from '../../../lib/host-port.ts';
import {FleetServiceClient, FleetServiceService} from '../../../proto/gen/weir/admin/v1/fleet.ts';
import {type SelfSigned, selfSigned} from '../../support/self-signed.ts';

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
    {code: 'CONFIG_INVALID', message: /certificate and key are unusable/},
  );
  const [one, other] = [selfSigned('localhost', '127.0.0.1'), selfSigned('localhost', '127.0.0.1')];
  t.throws(() => checkListener('127.0.0.1:0', {kind: 'tls', certificate: one.certificate, key: other.key}), {
    code: 'CONFIG_INVALID',
  });
});

for (const host of ['127.0.0.1', 'localhost']) {
  test(`TLS reaches ${host} where the certificate names it and the CA is trusted`, async (t) => {
    const {certificate, key} = selfSigned('localhost', '127.0.0.1');
    t.is((await callOverTls(t, host, {certificate, key}, certificate)).nextPageToken, 'reached');
  });
}

test('TLS to a server whose certificate names another host, or that nobody vouches for, is refused', async (t) => {
  const elsewhere = selfSigned('elsewhere.example.com', '10.0.0.1');
  const unavailable = {code: 'UNAVAILABLE'};
  await t.throwsAsync(callOverTls(t, '127.0.0.1', elsewhere, elsewhere.certificate), unavailable);
  await t.throwsAsync(callOverTls(t, 'localhost', elsewhere, elsewhere.certificate), unavailable);
  const here = selfSigned('localhost', '127.0.0.1');
  await t.throwsAsync(callOverTls(t, '127.0.0.1', here, elsewhere.certificate), unavailable);
});

/** One call over TLS to a server on this machine, addressed as `host`. */
async function callOverTls(t: ExecutionContext, host: string, own: SelfSigned, ca: Buffer) {
  const never = () => Promise.reject(new Error('never called'));
  const server = await listenGrpc('127.0.0.1:0', {kind: 'tls', ...own}, (grpc) => {
    grpc.addService(FleetServiceService, {
      listAgents: unary(
        () => Promise.resolve({agents: [], nextPageToken: 'reached'}),
        () => undefined,
      ),
      getAgent: unary(never, () => undefined),
    });
  });
  const connection = connectGrpc(`${host}:${server.port}`, {kind: 'tls', ca});
  t.teardown(async () => {
    connection.close();
    await server.stop(AbortSignal.abort());
  });
  const client = connection.client(FleetServiceClient);
  const request = {pageSize: 0, pageToken: ''};
  return callUnary(client.listAgents.bind(client), request, {timeoutMs: 5_000}, new AbortController().signal);
}
