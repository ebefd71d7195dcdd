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

/** Whether a byte occurs in text. */
export function isText(byte: number): boolean {
  return KINDS[byte & 0xff] !== 0;
}

/** Whether a byte can follow another in text, as far as the two alone say. */
export function isFollowedByText(before: number, byte: number): boolean {
  const first = KINDS[before & 0xff]!;
  const second = KINDS[byte & 0xff]!;
  return first !== 0 && second !== 0 && (second === 2 ? first !== 1 : first !== 4);
}

/** Bytes of the character that a byte starts. */
export function widthOf(lead: number): number {
  if (lead < 0x80) return 1;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function nextStates(): Uint8Array {
  // States 1 to 3 lack so many bytes; those behind them stand for a first byte that limits the second.
  const next = new Uint8Array(256 * (4 + SECOND_BYTES.length)).fill(REJECTED);
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
  return next;
}
