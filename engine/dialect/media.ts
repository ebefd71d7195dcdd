import type {Place, Uninspectable} from '../exchange.ts';
import type {Handler, TextCollector} from './collect.ts';
import type {JsonString} from './json/node.ts';

/** `data:` with a media type and nothing that could carry text of its own. */
const DATA_URL_HEADER = /^data:([\w.+-]+\/[\w.+-]+)?(?:;charset=(?:utf-8|us-ascii))?(;base64)?,/i;
const TEXT_TYPE =
  /^(?:text\/[\w.+-]+|application\/(?:json|xml|yaml|x-yaml|javascript|[\w.+-]+\+(?:json|xml)))(?:;\s*charset="?(?:utf-8|us-ascii)"?)?$/i;
const REMOTE_URL = /^\s*https?:/i;
/** Base64, also URL-safe: what signatures and encrypted blobs look like. */
const OPAQUE_TOKEN = /^[A-Za-z0-9+/_=-]*$/;

/**
 * A place for content by URL: data URLs with text are text, other data URLs are the given category,
 * and addresses that the provider would fetch are stated as such (and read as text, for what they carry).
 */
export function contentUrl(category: Uninspectable['category']): Handler {
  return (node, collector, place) => {
    if (node.kind === 'string') readUrl(node, collector, place, category);
    else collector.walk(node, place);
  };
}

/** Bytes written as base64, of a kind that no text rule can see. */
export function opaqueBytes(category: Uninspectable['category']): Handler {
  return (node, collector, place) => {
    collector.opaque(category, node);
    if (node.kind !== 'string' || !looksOpaque(node.value)) collector.walk(node, place);
  };
}

/** Sound, whole or a fragment of it; text in its place is text. */
export const sound: Handler = (node, collector, place) => {
  if (node.kind !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(node.value)) collector.walk(node, place);
  else if (node.value !== '') collector.opaque('audio', node);
};

/** A name of something that the provider stores and Weir has not seen. */
export function storedObject(category: Uninspectable['category'] = 'storedObject'): Handler {
  return (node, collector) => {
    if (node.kind !== 'literal') collector.opaque(category, node);
    collector.walk(node, 'other');
  };
}

/** A provider's seal over its own content: passed as it is, unless it is text in disguise. */
export const signature: Handler = (node, collector) => {
  if (node.kind !== 'string' || !looksOpaque(node.value)) collector.walk(node, 'other');
};

/** Whether a media type names text in an encoding that is read here; in another one it would say something else. */
export function isTextType(mediaType: string): boolean {
  return TEXT_TYPE.test(mediaType);
}

function readUrl(node: JsonString, collector: TextCollector, place: Place, category: Uninspectable['category']): void {
  const header = DATA_URL_HEADER.exec(node.value);
  if (header === null) {
    collector.opaque(REMOTE_URL.test(node.value) ? 'remoteUrl' : category, node);
    collector.text(node, place);
    return;
  }
  const [prefix, mediaType = 'text/plain', base64] = header;
  if (base64 !== undefined) {
    const readable = isTextType(mediaType) && collector.base64Text(node, prefix.length, place);
    if (!readable) collector.opaque(category, node);
    return;
  }
  // Percent escapes hide text from rules, so such a URL is read and stated.
  if (!isTextType(mediaType) || node.value.includes('%')) collector.opaque(category, node);
  collector.text(node, place);
}

/** Long enough not to be a word, and of the alphabet of encoded bytes. */
function looksOpaque(value: string): boolean {
  return value === '' || (value.length >= MIN_OPAQUE_LENGTH && OPAQUE_TOKEN.test(value));
}

const MIN_OPAQUE_LENGTH = 64;
