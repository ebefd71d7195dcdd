import {DETECTORS} from '../../../engine/detect/catalogue.ts';
import {CATALOGUE, masked, ruleSet, streamed} from './support.ts';

/** Files that share the work, so that they run side by side. */
const SHARES = 4;

/** Cuts every example of a share of the detectors everywhere once: where the output is not that of the whole. */
export function twoPartViolations(share: number): string[] {
  const catalogue = ruleSet(CATALOGUE);
  return DETECTORS.filter((_, index) => index % SHARES === share)
    .flatMap(({name, examples}) => examples.map((text) => ({name, text})))
    .flatMap(({name, text}) => {
      const whole = masked(catalogue, text);
      return Array.from({length: text.length - 1}, (_, index) => index + 1)
        .filter((at) => streamed(catalogue, [text.slice(0, at), text.slice(at)]) !== whole)
        .map((at) => `${name}: ${text} cut at ${at}`);
    });
}
