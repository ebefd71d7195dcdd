import {isUtf8} from 'node:buffer';
import {matcherOf} from '../../engine/decide/stated-facts.ts';
import {type ExternalFacts, NO_FACTS} from '../../engine/detect/external/external-facts.ts';
import {ByteParts} from '../../engine/dialect/byte-parts.ts';
import {guardResponse} from '../../engine/dialect/guard-response.ts';
import {WeirError} from '../../lib/errors.ts';
import {Outcome} from '../../proto/gen/weir/record/v1/record.ts';
import type {Ending} from './ending.ts';
import {type Exchange, established, type GuardedResponse} from './exchange.ts';
import type {ProxyParts} from './parts.ts';
import {blockRefusal} from './refusal.ts';
import {responseHead} from './response-head.ts';
import type {UpstreamResponse} from './upstream.ts';
import {withFacts} from './with-facts.ts';

/** Larger JSON responses are refused: they are judged whole, in memory. */
export const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
const COMPLETED: Ending = {outcome: Outcome.COMPLETED, errorCode: ''};
const FAILED_UPSTREAM: Ending = {outcome: Outcome.UPSTREAM_ERROR, errorCode: 'UPSTREAM_ERROR'};

/**
 * Judges a JSON response whole.
 *
 * @throws Refusal where a response rule blocks; WeirError UPSTREAM_INVALID where it cannot be read.
 */
export async function guardJson(
  exchange: Exchange,
  upstream: UpstreamResponse,
  parts: ProxyParts,
): Promise<GuardedResponse> {
  const {dialect, route} = established(exchange.destination, 'destination');
  const bundle = established(exchange.bundle, 'bundle');
  const plan = established(exchange.decision, 'decision').response;
  const bytes = await collect(upstream, MAX_RESPONSE_BYTES);
  if (bytes.length === 0) return answer(exchange, upstream, {bytes, ending: endingOf(upstream.status, undefined)});
  if (!isUtf8(bytes)) throw new WeirError('UPSTREAM_INVALID', 'the provider answered with text that is not UTF-8');
  const body = bytes.toString('utf8');
  const guard = (facts: ExternalFacts) =>
    guardResponse({dialect, route, matcher: matcherOf(bundle, facts), plan, body});
  const guarded = plan?.isExternal === true ? await withFacts(exchange, parts, guard) : guard(NO_FACTS);
  const {reading} = guarded;
  const log = exchange.response;
  log.verdict = plan?.verdictOf(guarded.counts, guarded.blocked === undefined ? [] : reading.uninspectable);
  log.usage = reading.usage;
  log.finishReasons = reading.finishReasons;
  log.model = reading.model;
  log.id = reading.id;
  if (guarded.blocked !== undefined) throw blockRefusal(guarded.blocked);
  const released = guarded.body === body ? bytes : Buffer.from(guarded.body);
  return answer(exchange, upstream, {bytes: released, ending: endingOf(upstream.status, reading.error)});
}

/**
 * An error status with a body that cannot be judged keeps its status; the body is replaced by one of our own.
 *
 * @throws WeirError UPSTREAM_INVALID for any other such response.
 */
export async function replaceUnreadable(exchange: Exchange, upstream: UpstreamResponse): Promise<GuardedResponse> {
  const {status} = upstream;
  upstream.abort();
  if (status < 400)
    throw new WeirError('UPSTREAM_INVALID', 'the provider answered with neither JSON nor an event stream');
  const {dialect} = established(exchange.destination, 'destination');
  const message = `the provider answered ${status} with a body that cannot be checked and is left out`;
  const body = dialect.refusalBody({status, code: 'upstream_error', message, retryAfterSeconds: undefined});
  return Promise.resolve(answer(exchange, upstream, {bytes: Buffer.from(body), ending: FAILED_UPSTREAM}));
}

function answer(
  exchange: Exchange,
  upstream: UpstreamResponse,
  {bytes, ending}: {bytes: Buffer; ending: Ending},
): GuardedResponse {
  const {response, responder} = exchange;
  const headers = responseHead(exchange, upstream, 'application/json');
  response.status = upstream.status;
  response.mediaType = 'application/json';
  response.add(bytes);
  return {
    ending,
    rest: bytes,
    finish: () => {
      responder.answer(upstream.status, headers, bytes);
    },
  };
}

function endingOf(status: number, error: string | undefined): Ending {
  return status >= 400 || error !== undefined ? FAILED_UPSTREAM : COMPLETED;
}

async function collect(upstream: UpstreamResponse, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts = new ByteParts();
    upstream.read({
      data: (chunk) => {
        if (parts.size + chunk.length <= limitBytes) {
          parts.add(chunk);
          return;
        }
        parts.clear();
        upstream.abort();
        reject(new WeirError('UPSTREAM_INVALID', `the provider's answer is larger than ${limitBytes} bytes`));
      },
      end: () => {
        resolve(parts.bytes());
      },
      fail: reject,
    });
  });
}
