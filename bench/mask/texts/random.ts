/** Draws that are the same in every run. */
export interface Random {
  /** 0 to below `below`. */
  integer: (below: number) => number;
  pick: <T>(items: readonly T[]) => T;
  /** That many characters of an alphabet. */
  characters: (alphabet: string, length: number) => string;
}

export const HEX = '0123456789abcdef';
export const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
export const BASE64 = `ABCDEFGHIJKLMNOPQRSTUVWXYZ${LETTERS}0123456789+/`;

/** @param seed any number; another one, other texts. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  // A Weyl sequence whose steps are scrambled by two rounds of multiplying and shifting.
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const integer = (below: number): number => Math.floor(next() * below);
  return {
    integer,
    pick: (items) => {
      const item = items[integer(items.length)];
      if (item === undefined) throw new RangeError('there is nothing to pick from');
      return item;
    },
    characters: (alphabet, length) => {
      let text = '';
      for (let i = 0; i < length; i++) text += alphabet.charAt(integer(alphabet.length));
      return text;
    },
  };
}
