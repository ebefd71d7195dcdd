import {WeirError} from '../../lib/errors.ts';
import type {RequestReading} from './dialect.ts';
import {type JsonNode, type JsonObject, member, stringMember} from './json/node.ts';

/** What a request without a body says. */
export function emptyReading(): RequestReading {
  return {
    model: '',
    stream: false,
    runs: [],
    tools: [],
    uninspectable: [],
    dataset: undefined,
    conversation: undefined,
    messages: [],
  };
}

/** @throws WeirError BODY_UNREADABLE where the body is JSON but no object. */
export function objectBody(root: JsonNode): JsonObject {
  if (root.kind !== 'object') throw new WeirError('BODY_UNREADABLE', `body is ${root.kind}; send a JSON object`);
  return root;
}

/** Where servers that speak a dialect take models that may answer in place of the first. */
const FURTHER_MODELS = ['models', 'fallbacks', 'fallback_models'];

/**
 * The one model that a request is for, as rules select on it; empty where the body names none.
 *
 * @throws WeirError BODY_UNREADABLE where a body names several, or one that readers may trim to another.
 */
export function modelOf(root: JsonObject): string {
  const model = member(root, 'model');
  if (model !== undefined && model.kind !== 'string') {
    throw new WeirError('BODY_UNREADABLE', 'body has a model that is not a string; name one model');
  }
  const name = stringMember(root, 'model') ?? '';
  if (/^\s|\s$|\p{C}/u.test(name)) {
    throw new WeirError('BODY_UNREADABLE', 'body has a model with invisible characters; write its bare name');
  }
  const further = FURTHER_MODELS.find((key) => member(root, key) !== undefined);
  if (further !== undefined) {
    throw new WeirError('BODY_UNREADABLE', `body names further models in "${further}"; name one model`);
  }
  return name;
}

/** The names of a tool that is offered, wherever it has them, and its type where that is no word for "named by you". */
export function namesOfTool(tool: JsonNode): string[] {
  const named = [tool, member(tool, 'function'), member(tool, 'custom')];
  const names = named.map((node) => stringMember(node, 'name') ?? '');
  const type = stringMember(tool, 'type');
  if (type !== undefined && type !== 'function' && type !== 'custom') names.push(type);
  return [...new Set(names)].filter((name) => name !== '');
}

const CONVERSATION_KEYS = ['conversation_id', 'session_id', 'conversation', 'session'] as const;

/** What the client calls the conversation: in a field of its own, in the metadata, or in the user's name as agents do. */
export function conversationIn(root: JsonObject): string | undefined {
  const own = member(root, 'conversation');
  const metadata = member(root, 'metadata');
  const stated = stringMember(root, 'conversation') ?? stringMember(own, 'id');
  if (stated !== undefined) return stated;
  for (const key of CONVERSATION_KEYS) {
    const named = stringMember(metadata, key);
    if (named !== undefined) return named;
  }
  const user = stringMember(metadata, 'user_id');
  return user !== undefined && /session/i.test(user) ? user : undefined;
}

/** @throws WeirError BODY_UNREADABLE where `stream` is not a truth value: readers disagree on what it means. */
export function streamOf(root: JsonObject): boolean {
  const stream = member(root, 'stream');
  if (stream === undefined) return false;
  if (stream.kind !== 'literal')
    throw new WeirError('BODY_UNREADABLE', 'body has a stream that is neither true nor false');
  return stream.value === true;
}
