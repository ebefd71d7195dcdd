import type {IncomingHttpHeaders} from 'node:http';
import type {Cancellation} from '../../lib/cancellation.ts';
import type {WeirError} from '../../lib/errors.ts';

/** One call of a provider. */
export interface UpstreamRequest {
  /** `https://api.example.com`. */
  origin: string;
  method: 'GET' | 'POST';
  /** Path and query. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer | undefined;
  connectTimeoutMs: number;
  firstByteTimeoutMs: number;
  idleTimeoutMs: number;
}

/** Takes a response body as it arrives; exactly one of `end` and `fail` ends it. */
export interface UpstreamSink {
  data: (chunk: Buffer) => void;
  end: () => void;
  fail: (error: WeirError) => void;
}

/** A response whose head has arrived. */
export interface UpstreamResponse {
  readonly status: number;
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** Delivers the body, from its first byte. To be called once. */
  read: (sink: UpstreamSink) => void;
  /** Stops reading from the provider until `resume`. */
  pause: () => void;
  resume: () => void;
  /** Gives the response up; its connection is closed unless it has just ended. */
  abort: () => void;
}

/** Speaks to providers. Follows no redirect, retries nothing. */
export interface UpstreamClient {
  /**
   * Sends a request and resolves with the head of its response.
   *
   * @param cancellation ends the call at once, also after the head has arrived.
   * @throws WeirError UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT, UPSTREAM_INVALID, or the reason of the cancellation.
   */
  send: (request: UpstreamRequest, cancellation: Cancellation) => Promise<UpstreamResponse>;
  readonly close: () => Promise<void>;
}
