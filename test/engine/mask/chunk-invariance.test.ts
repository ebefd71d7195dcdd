import test from 'ava';
import fc from 'fast-check';
import {nearSecrets} from './near-secrets.ts';
import {CATALOGUE, cut, cuttings, masked, ruleSet, streamed} from './support.ts';

const TEXTS = 10_000;
const CUTTINGS = 6;

const catalogue = ruleSet(CATALOGUE);

test(`${TEXTS * CUTTINGS} random cuttings are masked like the whole, with all detectors`, (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(nearSecrets, fc.array(cuttings, {minLength: CUTTINGS, maxLength: CUTTINGS}), (text, cuts) => {
        const whole = masked(catalogue, text);
        return cuts.every((lengths) => streamed(catalogue, cut(text, lengths)) === whole);
      }),
      {numRuns: TEXTS},
    );
  });
});
