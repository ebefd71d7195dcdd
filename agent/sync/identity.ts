import {createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID} from 'node:crypto';
import {chmod, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import * as z from 'zod';
import {type DirectoryLock, lockDirectory} from '../../lib/directory-lock.ts';
import {makeDirectoryDurably, writeFileDurably} from '../../lib/durable-file.ts';
import {rawPublicKey} from '../../lib/ed25519.ts';
import {WeirError} from '../../lib/errors.ts';

/** Who this agent is, for as long as its state directory lives. */
export interface AgentIdentity {
  /** UUID. */
  uid: string;
  /** Ed25519 private key; the control plane binds its public half to the uid. */
  key: KeyObject;
  /** Raw public key, 32 bytes. */
  publicKey: Buffer;
}

const File = z.object({uid: z.uuid(), key: z.string()});

/**
 * Takes the state directory, made with mode 0700 where it does not exist, for this process alone: two agents would
 * write records under the same numbers.
 *
 * @throws WeirError DATA_IN_USE while another agent has it; CONFIG_INVALID if it cannot be used.
 */
export async function lockState(stateDir: string): Promise<DirectoryLock> {
  let lock: DirectoryLock | undefined;
  try {
    await makeDirectoryDurably(stateDir);
    lock = lockDirectory(join(stateDir, 'lock.sqlite'));
  } catch (cause) {
    throw unusable(stateDir, cause);
  }
  if (lock !== undefined) return lock;
  throw new WeirError('DATA_IN_USE', `state directory ${stateDir} is open in another agent; stop that one first`);
}

/**
 * Opens the state directory, made with mode 0700 where it does not exist, and the identity in it, made once.
 *
 * @throws WeirError CONFIG_INVALID if the directory or the identity cannot be used.
 */
export async function openIdentity(stateDir: string): Promise<AgentIdentity> {
  const path = join(stateDir, 'identity.json');
  const text = await readOrCreate(stateDir, path);
  try {
    const {uid, key: pem} = File.parse(JSON.parse(text));
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return {uid: uid.toLowerCase(), key, publicKey: rawPublicKey(key)};
  } catch {
    // Named below, without the parser's words: they may quote the key.
  }
  throw new WeirError(
    'CONFIG_INVALID',
    `${path} is damaged; restore it, or move the state directory away to join anew`,
  );
}

async function readOrCreate(stateDir: string, path: string): Promise<string> {
  try {
    await makeDirectoryDurably(stateDir);
    // mkdir leaves the mode of a directory that exists; what is in here is nobody else's to read.
    await chmod(stateDir, 0o700);
    return await readFile(path, 'utf8').catch(async (error: unknown) => {
      if (!isMissing(error)) throw error;
      const key = generateKeyPairSync('ed25519').privateKey.export({type: 'pkcs8', format: 'pem'});
      const text = JSON.stringify({uid: randomUUID(), key});
      await writeFileDurably(path, `${text}\n`, 0o600);
      return text;
    });
  } catch (cause) {
    throw unusable(stateDir, cause);
  }
}

function unusable(stateDir: string, cause: unknown): WeirError {
  const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  return new WeirError('CONFIG_INVALID', `state directory ${stateDir} cannot be used (${why})`, {cause});
}

/** Whether an error says that a file does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
