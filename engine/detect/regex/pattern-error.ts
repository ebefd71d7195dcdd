/** Why a pattern is refused; the offset counts UTF-16 units from its start. */
export class PatternError extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.name = 'PatternError';
    this.offset = offset;
  }
}
