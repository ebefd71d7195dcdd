import type {Finding, Matcher, TextScan} from '../detect/finder.ts';
import type {Restorable, RestoreTable} from './restore-table.ts';

/** The one finder of a placeholder matcher. */
const PLACEHOLDER_FINDER = 0;

/**
 * Finds the placeholders of a table, and holds back nothing but what may still become one of them.
 *
 * @param isWanted of the others, none is found.
 */
export function placeholderMatcher(table: RestoreTable, isWanted: (entry: Restorable) => boolean): Matcher {
  const isPlaceholder = (text: string): boolean => {
    const entry = table.get(text);
    return entry !== undefined && isWanted(entry);
  };
  const open = () => new PlaceholderScan(table, isPlaceholder);
  const find = (text: string): Finding[] => {
    const scan = open();
    scan.push(text);
    scan.end();
    return scan.findings;
  };
  return {find, mayMatch: (text) => text.includes('['), open};
}

class PlaceholderScan implements TextScan {
  readonly findings: Finding[] = [];
  readonly open: readonly Finding[] = [];
  hold = 0;
  readonly #table: RestoreTable;
  readonly #isPlaceholder: (text: string) => boolean;
  /** The text from `hold` on. */
  #tail = '';

  constructor(table: RestoreTable, isPlaceholder: (text: string) => boolean) {
    this.#table = table;
    this.#isPlaceholder = isPlaceholder;
  }

  push(piece: string): void {
    const text = this.#tail + piece;
    const from = this.hold;
    let at = text.indexOf('[');
    while (at !== -1) {
      const close = text.indexOf(']', at);
      if (close !== -1 && this.#isPlaceholder(text.slice(at, close + 1))) {
        this.findings.push({finder: PLACEHOLDER_FINDER, start: from + at, end: from + close + 1});
        at = text.indexOf('[', close);
      } else if (close === -1 && this.#table.isBeginning(text.slice(at))) {
        this.#keep(text, at);
        return;
      } else {
        at = text.indexOf('[', at + 1);
      }
    }
    this.#keep(text, text.length);
  }

  end(): void {
    this.hold += this.#tail.length;
    this.#tail = '';
  }

  #keep(text: string, at: number): void {
    this.hold += at;
    this.#tail = text.slice(at);
  }
}
