import type {ExternalAnswer, ExternalSpan} from '../../engine/detect/external/external-facts.ts';
import type {ExternalAnalyzer} from '../../engine/detect/external/external-finder.ts';
import {WeirError} from '../../lib/errors.ts';
import type {Logger} from '../../lib/log.ts';
import {ATTRIBUTE, SPAN} from '../telemetry/names.ts';
import type {ExchangeTrace} from '../telemetry/tracing.ts';
import {type AnalyzerClient, AnalyzerFailure} from './analyzer-client.ts';
import type {AnswerCache} from './answer-cache.ts';
import {type CallLimit, createCallLimit} from './call-limit.ts';
import {joinWindows, type TextWindow, type WindowSizes, windowsOf} from './text-windows.ts';

/** Whose texts are inspected, and where that is traced. */
export interface InspectionContext {
  /** Answers are remembered for one owner's texts only. */
  owner: string;
  trace: ExchangeTrace;
}

/** Asks analyzers about texts. */
export interface TextAnalysis {
  /**
   * An answer for every text: what was remembered, what the analyzer says, or `failed`.
   *
   * @throws the signal's reason where it aborts.
   */
  ask: (
    analyzer: ExternalAnalyzer,
    texts: ReadonlySet<string>,
    context: InspectionContext,
    signal: AbortSignal,
  ) => Promise<Map<string, ExternalAnswer>>;
}

/** For all texts that are asked about together. */
const ANALYSIS_TIMEOUT_MS = 60_000;
/** Calls for all texts that are asked about together: nobody may keep an analyzer to himself. */
const MAX_CALLS = 5_000;
/** Calls of one analyzer that may wait for their turn. */
const MAX_WAITING = 1_000;

export function createTextAnalysis(options: {
  client: AnalyzerClient;
  cache: AnswerCache;
  log: Logger;
  sizes: WindowSizes;
}): TextAnalysis {
  const {client, cache, log, sizes} = options;
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

  const analyze = async (analyzer: ExternalAnalyzer, text: string, signal: AbortSignal): Promise<ExternalSpan[]> => {
    const timeout = AbortSignal.timeout(analyzer.timeoutMs);
    const either = AbortSignal.any([signal, timeout]);
    try {
      return await limitOf(analyzer).run(async () => client.analyze(analyzer, text, either), either);
    } catch (error) {
      if (signal.aborted || !timeout.aborted) throw error;
      throw new AnalyzerFailure(`it did not answer within ${analyzer.timeoutMs} ms`, {isDown: true});
    }
  };

  return {
    ask: async (analyzer, texts, {owner, trace}, signal) => {
      const answers = new Map<string, ExternalAnswer>();
      for (const text of texts) {
        const spans = cache.get(analyzer, owner, text);
        if (spans !== undefined) answers.set(text, {kind: 'found', spans});
      }
      const unknown = [...texts].filter((text) => !answers.has(text));
      if (unknown.length === 0) return answers;
      const span = trace.upstream(SPAN.inspect, {
        [ATTRIBUTE.detector]: analyzer.detector,
        [ATTRIBUTE.serverAddress]: new URL(analyzer.url).hostname,
        [ATTRIBUTE.inspectedTexts]: unknown.length,
      });
      const round = new Round(analyzer, unknown, sizes);
      const within = AbortSignal.any([signal, AbortSignal.timeout(ANALYSIS_TIMEOUT_MS)]);
      try {
        await round.run(async (text) => analyze(analyzer, text, within), signal);
      } finally {
        span.end({}, round.failure?.code);
      }
      for (const text of unknown) {
        const spans = round.spansOf(text);
        if (spans !== undefined) cache.set(analyzer, owner, text, spans);
        answers.set(text, spans === undefined ? {kind: 'failed'} : {kind: 'found', spans});
      }
      if (round.failure !== undefined) {
        const {detector, onFailure} = analyzer;
        log.warn('an external detector failed', {detector, onFailure, reason: round.failure.message});
      }
      return answers;
    },
  };
}

/** Several texts on their way through one analyzer. */
class Round {
  /** The one that tells most of why there are texts without an answer. */
  failure: AnalyzerFailure | undefined;
  readonly #analyzer: ExternalAnalyzer;
  readonly #found = new Map<string, {start: number; spans: readonly ExternalSpan[]}[]>();
  readonly #failed = new Set<string>();
  readonly #windows: {of: string; window: TextWindow}[];

  constructor(analyzer: ExternalAnalyzer, texts: readonly string[], sizes: WindowSizes) {
    this.#analyzer = analyzer;
    this.#windows = texts.flatMap((of) => windowsOf(of, sizes).map((window) => ({of, window})));
    for (const text of texts) this.#found.set(text, []);
  }

  /** Analyzes all windows, as many at a time as the analyzer takes. */
  async run(analyze: (text: string) => Promise<ExternalSpan[]>, signal: AbortSignal): Promise<void> {
    const calls = this.#windows.length;
    if (calls > MAX_CALLS) {
      this.failure = new AnalyzerFailure(`${calls} calls for one exchange, the limit is ${MAX_CALLS}`, {isDown: true});
    }
    const queue = this.#windows.values();
    const work = async () => {
      for (const {of, window} of queue) {
        if (this.#isHopeless() || this.#failed.has(of)) {
          this.#failed.add(of);
          continue;
        }
        try {
          const spans = await analyze(window.text);
          this.#found.get(of)?.push({start: window.start, spans});
        } catch (error) {
          signal.throwIfAborted();
          this.#failed.add(of);
          if (this.failure?.isDown !== true) this.failure = asFailure(error);
        }
      }
    };
    await Promise.all(Array.from({length: Math.min(this.#analyzer.maxConcurrent, calls)}, work));
  }

  /** Undefined for a text without an answer. */
  spansOf(text: string): ExternalSpan[] | undefined {
    return this.#failed.has(text) ? undefined : joinWindows(this.#found.get(text) ?? []);
  }

  /** Where nobody answers, or one missing answer blocks anyway, asking on would only take time. */
  #isHopeless(): boolean {
    return this.failure !== undefined && (this.failure.isDown || this.#analyzer.onFailure === 'block');
  }
}

function asFailure(error: unknown): AnalyzerFailure {
  if (error instanceof AnalyzerFailure) return error;
  if (error instanceof WeirError) return new AnalyzerFailure(error.message, {isDown: true, cause: error});
  return new AnalyzerFailure('the texts took too long', {isDown: true, cause: error});
}
