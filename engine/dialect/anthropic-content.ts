import type {Place} from '../exchange.ts';
import {each, type Handler, oneOf, type Shape, shaped, TextCollector, toolCall, walkAs} from './collect.ts';
import {itemsOf, type JsonNode, type JsonString, member, stringMember} from './json/node.ts';
import {contentUrl, isTextType, opaqueBytes, signature, storedObject} from './media.ts';

/**
 * Content as a string or as blocks. Adjacent text blocks reach the model as one text; whatever stands between them
 * parts them.
 */
export const content: Handler = (node, collector, place) => {
  if (node.kind !== 'array') {
    collector.walk(node, place);
    return;
  }
  let adjacent: JsonString[] = [];
  for (const block of node.items) {
    const text = stringMember(block, 'type') === 'text' ? member(block, 'text') : undefined;
    if (text?.kind === 'string') {
      adjacent.push(text);
      collector.object(block, TEXT_BLOCK, place);
      continue;
    }
    collector.joined(adjacent, place);
    adjacent = [];
    readBlock(block, collector, place);
  }
  collector.joined(adjacent, place);
};

/** A block that is not text, read by its type; a type that is not known is text throughout. */
export function readBlock(block: JsonNode, collector: TextCollector, place: Place): void {
  const type = stringMember(block, 'type') ?? '';
  const shape = BLOCKS.get(type) ?? OTHER_BLOCK;
  if (shape === TOOL_USE) toolCall(shape)(block, collector, place);
  else collector.object(block, shape, placeOfBlock(type, place));
}

function placeOfBlock(type: string, place: Place): Place {
  if (type.endsWith('tool_use')) return 'toolCall';
  return type.endsWith('tool_result') ? 'toolResult' : place;
}

/** Bytes in base64: text where the media type beside them says so. */
const sourceOf =
  (category: 'image' | 'file'): Handler =>
  (node, collector, place) => {
    const data = member(node, 'data');
    const isText = isTextType(stringMember(node, 'media_type') ?? '');
    const isBase64 = stringMember(node, 'type') === 'base64';
    const readData: Handler = (value) => {
      if (!isBase64 && isText) collector.walk(value, place);
      else if (!(isText && value.kind === 'string' && collector.base64Text(value, 0, place))) {
        opaqueBytes(category)(value, collector, place);
      }
    };
    const shape: Shape = new Map<string, Handler>([
      ['type', oneOf('base64', 'url', 'text', 'content', 'file')],
      ['media_type', walkAs('other')],
      ['data', readData],
      ['url', contentUrl(category)],
      ['file_id', storedObject()],
      ['content', content],
    ]);
    if (data === undefined && node.kind !== 'object') collector.walk(node, place);
    else collector.object(node, shape, place);
  };

const ignored: Handler = () => {
  // Read before, together with its neighbours.
};

/** Keys that several kinds of blocks share. */
const SHARED: readonly [string, Handler][] = [
  ['cache_control', walkAs('other')],
  ['citations', walkAs()],
  ['id', walkAs('other')],
];

const TEXT_BLOCK: Shape = new Map<string, Handler>([...SHARED, ['type', oneOf('text')], ['text', ignored]]);

const TOOL_RESULT: Shape = new Map<string, Handler>([
  ...SHARED,
  ['type', oneOf('tool_result', 'mcp_tool_result')],
  ['tool_use_id', walkAs('other')],
  ['content', content],
  ['is_error', walkAs('other')],
]);
const TOOL_USE: Shape = new Map<string, Handler>([
  ...SHARED,
  ['type', oneOf('tool_use', 'server_tool_use', 'mcp_tool_use')],
  ['name', walkAs()],
  ['server_name', walkAs()],
  ['input', walkAs()],
  ['caller', walkAs('other')],
]);
const HOSTED_ITEM: Shape = new Map<string, Handler>([
  ['type', oneOf('web_search_result')],
  ['url', walkAs()],
  ['title', walkAs()],
  ['page_age', walkAs()],
  ['encrypted_content', opaqueBytes('encryptedReasoning')],
]);
const HOSTED_RESULT: Shape = new Map<string, Handler>([
  ...SHARED,
  ['type', oneOf('web_search_tool_result', 'web_fetch_tool_result', 'code_execution_tool_result')],
  ['tool_use_id', walkAs('other')],
  [
    'content',
    (node, collector, place) => {
      if (node.kind === 'array') each(HOSTED_ITEM, place)(node, collector, place);
      else collector.walk(node, place);
    },
  ],
]);

const BLOCKS: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['text', new Map<string, Handler>([...SHARED, ['type', oneOf('text')], ['text', walkAs()]])],
  ['image', new Map<string, Handler>([...SHARED, ['type', oneOf('image')], ['source', sourceOf('image')]])],
  [
    'document',
    new Map<string, Handler>([
      ...SHARED,
      ['type', oneOf('document')],
      ['source', sourceOf('file')],
      ['title', walkAs()],
      ['context', walkAs()],
    ]),
  ],
  [
    'search_result',
    new Map<string, Handler>([
      ...SHARED,
      ['type', oneOf('search_result')],
      ['source', walkAs()],
      ['title', walkAs()],
      ['content', content],
    ]),
  ],
  ['tool_use', TOOL_USE],
  ['server_tool_use', TOOL_USE],
  ['mcp_tool_use', TOOL_USE],
  ['tool_result', TOOL_RESULT],
  ['mcp_tool_result', TOOL_RESULT],
  ['web_search_tool_result', HOSTED_RESULT],
  ['web_fetch_tool_result', HOSTED_RESULT],
  ['code_execution_tool_result', HOSTED_RESULT],
  [
    'thinking',
    new Map<string, Handler>([
      ['type', oneOf('thinking')],
      ['thinking', walkAs()],
      ['signature', signature],
    ]),
  ],
  [
    'redacted_thinking',
    new Map<string, Handler>([
      ['type', oneOf('redacted_thinking')],
      ['data', opaqueBytes('encryptedReasoning')],
    ]),
  ],
  [
    'container_upload',
    new Map<string, Handler>([...SHARED, ['type', oneOf('container_upload')], ['file_id', storedObject()]]),
  ],
]);
const OTHER_BLOCK: Shape = new Map<string, Handler>([...SHARED, ['type', walkAs('other')], ['text', walkAs()]]);

/** A tool that the program runs itself; every other typed tool runs at the provider. */
const CLIENT_TOOL = /^(?:custom|(?:bash|computer|memory|text_editor)_\d+)$/;

const TOOL: Shape = new Map<string, Handler>([
  ['type', walkAs('toolDefinition')],
  ['name', walkAs()],
  ['description', walkAs()],
  ['input_schema', walkAs()],
  ['cache_control', walkAs('other')],
]);

/** Tool definitions; those that the provider runs are stated. */
export const tools: Handler = (node, collector) => {
  if (node.kind !== 'array') collector.walk(node, 'toolDefinition');
  for (const tool of itemsOf(node)) {
    const type = stringMember(tool, 'type');
    if (type !== undefined && !CLIENT_TOOL.test(type)) collector.opaque('hostedTool', tool);
    shaped(TOOL, 'toolDefinition')(tool, collector, 'toolDefinition');
  }
};
