import test from 'ava';
import fc from 'fast-check';
import {UnicodeTables} from '../../../engine/detect/regex/unicode.ts';
import {finderOf, isUnambiguous, patterns, texts} from '../detect/regex/support.ts';
import {createReference} from './reference.ts';
import {cut, cuttings, ruleSet, streamed} from './support.ts';

const RULE_SETS = 2000;
const TEXTS = 10;

const tables = new UnicodeTables();

test(`${RULE_SETS * TEXTS * 2} random cuttings are masked like the whole, with any patterns`, (t) => {
  const rules = fc.array(patterns, {minLength: 1, maxLength: 4});
  const samples = fc.array(fc.tuple(texts, cuttings), {minLength: TEXTS, maxLength: TEXTS});
  t.notThrows(() => {
    fc.assert(
      fc.property(rules, samples, (sources, cutTexts) => {
        fc.pre(sources.every((source) => isUnambiguous(source, tables)));
        const set = ruleSet(
          sources.map((source) => finderOf(source)),
          sources.map((_, id) => ({priority: id >> 1})),
        );
        const reference = createReference(set.finders, set.treatmentOf);
        return cutTexts.every(([text, lengths]) => {
          const whole = reference(text);
          return streamed(set, cut(text, lengths)) === whole && streamed(set, cut(text, [1])) === whole;
        });
      }),
      {numRuns: RULE_SETS},
    );
  });
});
