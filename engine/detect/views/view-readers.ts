import type {ViewName} from '../finder.ts';
import {EscapeReader} from './escape-reader.ts';
import {RunAlphabet} from './run-alphabet.ts';
import {RunBytes} from './run-bytes.ts';

/** Decodings one within the other: a text that was decoded so often is not decoded again. */
export const MAX_DEPTH = 3;

/** What reads the encoded parts of texts, in the same views. */
export interface ViewReaders {
  /** Reads escapes of the text itself, and of what was decoded; undefined where no view asks for it. */
  outer: EscapeReader | undefined;
  inner: EscapeReader | undefined;
  /** Decodes runs; undefined where none is decoded. */
  runs: RunBytes | undefined;
}

/** Views that write a text anew instead of taking parts out of it. */
const REWRITING: readonly ViewName[] = ['jsonEscapes', 'percent', 'zeroWidth', 'nfkc', 'homoglyphs'];

export function viewReaders(views: ReadonlySet<ViewName>): ViewReaders {
  const withinDecoded = new Set(views);
  if (!views.has('nestedJson')) withinDecoded.delete('jsonEscapes');
  return {
    outer: readerOf(views),
    inner: readerOf(withinDecoded),
    runs: views.has('base64') || views.has('hex') ? new RunBytes(new RunAlphabet(views)) : undefined,
  };
}

function readerOf(views: ReadonlySet<ViewName>): EscapeReader | undefined {
  return REWRITING.some((view) => views.has(view)) ? new EscapeReader(views) : undefined;
}

/** What reads the escapes of a text that so many decodings led to. */
export function readerAt({outer, inner}: ViewReaders, depth: number): EscapeReader | undefined {
  if (depth === MAX_DEPTH) return undefined;
  return depth === 0 ? outer : inner;
}
