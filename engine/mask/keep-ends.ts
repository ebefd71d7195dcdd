/**
 * A value of which only the ends stay, at most so many characters of each: the others become `*`. Never more than half
 * of a value stays, the end before the start.
 */
export function keepEnds(value: string, {first, last}: {first: number; last: number}): string {
  const characters = Array.from(value);
  const most = Math.floor(characters.length / 2);
  const keptLast = Math.min(last, most);
  const keptFirst = Math.min(first, most - keptLast);
  const hidden = characters.length - keptFirst - keptLast;
  return characters.slice(0, keptFirst).join('') + '*'.repeat(hidden) + characters.slice(keptFirst + hidden).join('');
}
