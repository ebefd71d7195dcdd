/** A source of numbers that are the same for the same seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  oneOf<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0];
  }
}

/** What bodies hold: whoever reads past the end of one takes it for a request. */
const HIDDEN = 'GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n';

/** What parsers have disagreed about. */
const TOKENS = [
  ...[
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    '\n\n',
    '\0',
    ' ',
    '\t',
    '\x0b',
    '\x85',
    '\xa0',
    ':',
    ';',
    ',',
    '+',
    '-',
    '0',
    'x',
  ],
  ...['0x', '00', '\r\n ', '\r\n\t', ' :', ': ', '%0d%0a', 'chunked', ' chunked', 'identity', ', chunked', ';a="\r\n"'],
  ...['Content-Length: 5\r\n', 'content-length:0\r\n', 'Content-Length : 7\r\n', 'Transfer-Encoding: chunked\r\n'],
  ...['transfer-encoding:\tchunked\r\n', 'Transfer-Encoding: xchunked\r\n', 'connection: close\r\n', 'host: y\r\n'],
  ...[
    'Connection: keep-alive, close\r\n',
    'Expect: 100-continue\r\n',
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    'HTTP/1.0',
    HIDDEN,
  ],
  ...[
    '__proto__: x\r\n',
    'trailer: x\r\n',
    'X: \xff\xfe\r\n',
    `long: ${'y'.repeat(3_000)}\r\n`,
    'a: b\r\n'.repeat(300),
  ],
] as unknown as readonly [string, ...string[]];

/** One well-formed request. @param name unique: its path. */
export function request(dice: Dice, name: string): string {
  const body = `${name} ${HIDDEN.repeat(dice.below(4))}`;
  const more = dice.oneOf(['', '', 'Expect: 100-continue\r\n', 'a: b\r\nA: c\r\n', 'x-empty:\r\n']);
  const head = `/${name}?q=1 HTTP/1.1\r\nHost: x\r\n${more}`;
  switch (dice.below(4)) {
    case 0:
      return `GET ${head}\r\n`;
    case 1:
      return `POST ${head}Content-Length: ${body.length}\r\n\r\n${body}`;
    case 2:
      return `POST ${head}Transfer-Encoding: chunked\r\n\r\n${chunked(dice, body)}`;
    default:
      return `DELETE ${head}content-length: ${body.length}\r\n\r\n${body}`;
  }
}

function chunked(dice: Dice, body: string): string {
  let text = '';
  for (let at = 0; at < body.length; ) {
    const size = Math.min(1 + dice.below(40), body.length - at);
    const digits = size.toString(16);
    text += `${dice.oneOf([digits, digits.toUpperCase(), `0${digits}`])}\r\n${body.slice(at, at + size)}\r\n`;
    at += size;
  }
  return `${text}0\r\n${dice.oneOf(['', '', 'trailer: x\r\n'])}\r\n`;
}

/** The same bytes with one thing changed. */
export function mutated(dice: Dice, text: string): string {
  const at = dice.below(text.length + 1);
  const length = 1 + dice.below(dice.oneOf([1, 4, 30]));
  switch (dice.below(8)) {
    case 0:
    case 1:
      return text.slice(0, at) + dice.oneOf(TOKENS) + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(at + length);
    case 3:
      return text.slice(0, at) + String.fromCharCode(dice.below(256)) + text.slice(at + 1);
    case 4:
      return text.slice(0, at) + text.slice(at, at + length) + text.slice(at);
    case 5:
      return withLines(dice, text, (lines, line) => {
        lines.splice(line, 0, dice.oneOf(TOKENS).replace(/\r\n$/, ''));
      });
    case 6:
      return withLines(dice, text, (lines, line) => {
        lines.splice(dice.below(lines.length), 0, lines[line] ?? '');
      });
    default:
      return text.replaceAll(
        ...dice.oneOf<[string, string]>([
          ['\r\n', '\n'],
          [': ', ':'],
          ['1.1', '1.0'],
          [' ', '  '],
        ]),
      );
  }
}

function withLines(dice: Dice, text: string, change: (lines: string[], line: number) => void): string {
  const lines = text.split('\r\n');
  change(lines, dice.below(lines.length));
  return lines.join('\r\n');
}
