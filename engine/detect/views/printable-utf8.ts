/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes are in range by construction; this is the hot path */
/** Behind a whole character; every other state lacks bytes of one. */
export const WHOLE = 0;
/** The byte cannot stand here. */
export const REJECTED = 0xff;

/** First byte, first and last of what may follow, and how many more follow that. */
const SECOND_BYTES: readonly (readonly [lead: number, least: number, largest: number, more: number])[] = [
  [0xc2, 0xa0, 0xbf, 0],
  [0xe0, 0xa0, 0xbf, 1],
  [0xed, 0x80, 0x9f, 1],
  [0xf0, 0x90, 0xbf, 2],
  [0xf4, 0x80, 0x8f, 2],
];

/** Somewhere within a text, perhaps within a character. */
const WITHIN = 4 + SECOND_BYTES.length;

/**
 * The states of printable text in UTF-8: at `state * 256 + byte` the next one. Neither controls but tab and line
 * breaks nor overlong forms nor surrogates are text.
 */
export const NEXT_STATE = nextStates();

/** 1 for printable ASCII, 2 for a byte within a character, 4 for the first byte of one; 0 where there is no text. */
const KINDS = Uint8Array.from({length: 256}, (_, byte) => {
  const state = NEXT_STATE[byte];
  if (state === WHOLE) return 1;
  return state === REJECTED ? (byte >= 0x80 && byte <= 0xbf ? 2 : 0) : 4;
});

/** At `before << 8 | byte`: 1 where a byte can follow another in text, as far as the two alone say. */
const PAIRS = Uint8Array.from({length: 65_536}, (_, pair) => (isPair(KINDS[pair >> 8]!, KINDS[pair & 0xff]!) ? 1 : 0));

/** Whether six bytes in two groups of three may be from within a text. */
export function mayBeWithinText(first: number, second: number): boolean {
  if (PAIRS[first >> 8] === 0 || PAIRS[second & 0xffff] === 0) return false;
  let state = WITHIN;
  for (let shift = 16; shift >= 0; shift -= 8) {
    state = NEXT_STATE[state * 256 + ((first >> shift) & 0xff)]!;
    if (state === REJECTED) return false;
  }
  for (let shift = 16; shift >= 0; shift -= 8) {
    state = NEXT_STATE[state * 256 + ((second >> shift) & 0xff)]!;
    if (state === REJECTED) return false;
  }
  return true;
}

/** Whether a group of three bytes may be from within a text, as far as each two of them say. */
export function mayBeText(group: number): boolean {
  return PAIRS[group >> 8] === 1 && PAIRS[group & 0xffff] === 1;
}

function isPair(first: number, second: number): boolean {
  return first !== 0 && second !== 0 && (second === 2 ? first !== 1 : first !== 4);
}

/** Bytes of text in a row from which on they are looked through: fewer come about by chance all the time. */
export const MIN_STRETCH = 8;

/**
 * Start of the first stretch of MIN_STRETCH bytes of text or more within `[from, to)`, or -1. A stretch starts and ends
 * with a whole character, and nothing before or behind it can be taken in.
 */
export function findStretch(bytes: Uint8Array, from: number, to: number): number {
  let start = from;
  while (start + MIN_STRETCH <= to) {
    let at = start + MIN_STRETCH - 1;
    while (at > start && PAIRS[(bytes[at - 1]! << 8) | bytes[at]!] === 1) at--;
    // A stretch has not both bytes of a pair that cannot be.
    if (at > start) start = at;
    else if (NEXT_STATE[bytes[start]!] === REJECTED) start++;
    else {
      const end = endOfStretch(bytes, start, to);
      if (end - start >= MIN_STRETCH) return start;
      start = Math.max(end, start + 1);
    }
  }
  return -1;
}

/** End of the whole characters that follow each other from `start` on. */
export function endOfStretch(bytes: Uint8Array, start: number, to: number): number {
  let end = start;
  for (let i = start, state = WHOLE; i < to; i++) {
    state = NEXT_STATE[state * 256 + bytes[i]!]!;
    if (state === REJECTED) break;
    if (state === WHOLE) end = i + 1;
  }
  return end;
}

/** Bytes of the character that a byte starts. */
export function widthOf(lead: number): number {
  if (lead < 0x80) return 1;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function nextStates(): Uint8Array {
  // States 1 to 3 lack so many bytes; those behind them stand for a first byte that limits the second.
  const next = new Uint8Array(256 * (WITHIN + 1)).fill(REJECTED);
  next.fill(WHOLE, 0x20, 0x7f);
  for (const space of [0x09, 0x0a, 0x0d]) next[space] = WHOLE;
  next.fill(1, 0xc2, 0xe0);
  next.fill(2, 0xe0, 0xf0);
  next.fill(3, 0xf0, 0xf5);
  for (let lacking = 1; lacking <= 3; lacking++) next.fill(lacking - 1, lacking * 256 + 0x80, lacking * 256 + 0xc0);
  SECOND_BYTES.forEach(([lead, least, largest, more], index) => {
    const state = 4 + index;
    next[lead] = state;
    next.fill(more, state * 256 + least, state * 256 + largest + 1);
  });
  next.copyWithin(WITHIN * 256, 0, 256);
  next.fill(WITHIN, WITHIN * 256 + 0x80, WITHIN * 256 + 0xc0);
  return next;
}
