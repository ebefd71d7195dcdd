import {Buffer, isUtf8} from 'node:buffer';
import {WeirError} from '../../lib/errors.ts';
import type {Place, TextPiece, TextRun, Uninspectable} from '../exchange.ts';
import {type Lead, leadOf} from '../mask/lead.ts';
import {itemsOf, type JsonNode, type JsonObject, type JsonString, pointerTo, stringMember} from './json/node.ts';
import {unitOffsets} from './json/offsets.ts';
import {JsonLimitError, MAX_REQUEST_VALUES, type ScanOptions, scanJson} from './json/scan.ts';

/** Reads the value of a known key. */
export type Handler = (node: JsonNode, collector: TextCollector, place: Place) => void;

/** The keys that a dialect knows in one kind of object. A key that is not here is text, and so is all below it. */
export type Shape = ReadonlyMap<string, Handler>;

/** Shorter numbers identify nobody. */
const MIN_NUMBER_DIGITS = 7;
/** Tool arguments are taken apart by the tool, not by the provider; what matters is that no token goes unread. */
const ARGUMENTS: ScanOptions = {
  duplicateKeys: 'allow',
  loneSurrogates: 'allow',
  arrayNumbers: 'place',
  maxValues: MAX_REQUEST_VALUES,
};
/** Most texts a document may hold, those inside of tool arguments too. */
const MAX_RUNS = 2 * MAX_REQUEST_VALUES;

/** Gathers the texts of one JSON document. */
export class TextCollector {
  readonly runs: TextRun[] = [];
  readonly uninspectable: Uninspectable[] = [];
  /** Conversation message that is being read; -1 outside of it. */
  message = -1;
  /** Tool whose arguments are being read; undefined outside of them. */
  tool: string | undefined;
  /** Key under which values are being read; undefined where none names them. */
  private valueKey: string | undefined;
  readonly body: string;
  readonly root: JsonNode;
  /** Whether this is JSON inside a string; JSON inside that one is text. */
  private isNested = false;

  constructor(body: string, root: JsonNode) {
    this.body = body;
    this.root = root;
  }

  /** Reads an object by its shape; anything else, and every unknown key, is read as text, or its value by `other`. */
  object(node: JsonNode, shape: Shape, place: Place, other: Handler = OTHER): void {
    if (node.kind !== 'object') {
      this.walk(node, place);
      return;
    }
    const {keys, values} = node;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      const value = values[i];
      if (key === undefined || value === undefined) continue;
      const handler = shape.get(key.value);
      if (handler === undefined) {
        this.unknown(key, value, shape, keys, other);
      } else {
        handler(value, this, place);
      }
    }
  }

  /** All string leaves, keys and long numbers of a value. */
  walk(node: JsonNode, place: Place): void {
    switch (node.kind) {
      case 'string':
        this.text(node, place);
        return;
      case 'number':
        this.number(node, place);
        return;
      case 'array':
        for (const item of node.items) this.walk(item, place);
        return;
      case 'object':
        this.walkObject(node, place);
        return;
      case 'literal':
    }
  }

  text(node: JsonString, place: Place): void {
    if (node.value === '') return;
    this.textsOf([node], place, this.lead('string'));
  }

  /** One run of a reader that sees these strings as one text. */
  joined(nodes: readonly JsonString[], place: Place): void {
    if (nodes.length === 0) return;
    this.textsOf(nodes, place);
  }

  /** One run, and the leaves of those strings that are JSON. */
  private textsOf(nodes: readonly JsonString[], place: Place, lead?: Lead): void {
    const documents = nodes.map((node) => this.escapedDocument(node));
    this.run(place, nodes.map(stringPiece), {lead, isJson: nodes.length === 1 && documents[0] !== undefined});
    nodes.forEach((node, i) => {
      const inner = documents[i];
      if (inner === undefined) return;
      this.leavesOf(node, inner, place, ({start, end}) => node.value.slice(start, end).includes('\\'));
    });
  }

  /** JSON written as a string: its own leaves, or the string as text where it is not JSON. */
  jsonText(node: JsonString, place: Place): void {
    const inner = tryScan(node.value);
    if (inner === undefined) {
      this.text(node, place);
      return;
    }
    this.leavesOf(node, inner, place, () => true);
  }

  /**
   * A text that is JSON with escapes (what tools answer, mostly): its leaves mean something else than they are written,
   * as behind `\n` a value is not seen to begin. They are read beside the text itself.
   */
  private escapedDocument({value}: JsonString): JsonNode | undefined {
    if (this.isNested || !value.includes('\\')) return undefined;
    // Text may be of any size and depth: it is judged as text in any case.
    return tryScan(value, 'skip');
  }

  /** Runs of the JSON in a string. */
  private leavesOf(node: JsonString, inner: JsonNode, place: Place, isWanted: (piece: TextPiece) => boolean): void {
    const nested = new TextCollector(node.value, inner);
    nested.isNested = true;
    nested.walk(inner, place);
    const wanted = nested.runs.filter(({pieces}) => pieces.some(isWanted));
    if (wanted.length === 0) return;
    const offsets = unitOffsets(this.body, node.start + 1, node.end - 1);
    for (const {pieces, lead} of wanted) {
      this.run(
        place,
        pieces.map((piece) => ({
          ...piece,
          start: offsets[piece.start] ?? node.start,
          end: offsets[piece.end] ?? node.end,
          layer: 'json' as const,
        })),
        {lead},
      );
    }
  }

  /** The payload of a data URL or a base64 source that carries text; false where it does not decode to text. */
  base64Text(node: JsonString, from: number, place: Place): boolean {
    const payload = node.value.slice(from);
    const bytes = Buffer.from(payload, 'base64');
    // A zero byte is no text: ASCII in UTF-16 is valid UTF-8 with one in every second place.
    if (!isUtf8(bytes) || bytes.includes(0) || bytes.toString('base64') !== payload) return false;
    // Base64 has no character that must be escaped but writers that escape '/' exist; their text stays uninspectable.
    const start = node.end - 1 - payload.length;
    if (this.body.slice(start, node.end - 1) !== payload) return false;
    if (payload === '') return true;
    this.run(place, [{form: 'string', start, end: node.end - 1, value: bytes.toString('utf8'), layer: 'base64'}]);
    return true;
  }

  /** States that nothing can look into this value. */
  opaque(category: Uninspectable['category'], node: JsonNode): void {
    this.uninspectable.push({category, pointer: pointerTo(this.root, node)});
  }

  private lead(kind: 'string' | 'number'): Lead | undefined {
    return this.valueKey === undefined ? undefined : leadOf(this.valueKey, kind);
  }

  private run(place: Place, pieces: readonly TextPiece[], more: Pick<TextRun, 'lead' | 'isJson'> = {}): void {
    const text = pieces.length === 1 ? (pieces[0]?.value ?? '') : pieces.map((piece) => piece.value).join('');
    if (this.runs.length >= MAX_RUNS)
      throw new JsonLimitError('BODY_UNREADABLE', `body has more than ${MAX_RUNS} texts`);
    this.runs.push({place, message: this.message, tool: this.tool, pieces, text, lead: more.lead, isJson: more.isJson});
  }

  private number(node: JsonNode, place: Place): void {
    if (node.end - node.start < MIN_NUMBER_DIGITS) return;
    const value = this.body.slice(node.start, node.end);
    if (countDigits(value) < MIN_NUMBER_DIGITS) return;
    this.run(place, [{form: 'number', start: node.start, end: node.end, value}], {lead: this.lead('number')});
  }

  private walkObject(node: JsonObject, place: Place): void {
    const {keys, values} = node;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      const value = values[i];
      if (key === undefined || value === undefined) continue;
      this.key(key, place, keys);
      const isFormatType = key.value === 'type' && value.kind === 'string' && FORMAT_TYPES.has(value.value);
      if (isFormatType) continue;
      const around = this.valueKey;
      this.valueKey = key.value;
      this.walk(value, place);
      this.valueKey = around;
    }
  }

  /** A key is text like any other, unless it is a word of the formats. */
  key({start, end, value}: JsonString, place: Place, siblings: readonly JsonString[]): void {
    if (value === '' || FORMAT_KEYS.has(value)) return;
    this.run(place, [{form: 'key', start, end, value, siblings}]);
  }

  private unknown(
    key: JsonString,
    value: JsonNode,
    shape: Shape,
    siblings: readonly JsonString[],
    other: Handler,
  ): void {
    if (shape.has(foldCase(key.value))) {
      throw new WeirError(
        'BODY_UNREADABLE',
        `body has a key at character ${key.start} that differs from a known one only in case; spell it as documented`,
      );
    }
    this.key(key, 'other', siblings);
    other(value, this, 'other');
  }
}

/** Reads any value as text of the given place, or of the place of what surrounds it. */
export function walkAs(place?: Place): Handler {
  return (node, collector, around) => {
    collector.walk(node, place ?? around);
  };
}

const OTHER = walkAs('other');

/** An object that the dialect knows. @param other reads the values of keys that it does not. */
export function shaped(shape: Shape, place?: Place, other?: Handler): Handler {
  return (node, collector, around) => {
    collector.object(node, shape, place ?? around, other);
  };
}

/** What a tool is called with: an object that names the tool, by a shape whose texts other than the name are arguments. */
export function toolCall(shape: Shape): Handler {
  return (node, collector) => {
    collector.tool = stringMember(node, 'name') ?? '';
    collector.object(node, shape, 'toolCall');
    collector.tool = undefined;
  };
}

/** An array of objects that the dialect knows. */
export function each(shape: Shape, place: Place): Handler {
  return (node, collector) => {
    if (node.kind !== 'array') collector.walk(node, place);
    for (const item of itemsOf(node)) collector.object(item, shape, place);
  };
}

/** The arguments of a tool call: JSON written as a string. */
export const jsonText: Handler = (node, collector) => {
  if (node.kind === 'string') collector.jsonText(node, 'toolCall');
  else collector.walk(node, 'toolCall');
};

/** One of the format's own words is no text; anything else is. */
export function oneOf(...words: readonly string[]): Handler {
  const known = new Set(words);
  return (node, collector) => {
    if (node.kind !== 'string' || !known.has(node.value)) collector.walk(node, 'other');
  };
}

/** A number or literal that the provider made up (time stamps, counts); anything else is text. */
export const figure: Handler = (node, collector) => {
  if (node.kind !== 'number') collector.walk(node, 'other');
};

/** An object of counts: its known shape is numbers under keys, nested. */
export const figures: Handler = (node, collector, place) => {
  if (node.kind !== 'object') {
    figure(node, collector, place);
    return;
  }
  for (const key of node.keys) if (!PLAIN_WORDS.test(key.value)) collector.key(key, 'other', node.keys);
  for (const value of node.values) figures(value, collector, place);
};

export function stringPiece({start, end, value}: JsonString): TextPiece {
  return {form: 'string', start, end, value};
}

/** As readers that ignore case fold keys: also the long s and the Kelvin sign. */
function foldCase(key: string): string {
  return key.toUpperCase().toLowerCase();
}

function tryScan(text: string, beyondLimits: 'refuse' | 'skip' = 'refuse'): JsonNode | undefined {
  const first = text.trimStart().charCodeAt(0);
  if (first !== 0x7b && first !== 0x5b && first !== 0x22) return undefined;
  try {
    return scanJson(text, ARGUMENTS);
  } catch (error) {
    // What is too much to be read must not pass as text: its escapes would hide what it says.
    const isLimit = error instanceof JsonLimitError && beyondLimits === 'refuse';
    if (error instanceof WeirError && !isLimit) return undefined;
    throw error;
  }
}

function countDigits(text: string): number {
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x30 && code <= 0x39) digits++;
  }
  return digits;
}

/** How formats spell their own keys. */
const PLAIN_WORDS = /^[a-z_]{1,40}$/;

/**
 * Words of the formats and of JSON Schema as keys: they say nothing about anybody, stand in every request, and
 * masking one could only break it.
 */
const FORMAT_KEYS = new Set(
  (
    'type properties required description items enum additionalProperties anyOf oneOf allOf not const default title ' +
    'format pattern minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength minItems maxItems ' +
    'uniqueItems minProperties maxProperties $ref $defs $schema definitions examples nullable ' +
    'id object name function strict schema json_schema content text url index token logprob bytes top_logprobs ' +
    'include_usage message param code error request_id start_index end_index url_citation dataset user_id ' +
    'system_fingerprint service_tier obfuscation cited_text document_index document_title start_char_index ' +
    'end_char_index budget_tokens max_uses enabled display_name has_more first_id last_id created_at'
  ).split(' '),
);

/** Values of a key `type` that are words of the formats. */
const FORMAT_TYPES = new Set(
  (
    'object string integer number boolean array null function custom text json_object json_schema ephemeral auto any ' +
    'none tool enabled disabled url url_citation char_location page_location content_block_location model'
  ).split(' '),
);
