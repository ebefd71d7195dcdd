import {createHash} from 'node:crypto';
import type {TextRun} from '../exchange.ts';

/**
 * What tells a conversation from the others of its caller.
 *
 * That is what the client calls it; else the first thing that it was asked, which every further request of the
 * conversation repeats, whatever agent it meets. Requests without messages are all one conversation.
 *
 * @param stated the client's own name for it.
 */
export function conversationOf(stated: string | undefined, runs: readonly TextRun[]): string {
  if (stated !== undefined && stated !== '') return `stated:${stated}`;
  const first = runs.find(({place, message}) => place === 'prompt' && message >= 0);
  if (first === undefined) return 'none';
  const hash = createHash('sha256');
  for (const {place, message, text} of runs) {
    if (place === 'prompt' && message === first.message) hash.update(`${text.length}:`).update(text, 'utf16le');
  }
  return `begins:${hash.digest('base64url')}`;
}
