import {rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {parseCredentialBinding} from '../../../agent/credentials/binding.ts';
import {createCredentials} from '../../../agent/credentials/credentials.ts';
import type {Provider} from '../../../engine/bundle.ts';
import {errorCode, publicMessage} from '../../../lib/errors.ts';
import {tempDir} from '../../support/temp-dir.ts';
import {waitFor} from '../../support/wait.ts';

function provider(credential: string | undefined, baseUrl = 'https://api.example.com/v1'): [Provider, URL] {
  return [
    {
      name: 'p',
      dialect: 'openai',
      baseUrl,
      credential,
      models: [],
      default: true,
      maxRequestBytes: 1,
      connectTimeoutMs: 1,
      firstByteTimeoutMs: 1,
      idleTimeoutMs: 1,
    },
    new URL(baseUrl),
  ];
}

function credentials(binding: string, environment: Record<string, string> = {}, ttlMs?: number) {
  const bindings = [parseCredentialBinding(binding)];
  return createCredentials({bindings, environment, ...(ttlMs === undefined ? {} : {ttlMs})});
}

test('a credential goes to the hosts it is bound to', async (t) => {
  const key = credentials('main=env:KEY@api.example.com,eu.example.com:8443', {KEY: ' not-a-real-key\n'});
  t.is(await key.credentialFor(...provider('main')), 'not-a-real-key');
  t.is(await key.credentialFor(...provider('main', 'https://eu.example.com:8443/v1')), 'not-a-real-key');
  t.is(await key.credentialFor(...provider(undefined)), undefined);
});

test('a credential goes nowhere else', (t) => {
  const key = credentials('main=env:KEY@api.example.com', {KEY: 'not-a-real-key'});
  for (const url of [
    'https://evil.example.com/v1',
    'https://api.example.com:8443/v1',
    'https://api.example.com.evil.example.com/v1',
    'http://api.example.com/v1',
  ]) {
    const error = t.throws(() => key.credentialFor(...provider('main', url)), undefined, `to ${url}`);
    t.is(errorCode(error), 'CREDENTIAL_HOST_REFUSED', `to ${url}`);
    t.false(publicMessage(error).includes('not-a-real-key'));
  }
});

test('plain HTTP is for this machine, or where the binding says so', async (t) => {
  const here = credentials('main=env:KEY@127.0.0.1:9000,[::1]:9000', {KEY: 'not-a-real-key'});
  t.is(await here.credentialFor(...provider('main', 'http://127.0.0.1:9000/v1')), 'not-a-real-key');
  t.is(await here.credentialFor(...provider('main', 'http://[::1]:9000/v1')), 'not-a-real-key');
  const lan = credentials('main=env:KEY@http://models.lan:9000', {KEY: 'not-a-real-key'});
  t.is(await lan.credentialFor(...provider('main', 'http://models.lan:9000/v1')), 'not-a-real-key');
  const error = t.throws(() => lan.credentialFor(...provider(undefined, 'http://other.lan/v1')));
  t.is(errorCode(error), 'CREDENTIAL_HOST_REFUSED', 'prompts do not travel in the clear either');
});

test('a credential that is not there is named, without saying where it was looked for', async (t) => {
  const unknown = t.throws(() => credentials('main=env:KEY@a.example.com').credentialFor(...provider('other')));
  t.is(errorCode(unknown), 'CREDENTIAL_UNAVAILABLE');
  for (const [binding, environment] of [
    ['main=env:SECRET_VARIABLE@api.example.com', {}],
    ['main=env:SECRET_VARIABLE@api.example.com', {SECRET_VARIABLE: ' \n'}],
    ['main=env:SECRET_VARIABLE@api.example.com', {SECRET_VARIABLE: 'two\nlines'}],
    ['main=file:/nowhere/SECRET_VARIABLE@api.example.com', {}],
  ] as const) {
    const error = await t.throwsAsync(async () => credentials(binding, environment).credentialFor(...provider('main')));
    t.is(errorCode(error), 'CREDENTIAL_UNAVAILABLE');
    t.false(publicMessage(error).includes('SECRET_VARIABLE'), publicMessage(error));
  }
});

test('a changed file is read again', async (t) => {
  const file = join(await tempDir(t), 'key');
  await writeFile(file, 'first-not-a-real-key\n');
  const key = credentials(`main=file:${file}@api.example.com`, {}, 20);
  t.is(await key.credentialFor(...provider('main')), 'first-not-a-real-key');
  // As those do who manage secrets: never half a file.
  await writeFile(`${file}.new`, 'second-not-a-real-key\n');
  await rename(`${file}.new`, file);
  const read = await waitFor('the new key', 2_000, async () => {
    const value = await key.credentialFor(...provider('main'));
    return value === 'first-not-a-real-key' ? undefined : value;
  });
  t.is(read, 'second-not-a-real-key');
});

test('a binding that cannot be read is a usage error with the form to write', (t) => {
  for (const text of [
    '',
    'main',
    'main=vault:x@h',
    'main=env:X',
    'main=env:X@',
    'main=env:X@a b',
    'main=env:X@http://h/p',
  ]) {
    const error = t.throws(() => parseCredentialBinding(text), undefined, `given ${text}`);
    t.is(errorCode(error), 'USAGE', `given ${text}`);
  }
  const twice = ['main=env:A@a.example.com', 'main=env:B@b.example.com'].map(parseCredentialBinding);
  const error = t.throws(() => createCredentials({bindings: twice, environment: {}}));
  t.is(errorCode(error), 'USAGE');
});
