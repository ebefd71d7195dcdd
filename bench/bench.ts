/** One benchmark: `npm run bench -- NAME`. */
export interface Bench {
  name: string;
  summary: string;
  usage: string;
  run: (argv: readonly string[], signal: AbortSignal) => Promise<number>;
}
