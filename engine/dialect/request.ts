import {WeirError} from '../../lib/errors.ts';
import type {RequestReading} from './dialect.ts';
import {type JsonNode, type JsonObject, member, stringMember} from './json/node.ts';

/** What a request without a body says. */
export function emptyReading(): RequestReading {
  return {model: '', stream: false, runs: [], tools: [], uninspectable: [], dataset: undefined, messages: []};
}

/** @throws WeirError BODY_UNREADABLE where the body is JSON but no object. */
export function objectBody(root: JsonNode): JsonObject {
  if (root.kind !== 'object') throw new WeirError('BODY_UNREADABLE', `body is ${root.kind}; send a JSON object`);
  return root;
}

/** @throws WeirError BODY_UNREADABLE where the model is named by anything but a string. */
export function modelOf(root: JsonObject): string {
  const model = member(root, 'model');
  if (model !== undefined && model.kind !== 'string') {
    throw new WeirError('BODY_UNREADABLE', 'body has a model that is not a string; name one model');
  }
  return stringMember(root, 'model') ?? '';
}

/** @throws WeirError BODY_UNREADABLE where `stream` is not a truth value: readers disagree on what it means. */
export function streamOf(root: JsonObject): boolean {
  const stream = member(root, 'stream');
  if (stream === undefined) return false;
  if (stream.kind !== 'literal')
    throw new WeirError('BODY_UNREADABLE', 'body has a stream that is neither true nor false');
  return stream.value === true;
}
