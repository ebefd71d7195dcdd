import type {Usage} from '../../proto/gen/weir/record/v1/record.ts';
import {content} from './anthropic-content.ts';
import {figure, figures, type Handler, oneOf, type Shape, walkAs} from './collect.ts';
import type {ResponseReading} from './dialect.ts';
import {countMember, type JsonNode, member, stringMember} from './json/node.ts';
import {errorOf, finishWord, RESPONSE, readUpstream, unseenOf} from './response.ts';

/**
 * Reads the JSON answer to a messages request, or an error.
 *
 * @throws WeirError UPSTREAM_INVALID where it is not JSON.
 */
export function readMessagesResponse(body: string): ResponseReading {
  return readUpstream(body, RESPONSE, (root, collector) => {
    collector.object(root, MESSAGE, 'response');
    return {
      runs: collector.runs,
      uninspectable: unseenOf(collector),
      usage: usageOf(body, member(root, 'usage'), undefined),
      finishReasons: stopReasonOf(root),
      model: stringMember(root, 'model') ?? '',
      id: stringMember(root, 'id') ?? '',
      error: errorOf(member(root, 'error')),
      stale: [],
    };
  });
}

/**
 * Tokens as the provider counts them; input includes what came from and went into the cache.
 *
 * @param before what an earlier event of the stream said, for counts that this one leaves out.
 */
export function usageOf(text: string, usage: JsonNode | undefined, before: Usage | undefined): Usage | undefined {
  if (usage?.kind !== 'object') return before;
  const uncached = countMember(text, usage, 'input_tokens');
  const cached = countMember(text, usage, 'cache_read_input_tokens') ?? 0n;
  const written = countMember(text, usage, 'cache_creation_input_tokens') ?? 0n;
  const said = uncached !== undefined && (uncached > 0n || before === undefined);
  return {
    inputTokens: said ? uncached + cached + written : (before?.inputTokens ?? 0n),
    outputTokens: countMember(text, usage, 'output_tokens') ?? before?.outputTokens ?? 0n,
    cachedInputTokens: said ? cached : (before?.cachedInputTokens ?? 0n),
    reasoningTokens: before?.reasoningTokens ?? 0n,
  };
}

/** Why a message has stopped: one word, or none while it goes on. */
export function stopReasonOf(node: JsonNode | undefined): string[] {
  const reason = stringMember(node, 'stop_reason') ?? '';
  return reason === '' ? [] : [finishWord(STOP_REASONS, reason)];
}

export const STOP_REASONS = [
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
] as const;

/** A message, whole or as a stream begins with it. */
export const MESSAGE: Shape = new Map<string, Handler>([
  ['id', walkAs('other')],
  ['type', oneOf('message', 'error')],
  ['role', oneOf('assistant')],
  ['model', walkAs('other')],
  ['content', content],
  ['stop_reason', oneOf(...STOP_REASONS)],
  ['stop_sequence', walkAs()],
  ['usage', figures],
  ['error', walkAs()],
  ['request_id', walkAs('other')],
  ['index', figure],
]);
