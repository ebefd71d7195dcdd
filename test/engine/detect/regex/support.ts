import fc from 'fast-check';
import type {Finder} from '../../../../engine/detect/finder.ts';
import {isNullable, type Node} from '../../../../engine/detect/regex/ast.ts';
import {parsePattern} from '../../../../engine/detect/regex/parse.ts';
import type {UnicodeTables} from '../../../../engine/detect/regex/unicode.ts';

/** A finder for a pattern, without any check of its own. */
export function finderOf(pattern: string, checks: Partial<Finder> = {}): Finder {
  return {
    label: pattern,
    source: {kind: 'pattern', pattern, ignoreCase: false},
    validator: undefined,
    minEntropy: 0,
    ...checks,
  };
}

export function keywordFinder(text: string): Finder {
  return {label: text, source: {kind: 'keyword', text}, validator: undefined, minEntropy: 0};
}

const ATOMS = [
  'a',
  'b',
  'c',
  '.',
  '[ab]',
  '[^a]',
  '\\b',
  '\\B',
  '^',
  '$',
  '(?m:^)',
  '(?m:$)',
  '\\w',
  '\\d',
  ' ',
  '(?i:B)',
  'é',
  '😀',
];

/** Patterns in RE2 syntax over a small alphabet, few of them sensible. */
export const patterns: fc.Arbitrary<string> = fc.letrec<{pattern: string; group: string; atom: string}>((tie) => ({
  pattern: fc.oneof(
    {maxDepth: 4, withCrossShrink: true},
    tie('atom'),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{1,3}', '{2,}', '{0,2}?'))
      .map(([a, repeat]) => `(?:${a})${repeat}`),
  ),
  group: tie('pattern').map((inner) => `(${inner})`),
  atom: fc.constantFrom(...ATOMS),
})).pattern;

/** Texts over the alphabet that the patterns speak of. */
export const texts: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', 'B', ' ', '\n', '1', 'é', '😀', '\ud83d'),
  maxLength: 24,
});

/** Whether engines agree on a pattern: none repeats what may be empty, where RE2 and others prefer different ends. */
export function isUnambiguous(pattern: string, tables: UnicodeTables): boolean {
  const repeatsNothing = (node: Node): boolean => {
    switch (node.kind) {
      case 'repeat':
        return isNullable(node.item) || repeatsNothing(node.item);
      case 'concat':
      case 'alternate':
        return node.items.some(repeatsNothing);
      default:
        return false;
    }
  };
  const node = parsePattern(pattern, false, tables);
  return !isNullable(node) && !repeatsNothing(node);
}
