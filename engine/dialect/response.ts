import {errorCode, publicMessage, WeirError} from '../../lib/errors.ts';
import {TextCollector} from './collect.ts';
import type {ResponseReading} from './dialect.ts';
import {type JsonNode, stringMember} from './json/node.ts';
import {type ScanOptions, scanJson} from './json/scan.ts';

/** What providers send: strict, but a fragment of a stream may end within a surrogate pair. */
export const RESPONSE: ScanOptions = {duplicateKeys: 'refuse', loneSurrogates: 'allow', arrayNumbers: 'place'};

/** @throws WeirError UPSTREAM_INVALID where the body is not JSON, with the place of what is wrong. */
export function scanResponse(body: string, options: ScanOptions): JsonNode {
  try {
    return scanJson(body, options);
  } catch (error) {
    if (errorCode(error) !== 'BODY_UNREADABLE') throw error;
    throw new WeirError('UPSTREAM_INVALID', `the provider's answer cannot be read: ${publicMessage(error)}`, {
      cause: error,
    });
  }
}

/**
 * Reads an answer of which every part is text (model lists).
 *
 * @throws WeirError UPSTREAM_INVALID where it is not JSON.
 */
export function readAnyResponse(body: string): ResponseReading {
  const root = scanResponse(body, RESPONSE);
  const collector = new TextCollector(body, root);
  collector.walk(root, 'response');
  return {
    runs: collector.runs,
    usage: undefined,
    finishReasons: [],
    model: stringMember(root, 'model') ?? '',
    id: '',
    error: undefined,
    stale: [],
  };
}
