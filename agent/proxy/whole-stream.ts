import {Buffer} from 'node:buffer';
import type {ResponsePlan} from '../../engine/decide/decision.ts';
import {matcherOf} from '../../engine/decide/stated-facts.ts';
import {WholeTextsOfRun} from '../../engine/detect/external/stated-scan.ts';
import {ByteParts} from '../../engine/dialect/byte-parts.ts';
import {createStreamGuard, type StreamGuard} from '../../engine/dialect/stream-guard.ts';
import {errorCode, WeirError} from '../../lib/errors.ts';
import {type Exchange, established, type GuardedResponse} from './exchange.ts';
import {MAX_RESPONSE_BYTES} from './guard-json.ts';
import type {ProxyParts} from './parts.ts';
import {refusalOf} from './refusal.ts';
import {responseHead} from './response-head.ts';
import {noteStream, streamEnding} from './stream-ending.ts';
import {watchEnd} from './stream-relay.ts';
import type {UpstreamResponse} from './upstream.ts';
import {withFacts} from './with-facts.ts';

/** A comment, which every client of server-sent events passes over. */
const HEARTBEAT = Buffer.from(': waiting\n\n');

/**
 * Takes a stream of events whole, has external detectors look at it, and passes on what may be passed on.
 *
 * What a model says of a text is known when the text is complete: until then the caller gets signs of life only. Then
 * the events come as they would have come, masked.
 *
 * @throws the reason of the cancellation where the caller left or the agent stops.
 */
export async function relayWholeStream(
  exchange: Exchange,
  upstream: UpstreamResponse,
  parts: ProxyParts,
): Promise<GuardedResponse> {
  const {response, responder} = exchange;
  response.status = upstream.status;
  response.mediaType = 'text/event-stream';
  responder.head(upstream.status, responseHead(exchange, upstream, 'text/event-stream'));
  responder.flush();
  const heartbeat = setInterval(() => responder.write(HEARTBEAT), parts.heartbeatEveryMs);
  try {
    const bytes = await collectStream(exchange, upstream, parts);
    return await judged(exchange, upstream, {bytes, parts});
  } catch (error) {
    if (exchange.cancellation.isCancelled || errorCode(error) === 'INTERNAL') throw error;
    return broken(exchange, refusalOf(error));
  } finally {
    clearInterval(heartbeat);
  }
}

async function judged(
  exchange: Exchange,
  upstream: UpstreamResponse,
  {bytes, parts}: {bytes: Buffer; parts: ProxyParts},
): Promise<GuardedResponse> {
  const {dialect, route} = established(exchange.destination, 'destination');
  const bundle = established(exchange.bundle, 'bundle');
  const plan = established(exchange.decision, 'decision').response;
  let before: WholeTextsOfRun | undefined;
  const {guard, released, isComplete} = await withFacts(exchange, parts, (facts) => {
    const now = new WholeTextsOfRun();
    const own = createStreamGuard({dialect, route, matcher: matcherOf(bundle, facts, {before, now}), plan});
    before = now;
    return {guard: own, ...guardWhole(own, bytes)};
  });
  return ended(exchange, released, {plan, guard, status: upstream.status, isComplete});
}

function guardWhole(guard: StreamGuard, bytes: Buffer): {released: Buffer; isComplete: boolean} {
  const first = guard.push(bytes);
  const {blocked, failure} = guard.summary;
  if (blocked !== undefined || failure !== undefined) return {released: first, isComplete: true};
  const rest = guard.end();
  return {released: Buffer.concat([first, rest.bytes]), isComplete: rest.complete};
}

function ended(
  {response, responder}: Exchange,
  released: Buffer,
  options: {plan: ResponsePlan | undefined; guard: StreamGuard; status: number; isComplete: boolean},
): GuardedResponse {
  const {plan, guard, status, isComplete} = options;
  noteStream(response, plan, guard.summary);
  response.add(released);
  return {
    ending: streamEnding(guard.summary, status, isComplete),
    rest: released,
    finish: () => {
      responder.end(released);
    },
  };
}

/** The provider broke off, or said too much: nothing was released, and the caller is told in the dialect's own words. */
function broken({destination, response, responder}: Exchange, refusal: ReturnType<typeof refusalOf>): GuardedResponse {
  const {dialect} = established(destination, 'destination');
  const {publicCode: code, status, message} = refusal;
  const frame = Buffer.from(dialect.streamError({code, status, message, retryAfterSeconds: undefined}));
  response.add(frame);
  return {
    ending: {outcome: refusal.outcome, errorCode: refusal.code},
    rest: frame,
    finish: () => {
      responder.end(frame);
    },
  };
}

/** The stream up to the event that ends it, or to where the provider closed it. */
async function collectStream(exchange: Exchange, upstream: UpstreamResponse, {bodies}: ProxyParts): Promise<Buffer> {
  const {dialect, route} = established(exchange.destination, 'destination');
  const {matcher} = established(exchange.bundle, 'bundle');
  let hasReadLast = false;
  const watched = watchEnd(dialect, () => {
    hasReadLast = true;
  });
  // Reads along for the stream's own end only.
  const witness = createStreamGuard({dialect: watched, route, matcher, plan: undefined});
  return new Promise((resolve, reject) => {
    const kept = new ByteParts();
    let isDone = false;
    const settle = (how: () => void) => {
      if (isDone) return;
      isDone = true;
      how();
    };
    upstream.read({
      data: (chunk) => {
        if (isDone) {
          // The stream has said that it is over: what follows is nobody's.
          upstream.abort();
          return;
        }
        try {
          if (kept.size + chunk.length > MAX_RESPONSE_BYTES) throw tooLarge();
          bodies.take(chunk.length);
          exchange.heldBytes += chunk.length;
          kept.add(chunk);
          witness.push(chunk);
        } catch (cause) {
          upstream.abort();
          settle(() => {
            reject(cause instanceof WeirError ? cause : new Error('a stream could not be taken', {cause}));
          });
          return;
        }
        if (!hasReadLast) return;
        settle(() => {
          resolve(kept.bytes());
        });
      },
      end: () => {
        settle(() => {
          resolve(kept.bytes());
        });
      },
      fail: (error) => {
        settle(() => {
          reject(error);
        });
      },
    });
  });
}

function tooLarge(): WeirError {
  return new WeirError('UPSTREAM_INVALID', `the provider's answer is larger than ${MAX_RESPONSE_BYTES} bytes`);
}
