import type {Place} from '../exchange.ts';
import {content, tools} from './anthropic-content.ts';
import {type Handler, oneOf, type Shape, TextCollector, walkAs} from './collect.ts';
import type {RequestReading} from './dialect.ts';
import {itemsOf, member, stringMember} from './json/node.ts';
import {scanJson} from './json/scan.ts';
import {storedObject} from './media.ts';
import {conversationIn, modelOf, namesOfTool, objectBody, streamOf} from './request.ts';

/**
 * Reads the body of a messages request.
 *
 * @throws WeirError BODY_UNREADABLE with what is wrong and where.
 */
export function readMessagesRequest(body: string): RequestReading {
  const root = objectBody(scanJson(body));
  const collector = new TextCollector(body, root);
  collector.object(root, REQUEST, 'other');
  return {
    model: modelOf(root),
    stream: streamOf(root),
    runs: collector.runs,
    tools: itemsOf(member(root, 'tools')).flatMap(namesOfTool),
    uninspectable: collector.uninspectable,
    dataset: stringMember(member(root, 'metadata'), 'dataset'),
    conversation: conversationIn(root),
    messages: itemsOf(member(root, 'messages')).map(({start, end}) => ({start, end})),
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

/** Servers that the provider calls on the program's behalf: their traffic does not pass here. */
const hostedServers: Handler = (node, collector) => {
  for (const server of itemsOf(node)) collector.opaque('hostedTool', server);
  collector.walk(node, 'other');
};

const MESSAGE: Shape = new Map<string, Handler>([
  ['role', oneOf('user', 'assistant', 'system')],
  ['content', content],
]);

/** A container of an earlier request, by id or in an object. */
const container: Handler = (node, collector, place) => {
  if (node.kind === 'string') storedObject()(node, collector, place);
  else collector.object(node, CONTAINER, place);
};
const CONTAINER: Shape = new Map<string, Handler>([
  ['id', storedObject()],
  ['skills', storedObject('hostedTool')],
]);

const REQUEST: Shape = new Map<string, Handler>([
  ['model', walkAs('other')],
  ['messages', messages],
  [
    'system',
    (node, collector) => {
      content(node, collector, 'system');
    },
  ],
  ['tools', tools],
  ['mcp_servers', hostedServers],
  ['metadata', walkAs('metadata')],
  ['container', container],
  ...[
    'max_tokens',
    'stop_sequences',
    'stream',
    'temperature',
    'top_k',
    'top_p',
    'tool_choice',
    'thinking',
    'service_tier',
    'context_management',
    'output_config',
    'output_format',
    'inference_geo',
  ].map((key): [string, Handler] => [key, walkAs('other')]),
]);

function placeOfRole(role: string | undefined): Place {
  if (role === 'assistant') return 'assistant';
  return role === 'system' ? 'system' : 'prompt';
}
