import {randomBytes} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {writeFileDurably} from '../../lib/durable-file.ts';
import {WeirError} from '../../lib/errors.ts';
import {fullAdmin, type KnownAdminToken, sha256} from './admin.ts';

const FILE = 'admin-token.sha256';

/** The administrator of a control plane that was configured with none. */
interface FirstAdmin {
  known: KnownAdminToken;
  /** A token that was made just now, to be shown to the person who starts the control plane. */
  made?: {
    shownOnce: string;
    /** Makes it last. Until then each start makes another one, as a start that fails shows none. */
    keep: () => Promise<void>;
  };
}

/**
 * The administrator of a control plane that was configured with none: a token made on the first start. Only its digest
 * is kept.
 *
 * @throws WeirError CONFIG_INVALID where the file cannot be used; deleting it makes a new token.
 */
export async function firstAdminToken(dataDir: string): Promise<FirstAdmin> {
  const path = join(dataDir, FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    if (code !== 'ENOENT') throw new WeirError('CONFIG_INVALID', `${path} cannot be read (${code})`, {cause});
    const token = `weir-admin-${randomBytes(24).toString('base64url')}`;
    const digest = sha256(token);
    return {
      known: fullAdmin(digest),
      made: {shownOnce: token, keep: async () => writeFileDurably(path, `${digest.toString('hex')}\n`, 0o600)},
    };
  }
  if (!/^[0-9a-f]{64}\n?$/.test(text)) {
    throw new WeirError('CONFIG_INVALID', `${path} is damaged; delete it to have a new admin token made`);
  }
  return {known: fullAdmin(Buffer.from(text.trim(), 'hex'))};
}
