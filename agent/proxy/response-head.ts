import type {OutboundHeaders} from '../listen/listener.ts';
import {type Exchange, established} from './exchange.ts';
import {responseHeaders} from './headers.ts';
import type {UpstreamResponse} from './upstream.ts';

/** Numbers, durations, points in time and truth values: what limits are told in. */
const PLAIN = /^(?:[\d.:TZ-]{1,32}|(?:\d{1,6}(?:\.\d{1,9})?(?:ms|[dhms])){1,4}|true|false)$/;

/**
 * The provider's headers for the caller: without any that a response rule would change, and with a content type of
 * our own, for in another charset the body would say something else.
 */
export function responseHead(
  exchange: Exchange,
  {headers}: UpstreamResponse,
  mediaType: 'application/json' | 'text/event-stream',
): OutboundHeaders {
  const passed = responseHeaders(headers);
  for (const name in passed) {
    const value = passed[name] ?? '';
    const isPassed =
      typeof value === 'string' ? mayPass(exchange, value) : value.every((text) => mayPass(exchange, text));
    if (!isPassed) Reflect.deleteProperty(passed, name);
  }
  const isExplicit = /;\s*charset="?utf-8"?\s*$/i.test(headers['content-type'] ?? '');
  passed['content-type'] = isExplicit ? `${mediaType}; charset=utf-8` : mediaType;
  passed['x-weir-exchange'] = exchange.id;
  return passed;
}

function mayPass(exchange: Exchange, text: string): boolean {
  return PLAIN.test(text) || !isChanged(exchange, text);
}

function isChanged({bundle, decision}: Exchange, text: string): boolean {
  const plan = established(decision, 'decision').response;
  if (plan === undefined) return false;
  const findings = established(bundle, 'bundle').matcher.find(text, plan.finders);
  return findings.some(({finder}) => plan.treatmentOf(finder).action !== 'observe');
}
