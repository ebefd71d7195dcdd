import {Agent} from 'undici';
import type {ExternalSpan} from '../../engine/detect/external/external-facts.ts';
import type {ExternalAnalyzer} from '../../engine/detect/external/external-finder.ts';
import {WeirError} from '../../lib/errors.ts';
import type {Credentials} from '../credentials/credentials.ts';
import {analyzeBody, readAnswer} from './analyzer-protocol.ts';

/** Why an analyzer gave no answer that counts. The message holds no text of a request. */
export class AnalyzerFailure extends WeirError {
  /** Whether the next call will hardly do better: nobody answers. */
  readonly isDown: boolean;

  constructor(message: string, options: {isDown: boolean; cause?: unknown}) {
    super('EXTERNAL_DETECTOR_FAILED', message, {cause: options.cause});
    this.isDown = options.isDown;
  }
}

/** Speaks the HTTP API of Presidio's analyzer. Follows no redirect, retries nothing. */
export interface AnalyzerClient {
  /**
   * What the analyzer finds in one text.
   *
   * @param signal ends the call; its reason is thrown where it aborted.
   * @throws AnalyzerFailure for every answer but a whole and valid one.
   */
  analyze: (analyzer: ExternalAnalyzer, text: string, signal: AbortSignal) => Promise<ExternalSpan[]>;
  readonly close: () => Promise<void>;
}

/** A text of the longest window with a finding at every word is a tenth of this. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 5_000;
/** Connections to one analyzer; fewer calls are made at a time. */
const MAX_CONNECTIONS = 256;

export function createAnalyzerClient(options: {credentials: Credentials}): AnalyzerClient {
  const dispatcher = new Agent({
    allowH2: false,
    connect: {timeout: CONNECT_TIMEOUT_MS},
    connections: MAX_CONNECTIONS,
    maxResponseSize: MAX_ANSWER_BYTES,
    // The call's own time-out ends it.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  const call = async (analyzer: ExternalAnalyzer, text: string, signal: AbortSignal): Promise<string> => {
    const url = new URL(`${analyzer.url}/analyze`);
    const credential =
      analyzer.credential === undefined ? undefined : await options.credentials.credentialFor(analyzer, url);
    const {statusCode, headers, body} = await dispatcher.request({
      origin: url.origin,
      path: url.pathname,
      method: 'POST',
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'content-type': 'application/json',
        ...(credential !== undefined && {authorization: `Bearer ${credential}`}),
      },
      body: analyzeBody(analyzer, text),
      signal,
    });
    const encoding = headers['content-encoding'] ?? 'identity';
    if (statusCode !== 200 || encoding !== 'identity') {
      await body.dump({limit: 0}).catch(() => undefined);
      const what = statusCode === 200 ? 'with a compressed body' : String(statusCode);
      throw new AnalyzerFailure(`it answered ${what}`, {isDown: statusCode === 503});
    }
    return body.text();
  };

  return {
    analyze: async (analyzer, text, signal) => {
      try {
        return readAnswer(analyzer, text, await call(analyzer, text, signal));
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw failureOf(error);
      }
    },
    close: async () => dispatcher.destroy(),
  };
}

function failureOf(error: unknown): AnalyzerFailure {
  if (error instanceof AnalyzerFailure) return error;
  if (error instanceof RangeError) return new AnalyzerFailure(error.message, {isDown: false});
  if (error instanceof WeirError) return new AnalyzerFailure(error.message, {isDown: true, cause: error});
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new AnalyzerFailure(`its answer is larger than ${MAX_ANSWER_BYTES} bytes`, {isDown: false, cause: error});
  }
  return new AnalyzerFailure(`it cannot be reached or broke off (${code})`, {isDown: true, cause: error});
}
