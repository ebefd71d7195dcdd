import type {ExecutionContext} from 'ava';
import {parseCredentialBinding} from '../../../agent/credentials/binding.ts';
import {createCredentials} from '../../../agent/credentials/credentials.ts';
import {createAnalyzerClient} from '../../../agent/inspect/analyzer-client.ts';
import {createAnswerCache} from '../../../agent/inspect/answer-cache.ts';
import {createInspector} from '../../../agent/inspect/inspector.ts';
import type {InspectionContext} from '../../../agent/inspect/text-analysis.ts';
import type {WindowSizes} from '../../../agent/inspect/text-windows.ts';
import type {ExchangeTrace} from '../../../agent/telemetry/tracing.ts';
import type {ExternalAnswer} from '../../../engine/detect/external/external-facts.ts';
import type {ExternalAnalyzer} from '../../../engine/detect/external/external-finder.ts';
import {createLogLines, type LogLines} from '../../support/log-lines.ts';

/** An analyzer as a bundle would describe it. */
export function analyzerAt(url: string, more: Partial<ExternalAnalyzer> = {}): ExternalAnalyzer {
  return {
    detector: 'names',
    url,
    language: 'en',
    entities: ['LOCATION', 'PERSON'],
    minScore: 0.5,
    timeoutMs: 5_000,
    maxConcurrent: 8,
    credential: undefined,
    onFailure: 'block',
    ...more,
  };
}

export interface Inspection {
  /** What the analyzer is told to say of these texts. */
  ask: (analyzer: ExternalAnalyzer, texts: readonly string[], options?: AskOptions) => Promise<ExternalAnswer[]>;
  readonly logs: LogLines;
}

interface AskOptions {
  owner?: string;
  signal?: AbortSignal;
}

/** An inspector with real sockets. */
export function startInspection(
  t: ExecutionContext,
  options: {credential?: string; sizes?: WindowSizes} = {},
): Inspection {
  const logs = createLogLines();
  const credentials = createCredentials({
    bindings: options.credential === undefined ? [] : [parseCredentialBinding(options.credential)],
    environment: {ANALYZER_KEY: 'analyzer-not-a-real-key'},
  });
  const client = createAnalyzerClient({credentials});
  t.teardown(client.close);
  const inspector = createInspector({
    client,
    cache: createAnswerCache(),
    log: logs.log,
    ...(options.sizes !== undefined && {sizes: options.sizes}),
  });
  return {
    logs,
    ask: async (analyzer, texts, {owner = 'svc:test', signal = new AbortController().signal} = {}) =>
      inspector.inspect((facts) => texts.map((text) => facts.answerOf(analyzer, text)), contextOf(owner), signal),
  };
}

function contextOf(owner: string): InspectionContext {
  const trace: ExchangeTrace = {
    traceId: '0'.repeat(32),
    decision: () => () => undefined,
    upstream: () => ({traceparent: '', end: () => undefined}),
    end: () => undefined,
  };
  return {owner, trace};
}
