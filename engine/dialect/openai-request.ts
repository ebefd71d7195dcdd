import type {Place} from '../exchange.ts';
import {each, type Handler, jsonText, oneOf, type Shape, shaped, TextCollector, walkAs} from './collect.ts';
import type {RequestReading} from './dialect.ts';
import {itemsOf, type JsonNode, type JsonString, member, stringMember} from './json/node.ts';
import {scanJson} from './json/scan.ts';
import {contentUrl, opaqueBytes, storedObject} from './media.ts';
import {conversationIn, emptyReading, modelOf, namesOfTool, objectBody, streamOf} from './request.ts';

/**
 * Reads the body of a chat completion.
 *
 * @throws WeirError BODY_UNREADABLE with what is wrong and where.
 */
export function readChatRequest(body: string): RequestReading {
  const root = objectBody(scanJson(body));
  const collector = new TextCollector(body, root);
  collector.object(root, CHAT, 'other');
  return {
    model: modelOf(root),
    stream: streamOf(root),
    runs: collector.runs,
    tools: toolNames(root),
    uninspectable: collector.uninspectable,
    dataset: stringMember(member(root, 'metadata'), 'dataset'),
    conversation: conversationIn(root),
    messages: itemsOf(member(root, 'messages')).map(({start, end}) => ({start, end})),
  };
}

/**
 * Reads the body of an embeddings request; token ids are stated as uninspectable.
 *
 * @throws WeirError BODY_UNREADABLE with what is wrong and where.
 */
export function readEmbeddingsRequest(body: string): RequestReading {
  const root = objectBody(scanJson(body));
  const collector = new TextCollector(body, root);
  collector.object(root, EMBEDDINGS, 'other');
  return {
    ...emptyReading(),
    model: modelOf(root),
    runs: collector.runs,
    uninspectable: collector.uninspectable,
    dataset: stringMember(member(root, 'metadata'), 'dataset'),
    conversation: conversationIn(root),
  };
}

const messages: Handler = (node, collector) => {
  if (node.kind !== 'array') {
    collector.walk(node, 'prompt');
    return;
  }
  node.items.forEach((item, index) => {
    collector.message = index;
    collector.object(item, MESSAGE, placeOfRole(stringMember(item, 'role')));
  });
  collector.message = -1;
};

/** Adjacent text parts reach the model as one text; whatever stands between them parts them. */
export const content: Handler = (node, collector, place) => {
  if (node.kind !== 'array') {
    collector.walk(node, place);
    return;
  }
  let adjacent: JsonString[] = [];
  for (const part of node.items) {
    const text = partText(part);
    if (text === undefined) {
      collector.joined(adjacent, place);
      adjacent = [];
    } else {
      adjacent.push(text);
    }
    collector.object(part, text === undefined ? PART : TEXT_PART, place);
  }
  collector.joined(adjacent, place);
};

const tools: Handler = (node, collector) => {
  for (const tool of itemsOf(node)) {
    const type = stringMember(tool, 'type');
    if (type !== 'function' && type !== 'custom') collector.opaque('hostedTool', tool);
    collector.object(tool, TOOL, 'toolDefinition');
  }
  if (node.kind !== 'array') collector.walk(node, 'toolDefinition');
};

const hostedSearch: Handler = (node, collector) => {
  if (node.kind !== 'literal') collector.opaque('hostedTool', node);
  collector.walk(node, 'other');
};

const embeddingInput: Handler = (node, collector) => {
  const hasTokenIds = (value: JsonNode): boolean =>
    value.kind === 'number' || itemsOf(value).some((item) => hasTokenIds(item));
  if (hasTokenIds(node)) collector.opaque('tokenIds', node);
  collector.walk(node, 'prompt');
};

const ignored: Handler = () => {
  // Read before, together with its neighbours.
};

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const;
const PART_TYPES = ['text', 'refusal', 'image_url', 'input_audio', 'file'] as const;

const PART: Shape = new Map<string, Handler>([
  ['type', oneOf(...PART_TYPES)],
  ['text', walkAs()],
  ['refusal', walkAs()],
  [
    'image_url',
    (node, collector, place) => {
      if (node.kind === 'string') contentUrl('image')(node, collector, place);
      else collector.object(node, IMAGE_URL, place);
    },
  ],
  [
    'input_audio',
    shaped(
      new Map<string, Handler>([
        ['data', opaqueBytes('audio')],
        ['format', walkAs('other')],
      ]),
    ),
  ],
  [
    'file',
    shaped(
      new Map<string, Handler>([
        ['filename', walkAs()],
        ['file_data', contentUrl('file')],
        ['file_id', storedObject()],
      ]),
    ),
  ],
]);
const TEXT_PART: Shape = new Map([...PART, ['text', ignored]]);
const IMAGE_URL: Shape = new Map<string, Handler>([
  ['url', contentUrl('image')],
  ['detail', oneOf('auto', 'low', 'high', 'original')],
]);

const FUNCTION_CALL: Shape = new Map<string, Handler>([
  ['name', walkAs('toolCall')],
  ['arguments', jsonText],
]);
const TOOL_CALL: Shape = new Map<string, Handler>([
  ['id', walkAs('other')],
  ['type', oneOf('function', 'custom')],
  ['index', walkAs('other')],
  ['function', shaped(FUNCTION_CALL, 'toolCall')],
  [
    'custom',
    shaped(
      new Map<string, Handler>([
        ['name', walkAs('toolCall')],
        ['input', jsonText],
      ]),
      'toolCall',
    ),
  ],
]);
const MESSAGE: Shape = new Map<string, Handler>([
  ['role', oneOf(...ROLES)],
  ['content', content],
  ['refusal', walkAs('assistant')],
  ['reasoning_content', walkAs('assistant')],
  ['reasoning', walkAs('assistant')],
  ['name', walkAs('metadata')],
  ['tool_call_id', walkAs('other')],
  ['tool_calls', each(TOOL_CALL, 'toolCall')],
  ['function_call', shaped(FUNCTION_CALL, 'toolCall')],
  ['audio', shaped(new Map<string, Handler>([['id', storedObject()]]), 'other')],
]);

const FUNCTION: Shape = new Map<string, Handler>([
  ['name', walkAs()],
  ['description', walkAs()],
  ['parameters', walkAs()],
  ['strict', walkAs()],
]);
const TOOL: Shape = new Map<string, Handler>([
  ['type', oneOf('function', 'custom')],
  ['function', shaped(FUNCTION)],
  ['custom', walkAs()],
]);

const CHAT: Shape = new Map<string, Handler>([
  ['model', walkAs('other')],
  ['messages', messages],
  ['tools', tools],
  ['functions', each(FUNCTION, 'toolDefinition')],
  ['web_search_options', hostedSearch],
  ['metadata', walkAs('metadata')],
  ['user', walkAs('metadata')],
  ['safety_identifier', walkAs('metadata')],
  ['prompt_cache_key', walkAs('metadata')],
  [
    'prediction',
    shaped(
      new Map<string, Handler>([
        ['type', oneOf('content')],
        ['content', content],
      ]),
      'prompt',
    ),
  ],
  ...[
    'stream',
    'stream_options',
    'stop',
    'temperature',
    'top_p',
    'n',
    'max_tokens',
    'max_completion_tokens',
    'presence_penalty',
    'frequency_penalty',
    'logit_bias',
    'logprobs',
    'top_logprobs',
    'seed',
    'store',
    'tool_choice',
    'parallel_tool_calls',
    'function_call',
    'response_format',
    'modalities',
    'audio',
    'reasoning_effort',
    'verbosity',
    'service_tier',
    'prompt_cache_retention',
  ].map((key): [string, Handler] => [key, walkAs('other')]),
]);

const EMBEDDINGS: Shape = new Map<string, Handler>([
  ['model', walkAs('other')],
  ['input', embeddingInput],
  ['user', walkAs('metadata')],
  ['metadata', walkAs('metadata')],
  ['encoding_format', oneOf('float', 'base64')],
  ['dimensions', walkAs('other')],
]);

function placeOfRole(role: string | undefined): Place {
  switch (role) {
    case 'system':
    case 'developer':
      return 'system';
    case 'assistant':
      return 'assistant';
    case 'tool':
    case 'function':
      return 'toolResult';
    default:
      return 'prompt';
  }
}

/** The text of a part that is nothing but text to the model. */
function partText(part: JsonNode): JsonString | undefined {
  const type = stringMember(part, 'type');
  if (type !== 'text') return undefined;
  const text = member(part, 'text');
  return text?.kind === 'string' ? text : undefined;
}

function toolNames(root: JsonNode): string[] {
  return [...itemsOf(member(root, 'tools')), ...itemsOf(member(root, 'functions'))].flatMap(namesOfTool);
}
