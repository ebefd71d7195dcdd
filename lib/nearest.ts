/** The candidate that a mistyped word most likely meant; undefined where none is near. */
function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = word.length > 2 && candidate.startsWith(word) ? 1 : editDistance(word, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` (did you mean …?)` where something is near, otherwise nothing. */
export function suggestion(word: string, candidates: Iterable<string>, prefix = ''): string {
  const meant = nearest(word, candidates);
  return meant === undefined ? '' : ` (did you mean ${prefix}${meant}?)`;
}

/** Levenshtein distance, with a swap of neighbours counted once. */
function editDistance(left: string, right: string): number {
  const rows = [Array.from({length: right.length + 1}, (_, column) => column)];
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const above = rows[row - 1] ?? [];
      const same = left[row - 1] === right[column - 1];
      let least = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) {
        least = Math.min(least, (rows[row - 2]?.[column - 2] ?? 0) + 1);
      }
      current.push(least);
    }
    rows.push(current);
  }
  return rows[left.length]?.[right.length] ?? 0;
}
