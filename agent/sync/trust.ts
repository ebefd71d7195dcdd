import type {KeyObject} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import * as z from 'zod';
import {writeFileDurably} from '../../lib/durable-file.ts';
import {ed25519PublicKey} from '../../lib/ed25519.ts';
import {WeirError} from '../../lib/errors.ts';
import type {EnrollResponse} from '../../proto/gen/weir/agent/v1/enrollment.ts';
import {isMissing} from './identity.ts';

/** What an agent believes about its control plane: pinned at first enrolment, kept for a start without it. */
export interface Trust {
  bundleKey: KeyObject;
  bundleKeyRaw: Buffer;
  /** Raw X25519 key that records are sealed to. */
  recordKey: Buffer;
  labels: Readonly<Record<string, string>>;
  /** From which the agent group's key for masked values is made; undefined from a control plane that has none. */
  maskingKey: Buffer | undefined;
}

const KEY = z.string().transform((text) => Buffer.from(text, 'base64'));
const File = z.object({
  bundleKey: KEY,
  recordKey: KEY,
  labels: z.record(z.string(), z.string()),
  maskingKey: KEY.optional(),
});
const RAW_KEY_BYTES = 32;

/**
 * The trust kept in the state directory; undefined before the first enrolment.
 *
 * @throws WeirError CONFIG_INVALID for a damaged file: pinning again would be trusting whoever answers.
 */
export async function loadTrust(stateDir: string): Promise<Trust | undefined> {
  const path = pathIn(stateDir);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return makeTrust(File.parse(JSON.parse(text)));
  } catch (cause) {
    const hint = 'delete it to trust the control plane that answers next';
    throw new WeirError('CONFIG_INVALID', `${path} is damaged; restore it, or ${hint}`, {cause});
  }
}

/**
 * What an enrolment says, checked against what is pinned, and made durable where it is new.
 *
 * @throws WeirError BUNDLE_UNVERIFIED for keys other than the pinned ones; nothing is changed.
 */
export async function pinTrust(
  stateDir: string,
  pinned: Trust | undefined,
  {bundleKey, recordKey, labels, maskingKey}: EnrollResponse,
): Promise<Trust> {
  const path = pathIn(stateDir);
  if (pinned !== undefined && !(pinned.bundleKeyRaw.equals(bundleKey) && pinned.recordKey.equals(recordKey))) {
    const hint = `if it was set up anew on purpose, delete ${path}`;
    throw new WeirError(
      'BUNDLE_UNVERIFIED',
      `the control plane shows other keys than the pinned ones: refused; ${hint}`,
    );
  }
  const trust = makeTrust({bundleKey, recordKey, labels, maskingKey});
  const base64 = (key: Buffer) => key.toString('base64');
  const file = {
    bundleKey: base64(bundleKey),
    recordKey: base64(recordKey),
    labels,
    maskingKey: base64(maskingKey),
  };
  // Commit point: from here on only this control plane's bundles are taken.
  await writeFileDurably(path, `${JSON.stringify(file)}\n`, 0o600);
  return trust;
}

function makeTrust({
  bundleKey: bundleKeyRaw,
  recordKey,
  labels,
  maskingKey,
}: {
  bundleKey: Buffer;
  recordKey: Buffer;
  labels: Record<string, string>;
  maskingKey?: Buffer | undefined;
}): Trust {
  const bundleKey = ed25519PublicKey(bundleKeyRaw);
  if (bundleKey === undefined || recordKey.length !== RAW_KEY_BYTES) {
    throw new WeirError('BUNDLE_UNVERIFIED', 'the control plane shows keys that are none');
  }
  return {bundleKey, bundleKeyRaw, recordKey, labels, maskingKey: maskingKeyOf(maskingKey)};
}

/** An older control plane has no such key: then values are masked without being named. */
function maskingKeyOf(key: Buffer | undefined): Buffer | undefined {
  return key?.length === RAW_KEY_BYTES ? key : undefined;
}

function pathIn(stateDir: string): string {
  return join(stateDir, 'controlplane.json');
}
