import {createHash, timingSafeEqual} from 'node:crypto';
import {WeirError} from '../../lib/errors.ts';

/** What an agent presents to join, and the labels it gets by it. */
export interface JoinToken {
  token: string;
  labels: Readonly<Record<string, string>>;
}

/** A configured join token as it is kept: its secret is gone. */
export interface KnownJoinToken {
  /** Names the token in session tokens: the SHA-256 of it, hex. */
  id: string;
  sha256: Buffer;
  labels: Readonly<Record<string, string>>;
}

const LABEL = /^(?<key>[A-Za-z0-9][A-Za-z0-9._/-]{0,62})=(?<value>[A-Za-z0-9._/-]{0,63})$/;
const SHORTEST_TOKEN = 8;

/**
 * Reads `TOKEN` or `TOKEN:key=value,key=value`.
 *
 * @throws WeirError USAGE; the message never holds the token.
 */
export function parseJoinToken(text: string): JoinToken {
  const colon = text.indexOf(':');
  const token = colon < 0 ? text : text.slice(0, colon);
  if (token.length < SHORTEST_TOKEN || /\s/.test(token)) {
    const rule = `at least ${SHORTEST_TOKEN} characters without white space`;
    throw new WeirError('USAGE', `a join token has ${token.length} characters; it needs ${rule}`);
  }
  const labels: Record<string, string> = {};
  const pairs = colon < 0 ? [] : text.slice(colon + 1).split(',');
  for (const [index, pair] of pairs.entries()) {
    const match = LABEL.exec(pair);
    const {key, value} = match?.groups ?? {};
    if (key === undefined || value === undefined || key in labels) {
      // Not repeated: in a flag written the wrong way round it is the token.
      throw new WeirError('USAGE', `label ${index + 1} of a join token is no label; write TOKEN:env=prod,region=eu`);
    }
    labels[key] = value;
  }
  return {token, labels};
}

/** Forgets the secrets, keeps what comparing needs. */
export function knownJoinTokens(tokens: readonly JoinToken[]): KnownJoinToken[] {
  return tokens.map(({token, labels}) => {
    const sha256 = createHash('sha256').update(token, 'utf8').digest();
    return {id: sha256.toString('hex'), sha256, labels};
  });
}

/** The token presented, if it is one; takes equally long whichever it is. */
export function matchJoinToken(presented: string, known: readonly KnownJoinToken[]): KnownJoinToken | undefined {
  const sha256 = createHash('sha256').update(presented, 'utf8').digest();
  let match: KnownJoinToken | undefined;
  for (const candidate of known) {
    if (timingSafeEqual(candidate.sha256, sha256)) match ??= candidate;
  }
  return match;
}
