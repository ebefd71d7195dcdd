import type {Finding, ViewName} from '../../../../engine/detect/finder.ts';

/** A text, and for each of its units the part of the original that it was decoded from. */
interface Decoded {
  text: string;
  from: readonly Span[];
}

interface Span {
  start: number;
  end: number;
}

/** Finds everything in a text as it is. */
export type Search = (text: string) => readonly Finding[];

/** What searching a whole text in views means, written as plainly as it can be said. */
export function referenceFind(text: string, views: ReadonlySet<ViewName>, search: Search): Finding[] {
  const plain = search(text);
  const decoded = viewsOf(
    {text, from: Array.from({length: text.length}, (_, i) => ({start: i, end: i + 1}))},
    views,
    0,
  );
  const found = new Map(plain.map((finding) => [keyOf(finding), finding]));
  for (const view of decoded) {
    for (const {finder, start, end} of search(view.text)) {
      const finding = {finder, start: view.from[start]?.start ?? -1, end: view.from[end - 1]?.end ?? -1};
      const isCovered = plain.some(
        (other) => other.finder === finder && other.start <= finding.start && finding.end <= other.end,
      );
      if (!isCovered) found.set(keyOf(finding), finding);
    }
  }
  return [...found.values()].sort((a, b) => a.start - b.start || a.finder - b.finder || a.end - b.end);
}

const keyOf = ({finder, start, end}: Finding): string => [finder, start, end].join(' ');

/** Every text that up to three decodings lead to. */
function viewsOf(decoded: Decoded, views: ReadonlySet<ViewName>, depth: number): Decoded[] {
  if (depth === 3) return [];
  const rewriting = depth > 0 && !views.has('nestedJson') ? views.difference(new Set(['jsonEscapes'])) : views;
  return [rewritten(decoded, rewriting), ...stretches(decoded, views)]
    .filter((view) => view !== undefined)
    .flatMap((view) => [view, ...viewsOf(view, views, depth + 1)]);
}

/** What stands at an index and is read as something else. */
type Reader = (text: string, at: number) => {width: number; text: string} | undefined;

const ESCAPED: Readonly<Record<string, string>> = {b: '\b', f: '\f', n: '\n', r: '\r', t: '\t'};
const ALIKE: Readonly<Record<string, string>> = {а: 'a', е: 'e', с: 'c', о: 'o', р: 'p', х: 'x', ѕ: 's', у: 'y'};

const READERS: Partial<Record<ViewName, Reader>> = {
  jsonEscapes: (text, at) => {
    const code = matchAt(/\\u\{([0-9a-f]{1,8})\}|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})/iy, text, at);
    const value = Number.parseInt(code?.slice(1).find(Boolean) ?? '', 16);
    if (code !== null && value <= 0x10ffff) return {width: code[0].length, text: String.fromCodePoint(value)};
    const simple = matchAt(/\\(["\\/bfnrt])/y, text, at)?.[1];
    return simple === undefined ? undefined : {width: 2, text: ESCAPED[simple] ?? simple};
  },
  percent: (text, at) => {
    const reference = matchAt(/&#(\d{1,9});|&#x([0-9a-f]{1,8});|&(amp|lt|gt|quot|apos);/iy, text, at);
    if (reference !== null) return referenceText(reference);
    for (let width = 3; width <= 12; width += 3) {
      const bytes = matchAt(new RegExp(`(?:%[0-9a-f]{2}){${width / 3}}`, 'iy'), text, at)?.[0];
      const decoded = bytes === undefined ? undefined : uriDecoded(bytes);
      if (decoded !== undefined) return {width, text: decoded};
    }
    return undefined;
  },
  zeroWidth: (text, at) => {
    const invisible = matchAt(/\p{Default_Ignorable_Code_Point}/uy, text, at)?.[0];
    return invisible === undefined ? undefined : {width: invisible.length, text: ''};
  },
  homoglyphs: (text, at) => {
    const alike = ALIKE[text.charAt(at)];
    return alike === undefined ? undefined : {width: 1, text: alike};
  },
  nfkc: (text, at) => {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (/[\u0300-\u036f]/.test(character)) return {width: 1, text: ''};
    const normal = character.normalize('NFKC');
    return normal === character || normal.length > 4 ? undefined : {width: character.length, text: normal};
  },
};

const NAMED: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', apos: "'"};

function referenceText([all, decimal, hex, name]: RegExpExecArray): ReturnType<Reader> {
  if (name !== undefined) {
    const named = NAMED[name];
    return named === undefined ? undefined : {width: all.length, text: named};
  }
  const value = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return value <= 0x10ffff ? {width: all.length, text: String.fromCodePoint(value)} : undefined;
}

function uriDecoded(bytes: string): string | undefined {
  try {
    return decodeURIComponent(bytes);
  } catch {
    return undefined;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The text with everything in it read as what it stands for; undefined where that changes nothing. */
function rewritten({text, from}: Decoded, views: ReadonlySet<ViewName>): Decoded | undefined {
  const readers = [...views].map((view) => READERS[view]).filter((reader) => reader !== undefined);
  const out: Decoded & {from: Span[]} = {text: '', from: []};
  let hasChanged = false;
  for (let at = 0; at < text.length; ) {
    const reading = readers.map((reader) => reader(text, at)).find((one) => one !== undefined);
    const width = reading?.width ?? 1;
    const written = reading?.text ?? text.charAt(at);
    const span = {start: from[at]?.start ?? -1, end: from[at + width - 1]?.end ?? -1};
    out.text += written;
    out.from.push(...Array.from({length: written.length}, () => span));
    hasChanged ||= reading !== undefined;
    at += width;
  }
  return hasChanged ? out : undefined;
}

/** Printable characters in UTF-8, a byte a unit, eight bytes of them or more. */
const CHARACTERS = [
  '[\\t\\n\\r\\x20-\\x7e]',
  '\\xc2[\\xa0-\\xbf]|[\\xc3-\\xdf][\\x80-\\xbf]',
  '\\xe0[\\xa0-\\xbf][\\x80-\\xbf]|\\xed[\\x80-\\x9f][\\x80-\\xbf]|[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}',
  '\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}|\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2}|[\\xf1-\\xf3][\\x80-\\xbf]{3}',
].join('|');

/** Every text that is written in base64 or hexadecimal digits. */
function stretches({text, from}: Decoded, views: ReadonlySet<ViewName>): Decoded[] {
  if (!views.has('base64') && !views.has('hex')) return [];
  const member = views.has('base64') ? '[\\w+/-]' : '[0-9a-fA-F]';
  const line = `${member}{11,}[\\r\\n][ \\t\\r\\n]{0,63}(?=${member})`;
  const run = new RegExp(`(?<!${member})(?=${member}{11})(?:${line})*${member}+`, 'g');
  return Array.from(text.matchAll(run)).flatMap(({0: found, index}) => {
    const places = Array.from({length: found.length}, (_, i) => i).filter((i) => !/\s/.test(found.charAt(i)));
    const characters = places.map((i) => found.charAt(i)).join('');
    const spans = places.map((i) => from[index + i] ?? {start: -1, end: -1});
    return [
      ...(views.has('base64') ? [0, 1, 2, 3].flatMap((phase) => fromBase64(characters, spans, phase)) : []),
      ...(views.has('hex') ? fromHex(characters, spans) : []),
    ];
  });
}

function fromBase64(characters: string, spans: readonly Span[], phase: number): Decoded[] {
  const bytes = Buffer.from(characters.slice(phase), 'base64');
  return texts(bytes, (byte, end) => {
    const last = Math.min(characters.length, phase + 4 * Math.ceil(end / 3)) - 1;
    return {start: spans[phase + 4 * Math.floor(byte / 3)]?.start ?? -1, end: spans[last]?.end ?? -1};
  });
}

function fromHex(characters: string, spans: readonly Span[]): Decoded[] {
  return Array.from(characters.matchAll(/[0-9a-fA-F]+/g)).flatMap(({0: digits, index}) =>
    [0, 1].flatMap((phase) =>
      texts(Buffer.from(digits.slice(phase), 'hex'), (byte, end) => ({
        start: spans[index + phase + 2 * byte]?.start ?? -1,
        end: spans[index + phase + 2 * end - 1]?.end ?? -1,
      })),
    ),
  );
}

function texts(bytes: Buffer, spanOf: (byte: number, end: number) => Span): Decoded[] {
  const found = Array.from(bytes.toString('latin1').matchAll(new RegExp(`(?:${CHARACTERS})+`, 'g')));
  return found
    .filter(([stretch]) => stretch.length >= 8)
    .map(({0: stretch, index}) => {
      const decoded: Decoded & {from: Span[]} = {text: '', from: []};
      for (const {0: character, index: at} of stretch.matchAll(new RegExp(CHARACTERS, 'g'))) {
        const written = Buffer.from(character, 'latin1').toString();
        decoded.text += written;
        const span = spanOf(index + at, index + at + character.length);
        decoded.from.push(...Array.from({length: written.length}, () => span));
      }
      return decoded;
    });
}
