import {WeirError} from '../../../lib/errors.ts';
import type {JsonArray, JsonNode, JsonNumber, JsonObject, JsonString} from './node.ts';

/** What a document may hold beside strict JSON. */
export interface ScanOptions {
  /** `refuse` wherever two readers could disagree; `allow` for JSON that only one reader takes apart. */
  duplicateKeys: 'refuse' | 'allow';
  /** A surrogate escape without its partner: two parsers may read it differently. Streams may split a pair. */
  loneSurrogates: 'refuse' | 'allow';
  /** `skip`: neighbouring numbers in an array become one node without a place, which does not count (embedding vectors). */
  arrayNumbers: 'place' | 'skip';
  /** Most values a document may hold, each of which takes a hundred times its bytes of memory; undefined for no limit. */
  maxValues?: number;
}

/** The document may well be JSON, but is more than is looked into: it must not be taken for something else. */
export class JsonLimitError extends WeirError {}

/** Far more than any model takes, and what an agent can hold of many callers at once. */
export const MAX_REQUEST_VALUES = 500_000;

/** For everything a caller sends: what Weir reads must be what the provider reads. */
export const STRICT: ScanOptions = {
  duplicateKeys: 'refuse',
  loneSurrogates: 'refuse',
  arrayNumbers: 'place',
  maxValues: MAX_REQUEST_VALUES,
};

const MAX_DEPTH = 100;
/** Up to here comparing every pair of keys is cheaper than a set. */
const FEW_KEYS = 8;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NONE: readonly never[] = [];
const UNPLACED: JsonNumber = {kind: 'number', start: 0, end: 0};

/**
 * Reads strict JSON (RFC 8259) with the place of every token.
 *
 * @throws WeirError BODY_UNREADABLE with what is wrong and at which UTF-16 offset, never with the text.
 */
export function scanJson(text: string, options: ScanOptions = STRICT): JsonNode {
  return new Scanner(text, options).document();
}

class Scanner {
  readonly text: string;
  readonly options: ScanOptions;
  at = 0;
  private valuesLeft: number;
  /** Of the objects and arrays that are being read: how many they have is known at their end only. */
  private readonly openKeys: JsonString[] = [];
  private readonly openValues: JsonNode[] = [];

  constructor(text: string, options: ScanOptions) {
    this.text = text;
    this.options = options;
    this.valuesLeft = options.maxValues ?? Number.POSITIVE_INFINITY;
  }

  document(): JsonNode {
    if (this.options.loneSurrogates === 'refuse' && !this.text.isWellFormed()) {
      throw this.wrong('a lone surrogate', loneSurrogateIn(this.text));
    }
    const node = this.value(0);
    this.space();
    if (this.at < this.text.length) throw this.wrong('text after the end of the document', this.at);
    return node;
  }

  value(depth: number): JsonNode {
    if (--this.valuesLeft < 0) throw this.beyond(`more than ${String(this.options.maxValues)} values`, this.at);
    const code = this.space();
    switch (code) {
      case QUOTE:
        return this.string();
      case 0x7b: // {
        return this.object(depth + 1);
      case 0x5b: // [
        return this.array(depth + 1);
      case 0x74: // t
        return this.literal('true', true);
      case 0x66: // f
        return this.literal('false', false);
      case 0x6e: // n
        return this.literal('null', null);
      default:
        if (code === 0x2d || isDigit(code)) return this.number();
        throw this.wrong(this.at < this.text.length ? 'an unexpected character' : 'an early end', this.at);
    }
  }

  object(depth: number): JsonObject {
    const start = this.at;
    if (depth > MAX_DEPTH) throw this.beyond(`nesting deeper than ${MAX_DEPTH}`, start);
    this.at++;
    if (this.space() === 0x7d) return {kind: 'object', start, end: ++this.at, keys: NONE, values: NONE};
    const {openKeys, openValues} = this;
    const firstKey = openKeys.length;
    const firstValue = openValues.length;
    let seen: Set<string> | undefined;
    for (;;) {
      if (this.space() !== QUOTE) throw this.wrong('a missing key', this.at);
      const key = this.string();
      if (this.options.duplicateKeys === 'refuse') seen = this.unique(key, firstKey, seen);
      if (this.space() !== 0x3a) throw this.wrong('a missing colon', this.at);
      this.at++;
      openKeys.push(key);
      openValues.push(this.value(depth));
      const next = this.space();
      this.at++;
      if (next === 0x2c) continue;
      if (next !== 0x7d) throw this.wrong('a missing comma or brace', this.at - 1);
      const keys = openKeys.splice(firstKey);
      return {kind: 'object', start, end: this.at, keys, values: openValues.splice(firstValue)};
    }
  }

  array(depth: number): JsonArray {
    const start = this.at;
    if (depth > MAX_DEPTH) throw this.beyond(`nesting deeper than ${MAX_DEPTH}`, start);
    this.at++;
    if (this.space() === 0x5d) return {kind: 'array', start, end: ++this.at, items: NONE};
    const {openValues} = this;
    const first = openValues.length;
    const skipNumbers = this.options.arrayNumbers === 'skip';
    for (;;) {
      const item = this.value(depth);
      if (skipNumbers && item.kind === 'number') {
        this.valuesLeft++;
        if (openValues.length === first || openValues.at(-1) !== UNPLACED) openValues.push(UNPLACED);
      } else {
        openValues.push(item);
      }
      const next = this.space();
      this.at++;
      if (next === 0x2c) continue;
      if (next === 0x5d) return {kind: 'array', start, end: this.at, items: openValues.splice(first)};
      throw this.wrong('a missing comma or bracket', this.at - 1);
    }
  }

  string(): JsonString {
    const {text} = this;
    const {length} = text;
    const start = this.at;
    for (let i = start + 1; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code === QUOTE) {
        this.at = i + 1;
        return {kind: 'string', start, end: i + 1, value: text.slice(start + 1, i)};
      }
      if (code === BACKSLASH) return this.escapedString(start, i);
      if (code < 0x20) throw this.wrong('a control character in a string', i);
    }
    throw this.wrong('a string without end', start);
  }

  /** The rest of a string whose first backslash stands at `from`. */
  escapedString(start: number, from: number): JsonString {
    const {text} = this;
    const {length} = text;
    let value = text.slice(start + 1, from);
    let copied = from;
    let i = from;
    while (i < length) {
      const code = text.charCodeAt(i);
      if (code === QUOTE) {
        value += text.slice(copied, i);
        this.at = i + 1;
        return {kind: 'string', start, end: i + 1, value};
      }
      if (code < 0x20) throw this.wrong('a control character in a string', i);
      if (code !== BACKSLASH) {
        i++;
        continue;
      }
      value += text.slice(copied, i);
      const size = escapeLength(text, i);
      if (size === 0) throw this.wrong('an unknown escape', i);
      const unit = unescapedUnit(text, i);
      if (isSurrogate(unit) && this.options.loneSurrogates === 'refuse') {
        // A pair is taken in one step, so a low half met here has no partner.
        if (!isLowSurrogateEscape(text, i + size) || unit >= 0xdc00) throw this.wrong('a lone surrogate', i);
        value += String.fromCharCode(unit, unescapedUnit(text, i + size));
        i += 2 * size;
      } else {
        value += String.fromCharCode(unit);
        i += size;
      }
      copied = i;
    }
    throw this.wrong('a string without end', start);
  }

  number(): JsonNumber {
    const {text} = this;
    const start = this.at;
    let i = start;
    if (text.charCodeAt(i) === 0x2d) i++;
    if (text.charCodeAt(i) === 0x30) i++;
    else i = this.digits(i);
    if (text.charCodeAt(i) === 0x2e) i = this.digits(i + 1);
    if ((text.charCodeAt(i) | 0x20) === 0x65) {
      i++;
      const sign = text.charCodeAt(i);
      i = this.digits(sign === 0x2b || sign === 0x2d ? i + 1 : i);
    }
    this.at = i;
    return {kind: 'number', start, end: i};
  }

  digits(from: number): number {
    let i = from;
    while (isDigit(this.text.charCodeAt(i))) i++;
    if (i === from) throw this.wrong('a malformed number', i);
    return i;
  }

  literal(word: string, value: boolean | null): JsonNode {
    const start = this.at;
    if (!this.text.startsWith(word, start)) throw this.wrong('an unexpected character', start);
    this.at = start + word.length;
    return {kind: 'literal', start, end: this.at, value};
  }

  /** Passes white space; the code of what follows, NaN at the end. */
  space(): number {
    const {text} = this;
    let code = text.charCodeAt(this.at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++this.at);
    return code;
  }

  /** @param first where the keys of this object start among the open ones. */
  unique(key: JsonString, first: number, seen: Set<string> | undefined): Set<string> | undefined {
    const {openKeys} = this;
    if (seen === undefined && openKeys.length - first < FEW_KEYS) {
      for (let i = first; i < openKeys.length; i++) {
        if (openKeys[i]?.value === key.value) throw this.wrong('a duplicate key', key.start);
      }
      return undefined;
    }
    const all = seen ?? new Set(openKeys.slice(first).map((other) => other.value));
    if (all.has(key.value)) throw this.wrong('a duplicate key', key.start);
    return all.add(key.value);
  }

  wrong(what: string, offset: number): WeirError {
    return new WeirError('BODY_UNREADABLE', `body is not acceptable JSON: ${what} at character ${offset}`);
  }

  beyond(what: string, offset: number): JsonLimitError {
    return new JsonLimitError('BODY_UNREADABLE', `body is not acceptable JSON: ${what} at character ${offset}`);
  }
}

/** Length of the escape that starts with the backslash at `at`; 0 where it is not one of JSON's. */
export function escapeLength(text: string, at: number): 0 | 2 | 6 {
  switch (text.charCodeAt(at + 1)) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return 2;
    case 0x75: // u
      for (let i = at + 2; i < at + 6; i++) if (hexValue(text.charCodeAt(i)) < 0) return 0;
      return 6;
    default:
      return 0;
  }
}

/** The UTF-16 unit that the escape at `at` stands for. */
function unescapedUnit(text: string, at: number): number {
  const code = text.charCodeAt(at + 1);
  switch (code) {
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    case 0x75: {
      let unit = 0;
      for (let i = at + 2; i < at + 6; i++) unit = unit * 16 + hexValue(text.charCodeAt(i));
      return unit;
    }
    default:
      return code;
  }
}

function isLowSurrogateEscape(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== BACKSLASH || escapeLength(text, at) !== 6) return false;
  const unit = unescapedUnit(text, at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function hexValue(code: number): number {
  if (isDigit(code)) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function loneSurrogateIn(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (!isSurrogate(unit)) continue;
    const next = text.charCodeAt(i + 1);
    if (unit >= 0xdc00 || !(next >= 0xdc00 && next <= 0xdfff)) return i;
    i++;
  }
  return text.length;
}
