import type {OutboundHeaders} from '../listen/listener.ts';
import type {Exchange} from './exchange.ts';
import type {Refusal} from './refusal.ts';
import {guessDialect} from './routing.ts';

/** The refusal as the provider itself would put it. */
export function refusalBytes(exchange: Exchange, refusal: Refusal): Buffer {
  const dialect = exchange.dialect ?? guessDialect(exchange.request);
  const {status, publicCode: code, message, retryAfterSeconds} = refusal;
  return Buffer.from(dialect.refusalBody({status, code, message, retryAfterSeconds}));
}

/** Answers with a refusal; clients retry it only where that can help. */
export function answerRefusal(exchange: Exchange, refusal: Refusal, body: Buffer): void {
  const {retryAfterSeconds} = refusal;
  const headers: OutboundHeaders = {
    'content-type': 'application/json',
    'x-should-retry': retryAfterSeconds === undefined ? 'false' : 'true',
    'x-weir-exchange': exchange.id,
  };
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds);
  exchange.responder.answer(refusal.status, headers, body);
}
