import type {Finding} from '../detect/finder.ts';

/**
 * Findings in the text of a JSON document, without parts of escapes: in `\njoe@example.com` the `n` is no letter.
 * What is found in nothing but an escape is no finding.
 */
export function outsideEscapes(text: string, findings: readonly Finding[]): Finding[] {
  return findings.flatMap(({finder, start, end}) => {
    const from = escapeEnd(text, start) ?? start;
    const to = escapeEnd(text, end) ?? end;
    return from < to ? [{finder, start: from, end: to}] : [];
  });
}

/** Where the escape ends that a place stands within; undefined for a place between characters. */
function escapeEnd(text: string, place: number): number | undefined {
  for (let at = place - 1; at >= Math.max(0, place - 5); at--) {
    if (text.charAt(at) !== '\\') continue;
    let first = at;
    while (first > 0 && text.charAt(first - 1) === '\\') first--;
    // Of backslashes in a row, every second one begins an escape.
    if ((at - first) % 2 === 1) continue;
    const end = at + (text.charAt(at + 1) === 'u' ? 6 : 2);
    return place < end ? end : undefined;
  }
  return undefined;
}
