import type {UnicodeTables} from './unicode.ts';

/** A place in a pattern that is being read. */
export interface Cursor {
  readonly pattern: string;
  readonly tables: UnicodeTables;
  at: number;
}
