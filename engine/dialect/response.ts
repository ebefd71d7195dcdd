import {errorCode, publicMessage, WeirError} from '../../lib/errors.ts';
import type {Uninspectable} from '../exchange.ts';
import {each, figure, type Handler, type Shape, TextCollector, walkAs} from './collect.ts';
import type {EventReading, ResponseReading} from './dialect.ts';
import {type JsonNode, member, stringMember} from './json/node.ts';
import {type ScanOptions, scanJson} from './json/scan.ts';

/** What providers send: strict, but a fragment of a stream may end within a surrogate pair. */
export const RESPONSE: ScanOptions = {
  duplicateKeys: 'refuse',
  loneSurrogates: 'allow',
  arrayNumbers: 'place',
  maxValues: 1_000_000,
};

/** What an answer says: gathered from its root, all text in `collector`. */
type Read<T> = (root: JsonNode, collector: TextCollector) => T;

/**
 * Reads a provider's answer.
 *
 * @throws WeirError UPSTREAM_INVALID where the body cannot be read, with the place of what is wrong.
 */
export function readUpstream<T>(body: string, options: ScanOptions, read: Read<T>): T {
  try {
    const root = scanJson(body, options);
    return read(root, new TextCollector(body, root));
  } catch (error) {
    if (errorCode(error) !== 'BODY_UNREADABLE') throw error;
    throw new WeirError('UPSTREAM_INVALID', `the provider's answer cannot be read: ${publicMessage(error)}`, {
      cause: error,
    });
  }
}

/**
 * Reads a list of models; every part of it is text.
 *
 * @throws WeirError UPSTREAM_INVALID where it is not JSON.
 */
export function readModelList(body: string): ResponseReading {
  return readUpstream(body, RESPONSE, (root, collector) => {
    collector.object(root, MODEL_LIST, 'other');
    const error = errorOf(member(root, 'error'));
    return {
      runs: collector.runs,
      uninspectable: [],
      usage: undefined,
      finishReasons: [],
      model: '',
      id: '',
      error,
      stale: [],
    };
  });
}

/**
 * What a response shows its reader that no text rule can look into. What only the provider itself reads again
 * (encrypted reasoning) shows nothing to anybody, and vectors are numbers.
 */
export function unseenOf({uninspectable}: TextCollector): readonly Uninspectable[] {
  return uninspectable.filter(({category}) => SHOWN.has(category));
}

const SHOWN: ReadonlySet<Uninspectable['category']> = new Set(['audio', 'image', 'file']);

/** What kind of failure the provider reports: its own type or code, never its message. */
export function errorOf(error: JsonNode | undefined): string | undefined {
  if (error === undefined || error.kind === 'literal') return undefined;
  return stringMember(error, 'type') ?? stringMember(error, 'code') ?? 'error';
}

const MODEL: Shape = new Map<string, Handler>([['created', figure]]);
const MODEL_LIST: Shape = new Map<string, Handler>([
  ['data', each(MODEL, 'other')],
  ['error', walkAs('response')],
]);

/** What the event says that ends a complete stream. */
export function endOfStream(): EventReading {
  return {
    pieces: [],
    ends: 'all',
    runs: [],
    uninspectable: [],
    stale: [],
    usage: undefined,
    finishReasons: [],
    model: '',
    id: '',
    error: undefined,
    last: true,
  };
}

/**
 * The `index` of a choice, call or block; undefined where there is none.
 *
 * @throws WeirError BODY_UNREADABLE for one that clients would read in different ways.
 */
export function indexMember(data: string, node: JsonNode): number | undefined {
  const index = member(node, 'index');
  if (index === undefined || (index.kind === 'literal' && index.value === null)) return undefined;
  const spelling = data.slice(index.start, index.end);
  if (index.kind === 'number' && /^-?\d{1,15}$/.test(spelling)) return Number(spelling);
  throw new WeirError('BODY_UNREADABLE', 'stream event has an index that is no whole number');
}

/** Texts, choices or blocks of one stream; nobody means more, and each one is remembered. */
const MAX_TRACKED = 10_000;

/** @throws WeirError BODY_UNREADABLE where a stream has too many of what a reader remembers. */
export function limitTracked({size}: {readonly size: number}): void {
  if (size >= MAX_TRACKED) throw new WeirError('BODY_UNREADABLE', `stream has more than ${MAX_TRACKED} parts`);
}

/** Why a response finished: a word of the format, or `other`. Free text of a provider has no place in a span. */
export function finishWord(words: readonly string[], reason: string): string {
  return words.includes(reason) ? reason : 'other';
}
