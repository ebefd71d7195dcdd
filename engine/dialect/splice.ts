import {Buffer} from 'node:buffer';
import type {MaskEdit} from '../decide/decision.ts';
import type {TextPiece, TextRun} from '../exchange.ts';
import {applyEdits, type Edit} from '../mask/clusters.ts';
import {KeyNames} from '../mask/key-names.ts';
import {advance, unitOffsets} from './json/offsets.ts';

/**
 * The body with the edits applied: only what is masked changes, and JSON stays JSON.
 *
 * A finding over several pieces leaves its token in the first and nothing in the others, or an ellipsis where nothing
 * else would be left: some providers refuse empty parts. Keys of one object that would become the same are numbered.
 * The body itself, the same instance, where there is nothing to edit.
 */
export function spliceEdits(body: string, runs: readonly TextRun[], edits: readonly MaskEdit[]): string {
  const replacements = replacementsOf(body, runs, edits);
  return replacements.length === 0 ? body : applyEdits(body, replacements);
}

/** Where and how the edits change the body's text; sorted, without overlap. */
export function replacementsOf(body: string, runs: readonly TextRun[], edits: readonly MaskEdit[]): Edit[] {
  const replacements: Edit[] = [];
  const keyNames = new Map<object, KeyNames>();
  const byRun = Map.groupBy(edits, (edit) => edit.run);
  for (const [index, ofRun] of byRun) {
    const run = runs[index];
    if (run === undefined) throw new RangeError(`an edit names run ${index} of ${runs.length}`);
    const sorted = ofRun.toSorted((a, b) => a.start - b.start);
    let offset = 0;
    let first = 0;
    for (const piece of run.pieces) {
      // Each piece looks at its own edits only: a body may hold many of both.
      while (first < sorted.length && (sorted[first]?.end ?? 0) <= offset) first++;
      const own = editsInPiece(sorted, first, {offset, length: piece.value.length});
      if (own.length > 0)
        for (const each of pieceReplacements(body, piece, keptApart(piece, own, keyNames))) replacements.push(each);
      offset += piece.value.length;
    }
  }
  return apart(replacements.sort((a, b) => a.start - b.start));
}

/** A text that is read in two ways may be changed in both: what overlaps becomes one. */
function apart(sorted: readonly Edit[]): Edit[] {
  const separate: Edit[] = [];
  for (const edit of sorted) {
    const last = separate.at(-1);
    if (last === undefined || edit.start >= last.end) separate.push(edit);
    else if (edit.end > last.end) separate[separate.length - 1] = {...last, end: edit.end};
  }
  return separate;
}

/**
 * The edits of a run, sorted, from `first` on, as they fall on one of its pieces; an edit that began in an earlier
 * piece leaves no token.
 */
function editsInPiece(
  edits: readonly MaskEdit[],
  first: number,
  {offset, length}: {offset: number; length: number},
): Edit[] {
  const own: Edit[] = [];
  for (let i = first; i < edits.length; i++) {
    const edit = edits[i];
    // What was empty stays so: nothing of the span stands in it.
    if (edit === undefined || length === 0 || edit.start >= offset + length) break;
    const {start, end, token} = edit;
    if (end <= offset) continue;
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, length);
    const rest = from === 0 && to === length ? '…' : '';
    own.push({start: from, end: to, token: start < offset ? rest : token});
  }
  return own;
}

/** The edits of a key, with a number behind it where its object has the masked key already. */
function keptApart(
  {value, siblings}: TextPiece,
  edits: readonly Edit[],
  names: Map<object, KeyNames>,
): readonly Edit[] {
  if (siblings === undefined) return edits;
  let ofObject = names.get(siblings);
  if (ofObject === undefined) {
    ofObject = new KeyNames(siblings.map((sibling) => sibling.value));
    names.set(siblings, ofObject);
  }
  const token = ofObject.suffixOf(applyEdits(value, edits));
  return token === '' ? edits : [...edits, {start: value.length, end: value.length, token}];
}

function pieceReplacements(body: string, piece: TextPiece, edits: readonly Edit[]): Edit[] {
  const {start, end} = piece;
  if (piece.layer === 'base64') {
    const masked = Buffer.from(applyEdits(piece.value, edits), 'utf8').toString('base64');
    return [{start, end, token: masked}];
  }
  if (piece.form === 'number') {
    const quoted = JSON.stringify(applyEdits(piece.value, edits));
    return [{start, end, token: piece.layer === 'json' ? escaped(quoted) : quoted}];
  }
  return piece.layer === 'json' ? nestedReplacements(body, piece, edits) : stringReplacements(body, piece, edits);
}

function stringReplacements(body: string, {start}: TextPiece, edits: readonly Edit[]): Edit[] {
  let raw = start + 1;
  let unit = 0;
  return edits.map((edit) => {
    const from = advance(body, raw, edit.start - unit);
    raw = advance(body, from, edit.end - edit.start);
    unit = edit.end;
    return {start: from, end: raw, token: escaped(edit.token)};
  });
}

/** A token of JSON inside a string: its own escapes are escaped once more. */
function nestedReplacements(body: string, piece: TextPiece, edits: readonly Edit[]): Edit[] {
  const outer = unitOffsets(body, piece.start, piece.end);
  const token = unescapedSlice(body, piece.start, piece.end);
  return stringReplacements(token, {...piece, start: 0}, edits).map((inner) => ({
    start: outer[inner.start] ?? piece.start,
    end: outer[inner.end] ?? piece.end,
    token: escaped(inner.token),
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
