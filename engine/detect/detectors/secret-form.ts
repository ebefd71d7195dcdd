/**
 * The documented form of a token, in a notation of its own: text stands for itself, `(a|b)` for either, and
 * `{w36}`, `{u20,}`, `{h32,64}` for so many characters of an alphabet.
 */
export type Form = string;

/** Alphabets that issuers draw from, by the letter that names them in a form. */
const ALPHABETS: Readonly<Record<string, string>> = {
  d: '0-9',
  h: 'a-f0-9',
  H: 'A-Fa-f0-9',
  l: 'a-z',
  L: 'A-Za-z',
  U: 'A-Z',
  a: 'a-z0-9',
  A: 'A-Z0-9',
  t: 'A-Z2-7',
  w: 'A-Za-z0-9',
  v: 'A-Za-z0-9_',
  u: 'A-Za-z0-9_-',
  b: 'A-Za-z0-9+/',
  e: 'A-Za-z0-9+/=_-',
  p: 'A-Za-z0-9._-',
  q: 'A-Za-z0-9._~+/=-',
};

interface Run {
  alphabet: string;
  min: number;
  max: number;
}

type Piece = {kind: 'choice'; texts: readonly string[]} | ({kind: 'run'} & Run);

const PIECE = /\{(?<letter>[A-Za-z])(?<min>\d+)(?<range>,(?<max>\d*))?\}|\((?<texts>[^)]*)\)|(?<text>[^{(]+)/gy;

/** What a sample is made of: it shows on sight that it opens nothing. */
const FAKE = 'Fake0Example7for2Tests4only9';
const FAKE_HEX = '0fa4e1dec0de5b3d7c9a2f86';

/** The pattern of a form, in RE2 syntax, without what has to stand around it. */
export function formPattern(form: Form): string {
  return piecesOf(form)
    .map((piece) => {
      if (piece.kind === 'choice') {
        const [only] = piece.texts;
        const texts = piece.texts.map(escape);
        return piece.texts.length === 1 && only !== undefined ? escape(only) : `(?:${texts.join('|')})`;
      }
      return `[${piece.alphabet}]${countOf(piece)}`;
    })
    .join('');
}

/** What must follow a form so that it is not the beginning of something longer; nothing where it has no end. */
export function formEnd(form: Form): string {
  const last = piecesOf(form).at(-1);
  if (last?.kind !== 'run') return '(?:[^A-Za-z0-9]|$)';
  if (last.max === Infinity) return '';
  if (last.alphabet.includes('+')) return '(?:[^A-Za-z0-9+/=]|$)';
  return last.alphabet.includes('-]') || last.alphabet.endsWith('-') ? '(?:[^A-Za-z0-9_-]|$)' : '(?:[^A-Za-z0-9]|$)';
}

/** A text of a form: the first of each choice, the least of each count. */
export function formSample(form: Form): string {
  return sampleOf(form, (run) => fill(run, run.min));
}

/** As a sample, but the last run is too short. */
export function formStub(form: Form): string {
  const pieces = piecesOf(form);
  const last = pieces.findLastIndex((piece) => piece.kind === 'run');
  return pieces
    .slice(0, last + 1)
    .map((piece, index) => {
      if (piece.kind === 'choice') return piece.texts[0] ?? '';
      return fill(piece, index === last ? Math.floor(piece.min / 2) : piece.min);
    })
    .join('');
}

/** As documents show it: every run is one letter over and over. */
export function formBlank(form: Form): string {
  return sampleOf(form, (run) =>
    (run.alphabet.includes('a-z') ? 'x' : run.alphabet.startsWith('0') ? '0' : 'A').repeat(run.min),
  );
}

function sampleOf(form: Form, text: (run: Run) => string): string {
  return piecesOf(form)
    .map((piece) => (piece.kind === 'choice' ? (piece.texts[0] ?? '') : text(piece)))
    .join('');
}

function fill({alphabet}: Run, length: number): string {
  const allowed = new RegExp(`[^${alphabet}]`, 'g');
  const source = /^a-f|^A-F/.test(alphabet) ? FAKE_HEX : alphabet.includes('a-z') ? FAKE : FAKE.toUpperCase();
  const letters = (
    alphabet === '0-9' ? '1029384756' : alphabet === 'a-z0-9' ? source.toLowerCase() : source
  ).replaceAll(allowed, '');
  return letters.repeat(Math.ceil(length / letters.length)).slice(0, length);
}

function piecesOf(form: Form): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of form.matchAll(PIECE)) {
    const {letter, min, range, max, texts, text} = match.groups ?? {};
    end = match.index + match[0].length;
    if (letter === undefined) pieces.push({kind: 'choice', texts: texts?.split('|') ?? [text ?? '']});
    else pieces.push({kind: 'run', alphabet: alphabetOf(letter), ...countsOf(Number(min), range, max)});
  }
  if (end !== form.length) throw new TypeError(`the form '${form}' cannot be read from '${form.slice(end)}' on`);
  return pieces;
}

function countsOf(min: number, range: string | undefined, max: string | undefined): {min: number; max: number} {
  if (range === undefined) return {min, max: min};
  return {min, max: max === undefined || max === '' ? Infinity : Number(max)};
}

function alphabetOf(letter: string): string {
  const alphabet = ALPHABETS[letter];
  if (alphabet === undefined) throw new TypeError(`there is no alphabet '${letter}'`);
  return alphabet;
}

function countOf({min, max}: Run): string {
  if (min === max) return `{${min}}`;
  return max === Infinity ? `{${min},}` : `{${min},${max}}`;
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
