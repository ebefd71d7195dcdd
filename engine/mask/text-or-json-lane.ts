import {createJsonLaneMasker} from './json-lane.ts';
import type {LaneMasker} from './lane.ts';
import {createLaneMasker, type LaneOptions} from './lane-masker.ts';

/** How an object begins, or a list of anything but words: `[` and a letter is how people write, and placeholders begin. */
const JSON_START = /^(?:\{|\[\s*[{["\d-])/;
/** What may still become such a beginning. */
const UNDECIDED = /^\[\s*$/;
/** Units in which a beginning shows itself. */
const MAX_START = 1024;

/** Masks a text that a model may have written as JSON: then its strings are masked as what they mean. */
export function createTextOrJsonLaneMasker(options: LaneOptions): LaneMasker {
  let masker: LaneMasker | undefined;
  /** Where the text begins, until it shows what it is. */
  let start = '';
  const decide = (): LaneMasker => {
    const decided = JSON_START.test(start.slice(0, MAX_START))
      ? createJsonLaneMasker(options)
      : createLaneMasker(options);
    decided.push(start);
    start = '';
    return decided;
  };
  return {
    get held() {
      return masker?.held ?? start.length;
    },
    push: (text) => {
      if (masker !== undefined) {
        masker.push(text);
        return;
      }
      const from = start === '' ? (/\S/.exec(text)?.index ?? text.length) : 0;
      if (from > 0) options.sink.keep(from);
      start += text.slice(from);
      const isOpen = start.length < MAX_START && UNDECIDED.test(start);
      if (start !== '' && !isOpen) masker = decide();
    },
    end: () => {
      if (start !== '') masker = decide();
      masker?.end();
    },
  };
}
