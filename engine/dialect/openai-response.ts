import type {Usage} from '../../proto/gen/weir/record/v1/record.ts';
import {each, figure, figures, type Handler, jsonText, oneOf, type Shape, shaped, toolCall, walkAs} from './collect.ts';
import type {ResponseReading} from './dialect.ts';
import {countMember, itemsOf, type JsonNode, member, stringMember} from './json/node.ts';
import {sound} from './media.ts';
import {content} from './openai-request.ts';
import {errorOf, finishWord, RESPONSE, readUpstream, unseenOf} from './response.ts';

/**
 * Reads the JSON answer to a chat completion, or an error.
 *
 * @throws WeirError UPSTREAM_INVALID where it is not JSON.
 */
export function readChatResponse(body: string): ResponseReading {
  return readUpstream(body, RESPONSE, (root, collector) => {
    collector.object(root, COMPLETION, 'other');
    const choices = itemsOf(member(root, 'choices'));
    return {
      ...readFacts(body, root),
      runs: collector.runs,
      uninspectable: unseenOf(collector),
      finishReasons: choices.flatMap(finishReasonOf),
      stale: choices.flatMap(staleOf),
    };
  });
}

/**
 * Reads an embeddings answer: vectors are passed over, everything else is text.
 *
 * @throws WeirError UPSTREAM_INVALID where it is not JSON.
 */
export function readEmbeddingsResponse(body: string): ResponseReading {
  return readUpstream(body, {...RESPONSE, arrayNumbers: 'skip'}, (root, collector) => {
    collector.object(root, EMBEDDING_LIST, 'other');
    return {...readFacts(body, root), runs: collector.runs, uninspectable: [], finishReasons: [], stale: []};
  });
}

/** Model, id, usage and error: the same in JSON answers and stream events. */
export function readFacts(
  text: string,
  root: JsonNode,
): {usage: Usage | undefined; model: string; id: string; error: string | undefined} {
  return {
    usage: usageOf(text, member(root, 'usage')),
    model: stringMember(root, 'model') ?? '',
    id: stringMember(root, 'id') ?? '',
    error: errorOf(member(root, 'error')),
  };
}

/** Why a choice has finished: one word, or none while it goes on; some servers write an empty reason until then. */
export function finishReasonOf(choice: JsonNode): string[] {
  const reason = stringMember(choice, 'finish_reason') ?? '';
  return reason === '' ? [] : [finishWord(FINISH_REASONS, reason)];
}

/** Token-by-token copies of a choice's text. */
export function staleOf(choice: JsonNode): {start: number; end: number}[] {
  const logprobs = member(choice, 'logprobs');
  return logprobs === undefined || logprobs.kind === 'literal' ? [] : [{start: logprobs.start, end: logprobs.end}];
}

function usageOf(text: string, usage: JsonNode | undefined): Usage | undefined {
  if (usage?.kind !== 'object') return undefined;
  return {
    inputTokens: countMember(text, usage, 'prompt_tokens') ?? 0n,
    outputTokens: countMember(text, usage, 'completion_tokens') ?? 0n,
    cachedInputTokens: countMember(text, member(usage, 'prompt_tokens_details'), 'cached_tokens') ?? 0n,
    reasoningTokens: countMember(text, member(usage, 'completion_tokens_details'), 'reasoning_tokens') ?? 0n,
  };
}

/** A vector: numbers, or their bytes in base64. */
const vector: Handler = (node, collector, place) => {
  const isBytes = node.kind === 'string' && node.value.length % 4 === 0 && VECTOR_BYTES.test(node.value);
  if (node.kind !== 'array' && !isBytes) collector.walk(node, place);
  for (const item of itemsOf(node)) if (item.kind !== 'number') collector.walk(item, place);
};

const VECTOR_BYTES = /^[A-Za-z0-9+/]{6,}={0,2}$/;

const CALLED: Shape = new Map<string, Handler>([
  ['name', walkAs('toolCall')],
  ['arguments', jsonText],
  ['input', jsonText],
]);
const TOOL_CALL: Shape = new Map<string, Handler>([
  ['id', walkAs('other')],
  ['type', oneOf('function', 'custom')],
  ['index', figure],
  ['function', toolCall(CALLED)],
  ['custom', toolCall(CALLED)],
]);
const MESSAGE: Shape = new Map<string, Handler>([
  ['role', oneOf('assistant')],
  ['content', content],
  ['refusal', walkAs('response')],
  ['reasoning_content', walkAs('response')],
  ['reasoning', walkAs('response')],
  ['annotations', walkAs('response')],
  ['tool_calls', each(TOOL_CALL, 'toolCall')],
  ['function_call', toolCall(CALLED)],
  [
    'audio',
    shaped(
      new Map<string, Handler>([
        ['id', walkAs('other')],
        ['data', sound],
        ['expires_at', figure],
        ['transcript', walkAs('response')],
      ]),
      'response',
    ),
  ],
]);
const FINISH_REASONS = ['stop', 'length', 'tool_calls', 'content_filter', 'function_call'] as const;

/** A completion, or a chunk of one: they differ in their name and in where a choice keeps its text. */
export function completionShape(object: string, text: [field: 'message' | 'delta', handler: Handler]): Shape {
  const choice: Shape = new Map<string, Handler>([
    ['index', figure],
    text,
    ['finish_reason', oneOf(...FINISH_REASONS)],
    ['logprobs', walkAs('response')],
  ]);
  return new Map<string, Handler>([
    ['id', walkAs('other')],
    ['object', oneOf(object)],
    ['created', figure],
    ['model', walkAs('other')],
    ['choices', each(choice, 'response')],
    ['usage', figures],
    ['system_fingerprint', walkAs('other')],
    ['service_tier', walkAs('other')],
    ['obfuscation', walkAs('other')],
    ['error', walkAs('response')],
  ]);
}

const COMPLETION = completionShape('chat.completion', ['message', shaped(MESSAGE, 'response')]);
const EMBEDDING: Shape = new Map<string, Handler>([
  ['object', oneOf('embedding')],
  ['index', figure],
  ['embedding', vector],
]);
const EMBEDDING_LIST: Shape = new Map<string, Handler>([
  ['object', oneOf('list')],
  ['data', each(EMBEDDING, 'response')],
  ['model', walkAs('other')],
  ['usage', figures],
]);
