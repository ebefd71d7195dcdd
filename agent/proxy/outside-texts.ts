import {maskedValue} from '../../engine/decide/masked-value.ts';
import type {Dialect} from '../../engine/dialect/dialect.ts';
import type {TextRun} from '../../engine/exchange.ts';
import type {InboundRequest} from '../listen/listener.ts';
import {type Exchange, established} from './exchange.ts';
import {requestHeaders, requestQuery} from './headers.ts';

/** Short words, small numbers, versions, dates and media types: what SDKs say of themselves, and nothing of anybody. */
const PLAIN =
  /^(?:[a-z]{1,12}(?:\d{1,2})?|v?\d{1,5}(?:\.\d{1,4}){0,3}|\d{4}-\d\d-\d\d|application\/json|text\/event-stream|\*\/\*)$/i;

/** What goes to the provider or into the record outside of the body: text like any other, of no piece of the body. */
export function outsideRuns(dialect: Dialect, {headers, query}: InboundRequest): TextRun[] {
  const runs: TextRun[] = [];
  const add = (text: string) => {
    if (text !== '' && !PLAIN.test(text)) runs.push({place: 'metadata', message: -1, pieces: [], text});
  };
  const sent = requestHeaders(dialect, headers);
  for (const name in sent) add(sent[name] ?? '');
  if (query !== '') for (const value of new URLSearchParams(requestQuery(dialect, query)).values()) add(value);
  const dataset = headers['x-weir-dataset'];
  if (typeof dataset === 'string') add(dataset);
  return runs;
}

/** The caller's headers as they go to the provider. */
export function sentHeaders(exchange: Exchange): Record<string, string> {
  const {dialect} = established(exchange.destination, 'destination');
  const headers = requestHeaders(dialect, exchange.request.headers);
  for (const name in headers) headers[name] = shownHeader(exchange, headers[name] ?? '');
  return headers;
}

/** The caller's query as it goes to the provider, with its question mark; empty for none. */
export function sentQuery(exchange: Exchange): string {
  const {dialect} = established(exchange.destination, 'destination');
  const query = requestQuery(dialect, exchange.request.query);
  if (query === '') return '';
  const parameters = [...new URLSearchParams(query)].map(([name, value]) => [name, shown(exchange, value)]);
  return `?${new URLSearchParams(parameters).toString()}`;
}

/** A header's value with what the rules mask in it masked. */
export function shownHeader(exchange: Exchange, value: string): string {
  const masked = shown(exchange, value);
  return masked === value ? value : masked.replaceAll(/[^\u0020-\u007e]/g, '?');
}

function shown({body, decision}: Exchange, value: string): string {
  if (body === undefined || decision === undefined || decision.edits.length === 0) return value;
  return maskedValue(value, body.facts.runs, decision.edits);
}
