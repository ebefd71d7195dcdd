import {createHmac, randomBytes} from 'node:crypto';
import {LRUCache} from 'lru-cache';
import type {ExternalSpan} from '../../engine/detect/external/external-facts.ts';
import type {ExternalAnalyzer} from '../../engine/detect/external/external-finder.ts';

/**
 * Remembers what an analyzer found, for every turn of a conversation repeats the turns before it.
 *
 * Keeps places and entity types under a digest that only this process can make: no text, and nothing that another
 * caller's text could be compared with.
 */
export interface AnswerCache {
  /** @param owner whose conversation it is; answers are not shared between owners. */
  get: (analyzer: ExternalAnalyzer, owner: string, text: string) => readonly ExternalSpan[] | undefined;
  set: (analyzer: ExternalAnalyzer, owner: string, text: string, spans: readonly ExternalSpan[]) => void;
  clear: () => void;
}

/** Of what is remembered, roughly. */
const MAX_BYTES = 32 * 1024 * 1024;
const ENTRY_BYTES = 200;
const SPAN_BYTES = 64;
/** A model that was replaced is noticed within this time. */
const TTL_MS = 10 * 60_000;

export function createAnswerCache(): AnswerCache {
  const key = randomBytes(32);
  const cache = new LRUCache<string, readonly ExternalSpan[]>({
    maxSize: MAX_BYTES,
    sizeCalculation: (spans) => ENTRY_BYTES + spans.length * SPAN_BYTES,
    ttl: TTL_MS,
  });
  const keyOf = ({url, language, entities, minScore}: ExternalAnalyzer, owner: string, text: string): string =>
    createHmac('sha256', key)
      .update(`${JSON.stringify([url, language, entities, minScore, owner])}\n`)
      .update(text)
      .digest('base64');
  return {
    get: (analyzer, owner, text) => cache.get(keyOf(analyzer, owner, text)),
    set: (analyzer, owner, text, spans) => {
      cache.set(keyOf(analyzer, owner, text), spans);
    },
    clear: () => {
      cache.clear();
    },
  };
}
