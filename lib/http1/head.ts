import type {IncomingHttpHeaders} from 'node:http';

/** Start line and headers of a message. Header names are lower-case; a header that is repeated is joined by ", ". */
export interface MessageHead {
  startLine: string;
  headers: IncomingHttpHeaders;
}

/** Why a head cannot be read; never quotes it. */
export class MalformedHead extends Error {}

export const HEAD_END = Buffer.from('\r\n\r\n');

const MAX_HEADERS = 256;
/** Anything that is neither visible, space, tab, nor part of a line end: a bare CR or LF splits lines for some parsers only. */
const STRAY_CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;

/** Names as they were written, lower-cased: clients and providers write the same few again and again. */
const KNOWN_NAMES = new Map<string, string>();
const MAX_KNOWN_NAMES = 2_000;

/** Headers of which two are one too many: another parser may choose the other. */
const SINGULAR = new Set(['content-length', 'transfer-encoding', 'host']);

/**
 * Reads the head of an HTTP/1.1 message.
 *
 * @param text Latin-1, from the start line to before the empty line.
 * @throws MalformedHead where a stricter or laxer parser could read anything else into it.
 */
export function parseHead(text: string): MessageHead {
  if (STRAY_CONTROL.test(text)) throw new MalformedHead('a control character or a bare line end');
  let lineEnd = text.indexOf('\r\n');
  if (lineEnd === -1) return {startLine: text, headers: {}};
  const startLine = text.slice(0, lineEnd);
  const headers: IncomingHttpHeaders = {};
  let count = 0;
  while (lineEnd !== -1) {
    const from = lineEnd + 2;
    lineEnd = text.indexOf('\r\n', from);
    const to = lineEnd === -1 ? text.length : lineEnd;
    const colon = text.indexOf(':', from);
    if (colon === -1 || colon >= to) throw new MalformedHead('a header line without a colon');
    if (++count > MAX_HEADERS) throw new MalformedHead('too many headers');
    addHeader(headers, nameOf(text.slice(from, colon)), trimmed(text, colon + 1, to));
  }
  return {startLine, headers};
}

function nameOf(written: string): string {
  const known = KNOWN_NAMES.get(written);
  if (known !== undefined) return known;
  // Also what a folded line, or a space before the colon, would come to.
  if (!NAME.test(written)) throw new MalformedHead('a header name with a character that may not be in one');
  const name = written.toLowerCase();
  if (KNOWN_NAMES.size < MAX_KNOWN_NAMES) KNOWN_NAMES.set(written, name);
  return name;
}

function addHeader(headers: IncomingHttpHeaders, name: string, value: string): void {
  const before = headers[name];
  if (before === undefined || !Object.hasOwn(headers, name)) {
    if (name !== '__proto__') headers[name] = value;
    return;
  }
  if (SINGULAR.has(name)) throw new MalformedHead(`${name} is given twice`);
  headers[name] = `${String(before)}, ${value}`;
}

/** A value without the white space around it. */
function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** What a value may not hold when it is written into a head. */
const UNWRITABLE = /[^\t\x20-\x7e\x80-\xff]/;

/** `name: value\r\n` for every header; one that could not be read back as it is is left out. */
export function headerLines(headers: Readonly<Record<string, string | readonly string[] | undefined>>): string {
  let lines = '';
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    if (typeof value === 'string') lines += headerLine(name, value);
    else for (const one of value) lines += headerLine(name, one);
  }
  return lines;
}

function headerLine(name: string, value: string): string {
  if (UNWRITABLE.test(value) || (!KNOWN_NAMES.has(name) && !NAME.test(name))) return '';
  return `${name}: ${value}\r\n`;
}
