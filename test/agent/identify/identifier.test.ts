import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {exportJWK, generateKeyPair, type JWTPayload, SignJWT} from 'jose';
import {createIdentifier, type Identifier} from '../../../agent/identify/identifier.ts';
import {createKeySets} from '../../../agent/identify/key-sets.ts';
import {createTokenVerifier} from '../../../agent/identify/token-verifier.ts';
import type {Bundle, IdentityProvider} from '../../../engine/bundle.ts';
import {errorCode, publicMessage} from '../../../lib/errors.ts';
import {AUDIENCE, startIssuer} from './oidc-issuer.ts';

const KEY = 'weir_test_not-a-real-key';

function identifier(now: () => number = Date.now): Identifier {
  return createIdentifier({verifier: createTokenVerifier({keySets: createKeySets(), now}), now});
}

/** As much of a bundle as identification reads. */
function bundle(parts: Partial<Bundle>): Bundle {
  return {apiKeys: new Map(), identityProviders: [], ...parts} as Bundle;
}

function keyBundle(expiresAtMs?: number): Bundle {
  const hash = `sha256:${createHash('sha256').update(KEY).digest('hex')}`;
  const apiKey = {
    name: 'billing',
    hash,
    subject: 'svc:billing',
    groups: ['engineering'],
    datasets: ['invoices'],
    expiresAtMs,
  };
  return bundle({apiKeys: new Map([[hash, apiKey]])});
}

function oidc(issuer: string, more: Partial<IdentityProvider> = {}): IdentityProvider {
  return {
    name: 'corp',
    issuer,
    audiences: [AUDIENCE],
    jwksUri: undefined,
    algorithms: ['RS256', 'ES256', 'HS256'],
    claims: {subject: 'email', groups: 'groups', datasets: undefined},
    ...more,
  };
}

async function refusal(t: ExecutionContext, work: () => unknown): Promise<{code: string; message: string}> {
  const error = await t.throwsAsync(async () => {
    await work();
  });
  return {code: errorCode(error), message: publicMessage(error)};
}

/** An issuer whose tokens a test signs itself. */
async function ownIssuer(t: ExecutionContext) {
  const {privateKey, publicKey} = await generateKeyPair('ES256');
  const jwks = {keys: [{...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig'}]};
  let fetches = 0;
  const server = createServer((_request, response) => {
    fetches += 1;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sign = async (claims: JWTPayload, header: {kid?: string} = {}) =>
    new SignJWT({iss: issuer, aud: AUDIENCE, email: 'ana@example.com', ...claims})
      .setProtectedHeader({alg: 'ES256', kid: 'one', ...header})
      .sign(privateKey);
  return {issuer, sign, fetches: () => fetches, provider: oidc(issuer, {jwksUri: `${issuer}/jwks`}), server};
}

test('a Weir key names its caller', async (t) => {
  t.deepEqual(await identifier().identify(keyBundle(), KEY), {
    subject: 'svc:billing',
    groups: ['engineering'],
    datasets: ['invoices'],
    kind: 'apiKey',
    authority: 'billing',
  });
});

test('no key, an unknown key and an expired key are refused with a reason for their owner', async (t) => {
  const bundles = keyBundle(1_000);
  const at = (nowMs: number) => identifier(() => nowMs);
  t.like(await refusal(t, () => at(0).identify(bundles, undefined)), {code: 'UNAUTHENTICATED'});
  t.regex((await refusal(t, () => at(0).identify(bundles, undefined))).message, /^no key/);
  t.regex((await refusal(t, () => at(0).identify(bundles, 'another-key'))).message, /not accepted/);
  t.regex((await refusal(t, () => at(1_000).identify(bundles, KEY))).message, /expired/);
  t.is((await at(999).identify(bundles, KEY)).subject, 'svc:billing');
});

test('a token of a real OIDC provider names its caller and its groups', async (t) => {
  const {issuer, token} = await startIssuer(t);
  t.deepEqual(await identifier().identify(bundle({identityProviders: [oidc(issuer)]}), await token()), {
    subject: 'svc-billing@example.com',
    groups: ['engineering'],
    datasets: [],
    kind: 'oidc',
    authority: 'corp',
  });
});

test('a token for another audience, or past its time, is refused and says so to its holder', async (t) => {
  const {issuer, token} = await startIssuer(t, {lifetimeSeconds: 60});
  const policy = bundle({identityProviders: [oidc(issuer)]});
  const wrong = await refusal(t, async () => identifier().identify(policy, await token('urn:weir:other')));
  t.like(wrong, {code: 'UNAUTHENTICATED'});
  t.regex(wrong.message, /not meant for this gateway/);

  let nowMs = Date.now();
  const later = identifier(() => nowMs);
  const early = await token();
  t.is((await later.identify(policy, early)).kind, 'oidc');
  nowMs += 95_000;
  const expired = await refusal(t, () => later.identify(policy, early));
  t.regex(expired.message, /has expired/, 'nor is what was verified believed beyond its time');
});

test('an unsigned token, a foreign key, an unknown key id and a foreign issuer tell nothing', async (t) => {
  const {issuer, sign, provider, fetches} = await ownIssuer(t);
  const who = identifier();
  const policy = bundle({identityProviders: [provider]});
  const inAnHour = Math.floor(Date.now() / 1_000) + 3_600;
  const good = await sign({exp: inAnHour});
  t.is((await who.identify(policy, good)).subject, 'ana@example.com');

  const [, payload = '', signature = ''] = good.split('.');
  const header = (fields: object) => Buffer.from(JSON.stringify(fields)).toString('base64url');
  const foreign = await ownIssuer(t);
  const hmac = await new SignJWT({iss: issuer, aud: AUDIENCE, exp: inAnHour, email: 'eve@example.com'})
    .setProtectedHeader({alg: 'HS256', kid: 'one'})
    .sign(Buffer.alloc(32));
  const bad = {
    unsigned: `${header({alg: 'none'})}.${payload}.${signature}`,
    tampered: `${good.slice(0, -8)}AAAAAAAA`,
    foreignKey: await foreign.sign({iss: issuer, exp: inAnHour}),
    unknownKid: await sign({exp: inAnHour}, {kid: 'two'}),
    symmetric: hmac,
    foreignIssuer: await foreign.sign({exp: inAnHour}),
    rubbish: 'eyJhbGciOiJub25lIn0.x.y',
  };
  const before = fetches();
  for (const [name, token] of Object.entries(bad)) {
    const {code, message} = await refusal(t, () => who.identify(policy, token));
    t.is(code, 'UNAUTHENTICATED', name);
    t.regex(message, /not accepted here/, name);
  }
  t.true(fetches() - before <= 1, 'unknown key ids do not make the agent fetch again and again');
});

test('a token without expiry, before its time or without a subject is refused', async (t) => {
  const {sign, provider} = await ownIssuer(t);
  const policy = bundle({identityProviders: [provider]});
  const nowSeconds = Math.floor(Date.now() / 1_000);
  for (const claims of [
    {},
    {exp: nowSeconds + 600, nbf: nowSeconds + 300},
    {exp: nowSeconds + 600, email: ''},
    {exp: nowSeconds + 600, email: 7},
  ]) {
    t.is((await refusal(t, async () => identifier().identify(policy, await sign(claims)))).code, 'UNAUTHENTICATED');
  }
});

test('a verified token is believed while the issuer is away, but not by a bundle that no longer trusts it', async (t) => {
  const {sign, provider, server} = await ownIssuer(t);
  const who = identifier();
  const policy = bundle({identityProviders: [provider]});
  const token = await sign({exp: Math.floor(Date.now() / 1_000) + 600});
  await who.identify(policy, token);
  server.close();
  server.closeAllConnections();
  t.is((await who.identify(policy, token)).subject, 'ana@example.com');
  t.is((await refusal(t, () => who.identify(bundle({}), token))).code, 'UNAUTHENTICATED');
});

test('an issuer that cannot be reached is no fault of the token', async (t) => {
  const {sign, issuer} = await ownIssuer(t);
  const token = await sign({exp: Math.floor(Date.now() / 1_000) + 600});
  for (const provider of [oidc(issuer, {jwksUri: 'http://127.0.0.1:1/jwks'}), oidc(issuer)]) {
    const away = await refusal(t, () => identifier().identify(bundle({identityProviders: [provider]}), token));
    t.is(away.code, 'UNAVAILABLE');
  }
});

test('an address that its provider has not verified names nobody', async (t) => {
  const {sign, provider} = await ownIssuer(t);
  const policy = bundle({identityProviders: [provider]});
  const exp = Math.floor(Date.now() / 1_000) + 600;
  for (const claim of [false, 'false', 0, null]) {
    const {code, message} = await refusal(t, async () =>
      identifier().identify(policy, await sign({exp, email_verified: claim})),
    );
    t.is(code, 'UNAUTHENTICATED', String(claim));
    t.regex(message, /not verified/);
  }
  t.is((await identifier().identify(policy, await sign({exp, email_verified: true}))).subject, 'ana@example.com');
});

test('keys are never fetched in the clear from another machine', async (t) => {
  const {sign, issuer, provider, server, fetches} = await ownIssuer(t);
  const exp = Math.floor(Date.now() / 1_000) + 600;
  const plain = 'http://keys.example.com/jwks';
  const named = bundle({identityProviders: [{...provider, jwksUri: plain}]});
  t.is((await refusal(t, async () => identifier().identify(named, await sign({exp})))).code, 'UNAVAILABLE');
  server.removeAllListeners('request').on('request', (_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({issuer, jwks_uri: plain}));
  });
  const discovered = bundle({identityProviders: [{...provider, jwksUri: undefined}]});
  t.is((await refusal(t, async () => identifier().identify(discovered, await sign({exp})))).code, 'UNAVAILABLE');
  t.is(fetches(), 0);
});

test('claims may be nested, a whole name, or a single text', async (t) => {
  const {sign, issuer} = await ownIssuer(t);
  const claims = {subject: 'user.id', groups: 'https://example.com/groups', datasets: 'user.sets'};
  const provider = oidc(issuer, {jwksUri: `${issuer}/jwks`, claims});
  const token = await sign({
    exp: Math.floor(Date.now() / 1_000) + 600,
    user: {id: 'ana', sets: 'invoices'},
    'https://example.com/groups': ['a', 7, 'b'],
  });
  const caller = await identifier().identify(bundle({identityProviders: [provider]}), token);
  t.like(caller, {subject: 'ana', groups: ['a', 'b'], datasets: ['invoices']});
});
