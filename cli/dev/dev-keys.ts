import {createHash, randomBytes} from 'node:crypto';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

/**
 * The two tokens of a demo: what a caller and what an administrator present. They are no provider credentials,
 * open nothing but the loopback servers of one data directory, and are kept there so that commands pasted from
 * an earlier start go on working.
 */
export interface DevKeys {
  callerKey: string;
  adminToken: string;
}

const FILE = 'demo-keys.json';

/** The keys of a data directory; made on the first call. */
export async function loadDevKeys(dataDirectory: string): Promise<DevKeys> {
  const path = join(dataDirectory, FILE);
  const known = await readKeys(path);
  if (known !== undefined) return known;
  const keys = {callerKey: `weir_demo_${randomText()}`, adminToken: `weir_admin_${randomText()}`};
  await writeFile(path, `${JSON.stringify(keys, null, 2)}\n`, {mode: 0o600});
  return keys;
}

/** `sha256:…`, as an ApiKey document holds it. */
export function keyHash(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}

async function readKeys(path: string): Promise<DevKeys | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isDevKeys(value) ? value : undefined;
  } catch {
    return undefined; // none yet, or not readable as one: new keys do no harm
  }
}

function isDevKeys(value: unknown): value is DevKeys {
  return (
    typeof value === 'object' &&
    value !== null &&
    'callerKey' in value &&
    'adminToken' in value &&
    typeof value.callerKey === 'string' &&
    typeof value.adminToken === 'string'
  );
}

function randomText(): string {
  return randomBytes(12).toString('hex');
}
