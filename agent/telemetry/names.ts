/**
 * Names of spans, attributes and metrics.
 *
 * GenAI attributes follow open-telemetry/semantic-conventions-genai as of November 2026 (all in Development);
 * there is no convention for gateways or policy, hence `weir.*`.
 */
export const SPAN = {
  decide: 'weir.decide',
  inspect: 'weir.inspect',
} as const;

export const ATTRIBUTE = {
  httpMethod: 'http.request.method',
  httpStatus: 'http.response.status_code',
  urlPath: 'url.path',
  errorType: 'error.type',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  genAiOperation: 'gen_ai.operation.name',
  genAiProvider: 'gen_ai.provider.name',
  genAiRequestModel: 'gen_ai.request.model',
  genAiResponseModel: 'gen_ai.response.model',
  genAiResponseId: 'gen_ai.response.id',
  genAiFinishReasons: 'gen_ai.response.finish_reasons',
  /** Seconds. */
  genAiTimeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  genAiInputTokens: 'gen_ai.usage.input_tokens',
  genAiOutputTokens: 'gen_ai.usage.output_tokens',
  exchangeId: 'weir.exchange.id',
  sessionId: 'weir.session.id',
  outcome: 'weir.outcome',
  caller: 'weir.caller.subject',
  provider: 'weir.provider',
  verdict: 'weir.verdict',
  rules: 'weir.rules',
  commit: 'weir.policy.commit',
  generation: 'weir.policy.generation',
  detector: 'weir.detector',
  /** Number of texts that an external detector was asked about. */
  inspectedTexts: 'weir.inspect.texts',
} as const;

/** Prometheus metrics of the admin port. */
export const METRIC = {
  /** Counter by `outcome`. */
  exchanges: 'weir_exchanges_total',
  openExchanges: 'weir_exchanges_open',
  spoolBytes: 'weir_spool_bytes',
  bundleGeneration: 'weir_bundle_generation',
  droppedSpans: 'weir_spans_dropped_total',
} as const;
