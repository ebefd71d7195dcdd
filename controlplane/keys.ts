import {createPrivateKey, generateKeyPairSync, hkdfSync, type KeyObject, randomBytes} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, readFile, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {syncDirectory, writeFileDurably} from '../lib/durable-file.ts';
import {rawPublicKey} from '../lib/ed25519.ts';
import {WeirError} from '../lib/errors.ts';

/** The secrets of a control plane. They live in files beside the database, never in it. */
export interface ControlPlaneKeys {
  /** Signs bundles and leases (Ed25519). */
  bundle: KeyPair;
  /** Opens the records that agents seal (X25519). */
  record: KeyPair;
  /** Authenticates the session tokens of agents. */
  sessionSecret: Buffer;
  /** Handed to agents, which name masked values with it; made from the session secret, so it lives as long. */
  maskingKey: Buffer;
}

interface KeyPair {
  privateKey: KeyObject;
  /** The raw public key, 32 bytes. */
  publicRaw: Buffer;
}

const FILES = {bundle: 'bundle-ed25519.pem', record: 'record-x25519.pem', session: 'session-secret'} as const;
const SESSION_SECRET_BYTES = 32;
const MASKING_KEY_BYTES = 32;

/**
 * Loads the keys in `dataDir/keys`; makes them, durably and all at once, on the first start.
 *
 * @throws WeirError CONFIG_INVALID for a key that is missing or damaged. Nothing is ever replaced: agents pinned the
 *   bundle key, and records can be opened with the record key only.
 */
export async function loadKeys(dataDir: string): Promise<ControlPlaneKeys> {
  const directory = join(dataDir, 'keys');
  if (!existsSync(directory)) await createKeys(dataDir, directory);
  const sessionSecret = await readSecret(directory);
  return {
    bundle: await readKeyPair(directory, FILES.bundle, 'ed25519'),
    record: await readKeyPair(directory, FILES.record, 'x25519'),
    sessionSecret,
    maskingKey: Buffer.from(hkdfSync('sha256', sessionSecret, '', 'weir/mask/v1', MASKING_KEY_BYTES)),
  };
}

async function createKeys(dataDir: string, directory: string): Promise<void> {
  const unfinished = `${directory}.new`;
  await rm(unfinished, {recursive: true, force: true});
  await mkdir(unfinished, {recursive: true, mode: 0o700});
  const pem = (key: KeyObject) => key.export({type: 'pkcs8', format: 'pem'});
  await writeFileDurably(join(unfinished, FILES.bundle), pem(generateKeyPairSync('ed25519').privateKey), 0o600);
  await writeFileDurably(join(unfinished, FILES.record), pem(generateKeyPairSync('x25519').privateKey), 0o600);
  const secret = randomBytes(SESSION_SECRET_BYTES).toString('hex');
  await writeFileDurably(join(unfinished, FILES.session), `${secret}\n`, 0o600);
  // Commit point: either all keys exist or none, so a missing file later is damage and not a first start.
  await rename(unfinished, directory);
  await syncDirectory(dataDir);
}

async function readKeyPair(directory: string, file: string, type: 'ed25519' | 'x25519'): Promise<KeyPair> {
  const pem = await readKeyFile(directory, file);
  try {
    const privateKey = createPrivateKey(pem);
    if (privateKey.asymmetricKeyType === type) return {privateKey, publicRaw: rawPublicKey(privateKey)};
  } catch {
    // Named below, without the parser's words: they may quote the key.
  }
  throw damaged(join(directory, file), `holds no ${type} private key`);
}

async function readSecret(directory: string): Promise<Buffer> {
  const text = (await readKeyFile(directory, FILES.session)).trim();
  if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, 'hex');
  throw damaged(join(directory, FILES.session), `does not hold ${SESSION_SECRET_BYTES} bytes in hexadecimal`);
}

async function readKeyFile(directory: string, file: string): Promise<string> {
  const path = join(directory, file);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw damaged(path, `cannot be read (${why})`, cause);
  }
}

function damaged(path: string, what: string, cause?: unknown): WeirError {
  return new WeirError('CONFIG_INVALID', `key file ${path} ${what}; restore it from a backup`, {cause});
}
