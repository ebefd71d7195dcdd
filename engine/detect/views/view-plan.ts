import type {ForkingScan, ViewName} from '../finder.ts';
import {EscapeReader} from './escape-reader.ts';

/** Decodings one within the other: a text that was decoded so often is not decoded again. */
export const MAX_DEPTH = 3;

/** How texts are looked through in the same views. */
export interface ViewPlan {
  views: ReadonlySet<ViewName>;
  /** Reads escapes of the text itself, and of what was decoded; undefined where no view asks for it. */
  outer: EscapeReader | undefined;
  inner: EscapeReader | undefined;
  /** Whether runs of base64 or hexadecimal digits are decoded. */
  hasRuns: boolean;
  /** Begins to look through a decoded text. */
  open: () => ForkingScan;
}

/** Views that write a text anew instead of taking parts out of it. */
const REWRITING: readonly ViewName[] = ['jsonEscapes', 'percent', 'zeroWidth', 'nfkc', 'homoglyphs'];

/** The plan for a set of views. */
export function viewPlan(views: ReadonlySet<ViewName>, open: () => ForkingScan): ViewPlan {
  const withinDecoded = new Set(views);
  if (views.has('nestedJson')) withinDecoded.add('jsonEscapes');
  else withinDecoded.delete('jsonEscapes');
  return {
    views,
    outer: readerOf(views),
    inner: readerOf(withinDecoded),
    hasRuns: views.has('base64') || views.has('hex'),
    open,
  };
}

function readerOf(views: ReadonlySet<ViewName>): EscapeReader | undefined {
  return REWRITING.some((view) => views.has(view)) ? new EscapeReader(views) : undefined;
}
