import type {IncomingHttpHeaders} from 'node:http';
import type {Dialect} from '../../engine/dialect/dialect.ts';
import type {OutboundHeaders} from '../listen/listener.ts';

/** Headers of a provider that callers may see, beside those that match `RESPONSE_PATTERN`. */
const RESPONSE_HEADERS = new Set([
  'cache-control',
  'content-type',
  'request-id',
  'retry-after',
  'retry-after-ms',
  'x-request-id',
  'x-should-retry',
]);
const RESPONSE_PATTERN = /ratelimit|^openai-|^anthropic-/;

/** The caller's headers that go to the provider: the dialect's allow-list, never its key. */
export function requestHeaders(dialect: Dialect, headers: Readonly<IncomingHttpHeaders>): Record<string, string> {
  const passed: Record<string, string> = {'accept-encoding': 'identity'};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && dialect.requestHeaders.has(name)) {
      passed[name] = typeof value === 'string' ? value : value.join(', ');
    }
  }
  return passed;
}

/** The provider's headers that go to the caller. */
export function responseHeaders(headers: Readonly<IncomingHttpHeaders>): OutboundHeaders {
  const passed: OutboundHeaders = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && (RESPONSE_HEADERS.has(name) || RESPONSE_PATTERN.test(name))) passed[name] = value;
  }
  return passed;
}

/** The caller's query parameters that go to the provider, with their question mark; empty for none. */
export function requestQuery(dialect: Dialect, query: string): string {
  if (query === '') return '';
  const passed = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(query)) {
    if (dialect.queryParameters.has(name)) passed.append(name, value);
  }
  return passed.size === 0 ? '' : `?${passed.toString()}`;
}
