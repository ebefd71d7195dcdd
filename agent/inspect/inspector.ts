import type {ExternalAnswer, ExternalFacts} from '../../engine/detect/external/external-facts.ts';
import type {ExternalAnalyzer} from '../../engine/detect/external/external-finder.ts';
import {WeirError} from '../../lib/errors.ts';
import type {Logger} from '../../lib/log.ts';
import type {AnalyzerClient} from './analyzer-client.ts';
import type {AnswerCache} from './answer-cache.ts';
import {createTextAnalysis, type InspectionContext} from './text-analysis.ts';
import {WINDOW_SIZES, type WindowSizes} from './text-windows.ts';

/** Asks external detectors for what a decision needs to know. */
export interface Inspector {
  /**
   * Runs a step of deciding until every fact it asks for is known, and gives the result of the last run.
   *
   * The step has to be pure: the same facts, the same result. An analyzer that does not answer is a fact like any
   * other; what follows from it is the step's business.
   *
   * @throws the signal's reason where the caller leaves meanwhile.
   */
  inspect: <Result>(
    step: (facts: ExternalFacts) => Result,
    context: InspectionContext,
    signal: AbortSignal,
  ) => Promise<Result>;
}

/** Further texts than those of the first run are asked about where findings bring them up: once, as a rule. */
const MAX_RUNS = 8;

/** What a step is told before it is known: its result is thrown away. */
const NOTHING: ExternalAnswer = {kind: 'found', spans: []};

export function createInspector(options: {
  client: AnalyzerClient;
  cache: AnswerCache;
  log: Logger;
  sizes?: WindowSizes;
}): Inspector {
  const analysis = createTextAnalysis({...options, sizes: options.sizes ?? WINDOW_SIZES});
  return {
    inspect: async (step, context, signal) => {
      const known = new Map<ExternalAnalyzer, Map<string, ExternalAnswer>>();
      for (let run = 0; run < MAX_RUNS; run++) {
        const missing = new Map<ExternalAnalyzer, Set<string>>();
        const result = step({
          answerOf: (analyzer, text) => {
            const answer = known.get(analyzer)?.get(text);
            if (answer !== undefined) return answer;
            const texts = missing.get(analyzer);
            if (texts === undefined) missing.set(analyzer, new Set([text]));
            else texts.add(text);
            return NOTHING;
          },
        });
        if (missing.size === 0) return result;
        await Promise.all(
          [...missing].map(async ([analyzer, texts]) => {
            const answers = await analysis.ask(analyzer, texts, context, signal);
            known.set(analyzer, new Map([...(known.get(analyzer) ?? []), ...answers]));
          }),
        );
      }
      throw new WeirError('GUARD_FAILED', `what external detectors say brings up new texts after ${MAX_RUNS} runs`);
    },
  };
}
