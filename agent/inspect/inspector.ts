import type {ExternalAnswer, ExternalFacts, ExternalSpan} from '../../engine/detect/external/external-facts.ts';
import type {ExternalAnalyzer} from '../../engine/detect/external/external-finder.ts';
import {WeirError} from '../../lib/errors.ts';
import type {Logger} from '../../lib/log.ts';
import {ATTRIBUTE, SPAN} from '../telemetry/names.ts';
import type {ExchangeTrace} from '../telemetry/tracing.ts';
import {type AnalyzerClient, AnalyzerFailure} from './analyzer-client.ts';
import type {AnswerCache} from './answer-cache.ts';
import {type CallLimit, createCallLimit} from './call-limit.ts';
import {joinWindows, WINDOW_SIZES, type WindowSizes, windowsOf} from './text-windows.ts';

/** Whose texts are inspected, and where that is traced. */
export interface InspectionContext {
  /** Answers are remembered for one owner's texts only. */
  owner: string;
  trace: ExchangeTrace;
}

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

/** Further texts than those of the first run are asked for where findings bring them up: once, as a rule. */
const MAX_RUNS = 8;
/** For all texts of one run together. */
const INSPECTION_TIMEOUT_MS = 60_000;
/** Calls of one analyzer that may wait for their turn. */
const MAX_WAITING = 1_000;

const NOTHING: ExternalAnswer = {kind: 'found', spans: []};
const FAILED: ExternalAnswer = {kind: 'failed'};

export function createInspector(options: {
  client: AnalyzerClient;
  cache: AnswerCache;
  log: Logger;
  sizes?: WindowSizes;
}): Inspector {
  const {client, cache, log, sizes = WINDOW_SIZES} = options;
  const limits = new Map<string, CallLimit>();
  const limitOf = ({url, maxConcurrent}: ExternalAnalyzer): CallLimit => {
    const key = `${maxConcurrent} ${url}`;
    let limit = limits.get(key);
    if (limit === undefined) {
      limit = createCallLimit({concurrent: maxConcurrent, waiting: MAX_WAITING});
      limits.set(key, limit);
    }
    return limit;
  };

  const analyzeText = async (analyzer: ExternalAnalyzer, text: string, signal: AbortSignal) => {
    const found: {start: number; spans: ExternalSpan[]}[] = [];
    for (const window of windowsOf(text, sizes)) {
      const timeout = AbortSignal.timeout(analyzer.timeoutMs);
      const either = AbortSignal.any([signal, timeout]);
      try {
        const spans = await limitOf(analyzer).run(async () => client.analyze(analyzer, window.text, either), either);
        found.push({start: window.start, spans});
      } catch (error) {
        if (signal.aborted || !timeout.aborted) throw error;
        throw new AnalyzerFailure(`it did not answer within ${analyzer.timeoutMs} ms`, {isDown: true});
      }
    }
    return joinWindows(found);
  };

  /** Answers for all texts; what cannot be had is `failed`. */
  const ask = async (
    analyzer: ExternalAnalyzer,
    texts: ReadonlySet<string>,
    {owner, trace}: InspectionContext,
    signal: AbortSignal,
  ): Promise<Map<string, ExternalAnswer>> => {
    const answers = new Map<string, ExternalAnswer>();
    const unknown: string[] = [];
    for (const text of texts) {
      const spans = cache.get(analyzer, owner, text);
      if (spans === undefined) unknown.push(text);
      else answers.set(text, {kind: 'found', spans});
    }
    if (unknown.length === 0) return answers;
    const span = trace.upstream(SPAN.inspect, {
      [ATTRIBUTE.detector]: analyzer.detector,
      [ATTRIBUTE.serverAddress]: new URL(analyzer.url).hostname,
      [ATTRIBUTE.inspectedTexts]: unknown.length,
    });
    const within = AbortSignal.any([signal, AbortSignal.timeout(INSPECTION_TIMEOUT_MS)]);
    let failure: AnalyzerFailure | undefined;
    const queue = unknown.values();
    const work = async () => {
      for (const text of queue) {
        // Where nobody answers, or one missing answer blocks anyway, asking on would only take time.
        const isHopeless = failure !== undefined && (failure.isDown || analyzer.onFailure === 'block');
        try {
          if (isHopeless) {
            answers.set(text, FAILED);
            continue;
          }
          const spans = await analyzeText(analyzer, text, within);
          cache.set(analyzer, owner, text, spans);
          answers.set(text, {kind: 'found', spans});
        } catch (error) {
          signal.throwIfAborted();
          failure = asFailure(error, within);
          answers.set(text, FAILED);
        }
      }
    };
    try {
      await Promise.all(Array.from({length: Math.min(analyzer.maxConcurrent, unknown.length)}, work));
    } finally {
      span.end({}, failure?.code);
    }
    if (failure !== undefined) {
      const {detector, onFailure} = analyzer;
      log.warn('an external detector failed', {detector, onFailure, reason: failure.message});
    }
    return answers;
  };

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
            const answers = await ask(analyzer, texts, context, signal);
            known.set(analyzer, new Map([...(known.get(analyzer) ?? []), ...answers]));
          }),
        );
      }
      throw new WeirError('GUARD_FAILED', `what external detectors say brings up new texts after ${MAX_RUNS} runs`);
    },
  };
}

function asFailure(error: unknown, within: AbortSignal): AnalyzerFailure {
  if (error instanceof AnalyzerFailure) return error;
  if (within.aborted) return new AnalyzerFailure('the texts took too long', {isDown: true, cause: error});
  const message = error instanceof WeirError ? error.message : 'the call failed';
  return new AnalyzerFailure(message, {isDown: true, cause: error});
}
