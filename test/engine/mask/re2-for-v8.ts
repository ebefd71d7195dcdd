/** How letters, line ends and dots are to be taken at some place of a pattern. */
interface Flags {
  i: boolean;
  m: boolean;
  s: boolean;
  U: boolean;
}

type Part =
  | {kind: 'set'; source: string}
  | {kind: 'textStart' | 'textEnd'}
  | {kind: 'mask' | 'other'; source: string}
  | {kind: 'alternate'; branches: Part[][]};

const WORD = '[0-9A-Za-z_]';
const PERL: Record<string, string> = {
  d: '0-9',
  D: '\\u{0}-\\/:-\\u{10ffff}',
  w: '0-9A-Za-z_',
  W: '\\u{0}-\\/:-@\\[-\\^`\\{-\\u{10ffff}',
  s: '\\t\\n\\f\\r ',
  S: '\\u{0}-\\u{8}\\u{b}\\u{e}-\\u{1f}!-\\u{10ffff}',
};
const CONTROL: Record<string, number> = {a: 7, f: 12, n: 10, r: 13, t: 9, v: 11};
const POSIX: Record<string, string> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: '0-9A-Za-z',
  upper: 'A-Z',
  lower: 'a-z',
  xdigit: '0-9A-Fa-f',
  space: '\\t\\n\\v\\f\\r ',
  word: '0-9A-Za-z_',
};

/**
 * A pattern in RE2 syntax as V8 says the same, for the flag `u`.
 *
 * A single character that a pattern asks for right before or behind the rest of a masking pattern is only looked at.
 */
export function re2ForV8(pattern: string, ignoreCase: boolean): string {
  const reader = new Reader(pattern);
  const branches = reader.alternatives({i: ignoreCase, m: false, s: false, U: false});
  const [only] = branches;
  if (branches.length === 1 && only !== undefined) return lookingAround(only);
  return sourceOf({kind: 'alternate', branches});
}

function lookingAround(parts: readonly Part[]): string {
  const flat = parts.flatMap((part) => (isPlainGroup(part) ? (part.branches[0] ?? []) : [part]));
  const mask = flat.findIndex((part) => part.kind === 'mask');
  return flat
    .map((part, index) => {
      if (mask > 0 && index === 0) return neighbour(part, '(?<=', 'textStart');
      if (mask !== -1 && mask < flat.length - 1 && index === flat.length - 1) return neighbour(part, '(?=', 'textEnd');
      return sourceOf(part);
    })
    .join('');
}

function isPlainGroup(part: Part): part is Part & {kind: 'alternate'} {
  return part.kind === 'alternate' && part.branches.length === 1;
}

function neighbour(part: Part, look: '(?<=' | '(?=', edge: 'textStart' | 'textEnd'): string {
  const branches = part.kind === 'alternate' ? part.branches : [[part]];
  const single = (branch: readonly Part[]) => (branch.length === 1 ? branch[0] : undefined);
  const looked = branches.filter((branch) => single(branch)?.kind === 'set' || single(branch)?.kind === edge);
  if (!looked.some((branch) => single(branch)?.kind === 'set')) return sourceOf(part);
  const rest = branches.filter((branch) => !looked.includes(branch));
  const sources = [`${look}${looked.map(concatenated).join('|')})`, ...rest.map(concatenated)];
  return `(?:${sources.join('|')})`;
}

function concatenated(parts: readonly Part[]): string {
  return parts.map(sourceOf).join('');
}

function sourceOf(part: Part): string {
  switch (part.kind) {
    case 'textStart':
      return '(?<![^])';
    case 'textEnd':
      return '(?![^])';
    case 'alternate':
      return `(?:${part.branches.map(concatenated).join('|')})`;
    default:
      return part.source;
  }
}

class Reader {
  readonly #text: string[];
  #at = 0;

  constructor(pattern: string) {
    this.#text = Array.from(pattern);
  }

  /** Reads up to the end of the group or the pattern. */
  alternatives(outer: Flags): Part[][] {
    const flags = {...outer};
    const branches: Part[][] = [[]];
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined || character === ')') return branches;
      if (this.#takes('|')) {
        branches.push([]);
        continue;
      }
      const item = this.#item(flags);
      if (item !== undefined) branches.at(-1)?.push(this.#quantified(item, flags));
    }
  }

  #takes(text: string): boolean {
    const isNext = this.#text.slice(this.#at, this.#at + text.length).join('') === text;
    if (isNext) this.#at += text.length;
    return isNext;
  }

  #next(): string {
    const character = this.#text[this.#at++];
    if (character === undefined) throw new Error('the pattern ends too early');
    return character;
  }

  #until(end: string): string {
    let taken = '';
    while (!this.#takes(end)) taken += this.#next();
    return taken;
  }

  #item(flags: Flags): Part | undefined {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group(flags);
      case '[':
        return folded(this.#classOf(flags), flags);
      case '.':
        return {kind: 'set', source: flags.s ? '[^]' : '[^\\n]'};
      case '^':
        return flags.m ? {kind: 'other', source: '(?<![^\\n])'} : {kind: 'textStart'};
      case '$':
        return flags.m ? {kind: 'other', source: '(?![^\\n])'} : {kind: 'textEnd'};
      case '\\':
        return this.#escape(flags);
      default:
        return folded(literal(character.codePointAt(0) ?? 0), flags);
    }
  }

  #group(flags: Flags): Part | undefined {
    if (this.#takes('?P<') || this.#takes('?<')) {
      const name = this.#until('>');
      const inner = sourceOf({kind: 'alternate', branches: this.#groupEnd(flags)});
      return name === 'mask' ? {kind: 'mask', source: `(?<mask>${inner})`} : {kind: 'other', source: inner};
    }
    const inner = {...flags};
    if (this.#takes('?')) {
      let value = true;
      for (let letter = this.#next(); letter !== ':'; letter = this.#next()) {
        if (letter === ')') {
          Object.assign(flags, inner);
          return undefined;
        }
        if (letter === '-') value = false;
        else inner[letter as keyof Flags] = value; // RE2 has these four flags and no other
      }
    }
    return {kind: 'alternate', branches: this.#groupEnd(inner)};
  }

  #groupEnd(flags: Flags): Part[][] {
    const branches = this.alternatives(flags);
    if (!this.#takes(')')) throw new Error('a group is not closed');
    return branches;
  }

  #quantified(part: Part, flags: Flags): Part {
    const rest = this.#text.slice(this.#at).join('');
    const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(rest)?.[0];
    if (quantifier === undefined) return part;
    this.#at += quantifier.length;
    const isLazy = quantifier.length > 1 && quantifier.endsWith('?');
    const bare = isLazy ? quantifier.slice(0, -1) : quantifier;
    const source = `(?:${sourceOf(part)})${bare}${isLazy === flags.U ? '' : '?'}`;
    return {kind: part.kind === 'mask' ? 'mask' : 'other', source};
  }

  #escape(flags: Flags): Part {
    if (this.#takes('A')) return {kind: 'textStart'};
    if (this.#takes('z')) return {kind: 'textEnd'};
    if (this.#takes('b')) return {kind: 'other', source: `(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD}))`};
    if (this.#takes('B')) return {kind: 'other', source: `(?:(?<=${WORD})(?=${WORD})|(?<!${WORD})(?!${WORD}))`};
    if (this.#takes('Q')) {
      const quoted = Array.from(this.#until('\\E'), (one) => folded(literal(one.codePointAt(0) ?? 0), flags));
      return {kind: 'other', source: concatenated(quoted)};
    }
    const perl = /[DSW]/.test(this.#text[this.#at] ?? '') ? PERL[this.#next().toLowerCase()] : undefined;
    return folded(perl === undefined ? `[${this.#escapedSet()}]` : `[^${perl}]`, flags);
  }

  /** What stands behind a backslash, as it stands in a class. */
  #escapedSet(): string {
    const character = this.#next();
    const perl = PERL[character];
    if (perl !== undefined) return perl;
    if (character === 'p' || character === 'P') {
      const name = this.#takes('{') ? this.#until('}') : this.#next();
      return /^[A-Z][a-z]?$/.test(name) ? `\\${character}{${name}}` : `\\${character}{Script=${name}}`;
    }
    if (character === 'x') {
      const hex = this.#takes('{') ? this.#until('}') : this.#next() + this.#next();
      return unit(Number.parseInt(hex, 16));
    }
    return unit(CONTROL[character] ?? character.codePointAt(0) ?? 0);
  }

  #classOf(flags: Flags): string {
    const isNegated = this.#takes('^');
    let members = '';
    for (let isFirst = true; isFirst || !this.#takes(']'); isFirst = false) {
      const character = this.#next();
      if (character === '[' && this.#takes(':')) members += posix(this.#until(':]'));
      else if (character === '\\') members += this.#escapedSet();
      else if (character === '-' && !isFirst && this.#text[this.#at] !== ']') members += '-';
      else members += unit(character.codePointAt(0) ?? 0);
    }
    if (flags.i && members.includes('\\u{10ffff}'))
      throw new Error('the complement of a set within a set, without case');
    return `[${isNegated ? '^' : ''}${members}]`;
  }
}

function posix(name: string): string {
  const members = POSIX[name];
  if (members === undefined) throw new Error(`there is no set [:${name}:] here`);
  return members;
}

function literal(code: number): string {
  return `[${unit(code)}]`;
}

function unit(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

function folded(set: string, flags: Flags): Part {
  return {kind: 'set', source: flags.i ? `(?i:${set})` : set};
}
