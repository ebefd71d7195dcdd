import {Buffer} from 'node:buffer';
import type {MaskEdit} from '../decide/decision.ts';
import type {TextPiece, TextRun} from '../exchange.ts';
import {advance, unitOffsets} from './json/offsets.ts';

/** Text to stand in place of `[start, end)`; UTF-16 offsets. */
export interface Replacement {
  start: number;
  end: number;
  text: string;
}

/**
 * The body with the edits applied: only what is masked changes, and JSON stays JSON.
 *
 * A finding over several pieces leaves its token in the first and nothing in the others. The body itself, the same
 * instance, where there is nothing to edit.
 */
export function spliceEdits(body: string, runs: readonly TextRun[], edits: readonly MaskEdit[]): string {
  return applyReplacements(body, replacementsOf(body, runs, edits));
}

/** Where and how the edits change the body's text; sorted, without overlap. */
export function replacementsOf(body: string, runs: readonly TextRun[], edits: readonly MaskEdit[]): Replacement[] {
  const replacements: Replacement[] = [];
  const byRun = Map.groupBy(edits, (edit) => edit.run);
  for (const [index, ofRun] of byRun) {
    const run = runs[index];
    if (run === undefined) throw new RangeError(`an edit names run ${index} of ${runs.length}`);
    const sorted = ofRun.toSorted((a, b) => a.start - b.start);
    let offset = 0;
    for (const piece of run.pieces) {
      const own = editsInPiece(sorted, offset, piece.value.length);
      if (own.length > 0) replacements.push(...pieceReplacements(body, piece, own));
      offset += piece.value.length;
    }
  }
  return replacements.sort((a, b) => a.start - b.start);
}

/** The text with the replacements in place; they are sorted and do not overlap. */
export function applyReplacements(text: string, replacements: readonly Replacement[]): string {
  if (replacements.length === 0) return text;
  let result = '';
  let copied = 0;
  for (const {start, end, text: replacement} of replacements) {
    result += text.slice(copied, start) + replacement;
    copied = end;
  }
  return result + text.slice(copied);
}

/** The edits of a run as they fall on one of its pieces; an edit that began in an earlier piece leaves no token. */
function editsInPiece(edits: readonly MaskEdit[], offset: number, length: number): Replacement[] {
  const own: Replacement[] = [];
  for (const {start, end, token} of edits) {
    if (end <= offset || start >= offset + length) continue;
    const from = Math.max(start - offset, 0);
    own.push({start: from, end: Math.min(end - offset, length), text: start < offset ? '' : token});
  }
  return own;
}

function pieceReplacements(body: string, piece: TextPiece, edits: readonly Replacement[]): Replacement[] {
  const {start, end} = piece;
  if (piece.layer === 'base64') {
    const masked = Buffer.from(applyReplacements(piece.value, edits), 'utf8').toString('base64');
    return [{start, end, text: masked}];
  }
  if (piece.form === 'number') {
    const quoted = JSON.stringify(applyReplacements(piece.value, edits));
    return [{start, end, text: piece.layer === 'json' ? escaped(quoted) : quoted}];
  }
  return piece.layer === 'json' ? nestedReplacements(body, piece, edits) : stringReplacements(body, piece, edits);
}

function stringReplacements(body: string, {start}: TextPiece, edits: readonly Replacement[]): Replacement[] {
  let raw = start + 1;
  let unit = 0;
  return edits.map((edit) => {
    const from = advance(body, raw, edit.start - unit);
    raw = advance(body, from, edit.end - edit.start);
    unit = edit.end;
    return {start: from, end: raw, text: escaped(edit.text)};
  });
}

/** A token of JSON inside a string: its own escapes are escaped once more. */
function nestedReplacements(body: string, piece: TextPiece, edits: readonly Replacement[]): Replacement[] {
  const outer = unitOffsets(body, piece.start, piece.end);
  const token = unescapedSlice(body, piece.start, piece.end);
  return stringReplacements(token, {...piece, start: 0}, edits).map((inner) => ({
    start: outer[inner.start] ?? piece.start,
    end: outer[inner.end] ?? piece.end,
    text: escaped(inner.text),
  }));
}

/** Decoded text of a part of a JSON string. */
function unescapedSlice(body: string, start: number, end: number): string {
  // The slice starts and ends between escapes of a string that was scanned before, so it parses.
  return JSON.parse(`"${body.slice(start, end)}"`) as string;
}

/** As it stands inside a JSON string. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
