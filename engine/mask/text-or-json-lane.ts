import {createJsonLaneMasker} from './json-lane.ts';
import type {LaneMasker} from './lane.ts';
import {createLaneMasker, type LaneOptions} from './lane-masker.ts';

/** Masks a text that a model may have written as a JSON object: then its strings are masked as what they mean. */
export function createTextOrJsonLaneMasker(options: LaneOptions): LaneMasker {
  let masker: LaneMasker | undefined;
  return {
    get held() {
      return masker?.held ?? 0;
    },
    push: (text) => {
      let from = 0;
      if (masker === undefined) {
        from = /\S/.exec(text)?.index ?? text.length;
        if (from > 0) options.sink.keep(from);
        if (from === text.length) return;
        masker = text.charAt(from) === '{' ? createJsonLaneMasker(options) : createLaneMasker(options);
      }
      masker.push(from === 0 ? text : text.slice(from));
    },
    end: () => {
      masker?.end();
    },
  };
}
