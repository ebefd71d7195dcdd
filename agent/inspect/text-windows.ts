import type {ExternalSpan} from '../../engine/detect/external/external-facts.ts';

/** A part of a text that is analyzed by itself. */
export interface TextWindow {
  /** UTF-16 offset in the text. */
  start: number;
  text: string;
}

/** How long texts are cut, in UTF-16 units. */
export interface WindowSizes {
  /** Longest text that is sent in one piece. */
  limit: number;
  /** What two neighbours share: whatever is no longer stands whole in one of them. */
  overlap: number;
}

/** A few thousand words: seconds of a model on one core, and names enough around every one. */
export const WINDOW_SIZES: Readonly<WindowSizes> = {limit: 20_000, overlap: 1_000};

/** Windows over a text, in order; none splits a surrogate pair. */
export function windowsOf(text: string, {limit, overlap}: WindowSizes): TextWindow[] {
  if (text.length <= limit) return [{start: 0, text}];
  const windows: TextWindow[] = [];
  let start = 0;
  for (;;) {
    const end = start + limit >= text.length ? text.length : outsidePair(text, start + limit);
    windows.push({start, text: text.slice(start, end)});
    if (end === text.length) return windows;
    start = outsidePair(text, end - overlap);
  }
}

/** What was found in the windows, in terms of the text; what two windows both name stands there once. */
export function joinWindows(found: readonly {start: number; spans: readonly ExternalSpan[]}[]): ExternalSpan[] {
  const joined = new Map<string, ExternalSpan>();
  for (const {start, spans} of found) {
    for (const span of spans) {
      const moved = {...span, start: span.start + start, end: span.end + start};
      const key = `${moved.start} ${moved.end} ${moved.entity}`;
      const before = joined.get(key);
      if (before === undefined || before.score < moved.score) joined.set(key, moved);
    }
  }
  return [...joined.values()].sort((a, b) => a.start - b.start || a.end - b.end);
}

function outsidePair(text: string, at: number): number {
  const isInside = (text.codePointAt(at - 1) ?? 0) > 0xffff;
  return isInside ? at - 1 : at;
}
