import {errorCode} from '../../lib/errors.ts';
import {Outcome} from '../../proto/gen/weir/record/v1/record.ts';
import type {ExchangeHandler, InboundRequest, Responder} from '../listen/listener.ts';
import type {Ending} from './ending.ts';
import {Exchange} from './exchange.ts';
import type {ProxyParts} from './parts.ts';
import {recordStart} from './record-stage.ts';
import {endedRecord} from './records.ts';
import {Refusal, refusalOf} from './refusal.ts';
import {answerRefusal, refusalBytes} from './refusal-answer.ts';
import type {Stage} from './stage.ts';
import {endTrace} from './trace-end.ts';

/** Runs exchanges through the stages. */
export interface Proxy {
  readonly handle: ExchangeHandler;
  /** From now on every new request is refused. */
  readonly drain: () => void;
  /** Ends what still runs; its records say that it was cut. */
  readonly cut: () => void;
  /** Resolves once nothing runs. */
  readonly idle: () => Promise<void>;
}

/** @param stages in order; whatever one throws ends the exchange with a refusal. */
export function createProxy(parts: ProxyParts, stages: readonly Stage[]): Proxy {
  const running = new Set<Exchange>();
  const waiters = new Set<() => void>();
  let isDraining = false;

  const run = async (exchange: Exchange) => {
    try {
      if (isDraining) throw draining();
      for (const stage of stages) {
        const wait = stage(exchange, parts);
        if (wait !== undefined) await wait;
      }
    } catch (error) {
      await refuse(exchange, parts, error);
    } finally {
      ended(exchange);
    }
  };

  const handle = (request: InboundRequest, responder: Responder) => {
    const trace = parts.tracing.begin(request);
    const exchange = new Exchange({request, responder, trace, startedAtMs: parts.now()});
    running.add(exchange);
    parts.metrics.opened();
    void run(exchange);
  };

  const ended = (exchange: Exchange) => {
    running.delete(exchange);
    parts.bodies.give(exchange.heldBytes);
    parts.metrics.ended(exchange.ending?.outcome ?? Outcome.UNSPECIFIED);
    endTrace(exchange);
    if (running.size > 0) return;
    for (const wake of waiters) wake();
    waiters.clear();
  };

  return {
    handle,
    drain: () => {
      isDraining = true;
    },
    cut: () => {
      for (const exchange of running) exchange.cut();
    },
    idle: async () => {
      if (running.size === 0) return;
      await new Promise<void>((resolve) => {
        waiters.add(resolve);
      });
    },
  };
}

/** The one place where an exchange that failed ends: recorded first, then answered. Never throws. */
async function refuse(exchange: Exchange, parts: ProxyParts, error: unknown): Promise<void> {
  const refusal = stoppedBy(exchange, error);
  exchange.upstream?.abort();
  // Given to the caller it would have been: now it is not.
  if (exchange.guarded !== undefined) exchange.response.withdraw(exchange.guarded.rest);
  logRefusal(exchange, parts, refusal);
  const body = exchange.responder.headSent ? undefined : refusalBytes(exchange, refusal);
  const given = refusal.outcome === Outcome.CLIENT_GONE ? undefined : body;
  if (given !== undefined) {
    exchange.response.status = refusal.status;
    exchange.response.mediaType = 'application/json';
    exchange.response.add(given);
  }
  try {
    await recordEnd(exchange, parts, {outcome: refusal.outcome, errorCode: refusal.code});
  } catch (cause) {
    parts.log.error('an exchange could not be recorded', {exchange: exchange.id}, cause);
    if (exchange.caller !== undefined || body === undefined) {
      if (given !== undefined) exchange.response.withdraw(given);
      await notRecorded(exchange, parts, cause);
      return;
    }
    // Nobody's request: the next gap record speaks of it.
    parts.quota.owe(refusal.code.toLowerCase());
  }
  if (body === undefined) exchange.responder.destroy();
  else answerRefusal(exchange, refusal, body);
}

/** An abort explains whatever failed because of it. */
function stoppedBy(exchange: Exchange, error: unknown): Refusal {
  if (!exchange.cancellation.isCancelled) return refusalOf(error);
  const code = errorCode(exchange.cancellation.reason);
  if (code === 'DRAINING') return new Refusal('DRAINING', 'this agent is stopping; try again', {outcome: Outcome.CUT});
  return new Refusal('CANCELLED', 'the caller left', {outcome: Outcome.CLIENT_GONE});
}

async function recordEnd(exchange: Exchange, parts: ProxyParts, ending: Ending): Promise<void> {
  if (exchange.ended !== undefined) {
    // The end was being recorded when this failed: there is no second one.
    await exchange.ended;
    return;
  }
  exchange.ending = ending;
  // Callers nobody knows do not fill the spool.
  if (exchange.caller === undefined && !parts.quota.take(ending.errorCode.toLowerCase())) return;
  recordStart(exchange, parts);
  exchange.ended = parts.recorder.ended(endedRecord(exchange, ending));
  await Promise.all([exchange.started, exchange.ended]);
}

/** Without a record there is no answer but that one. What came of it is recorded once that can be done again. */
async function notRecorded(exchange: Exchange, parts: ProxyParts, cause: unknown): Promise<void> {
  const {response} = exchange;
  const code = errorCode(cause) === 'SPOOL_FULL' ? 'SPOOL_FULL' : 'RECORD_NOT_DURABLE';
  if (exchange.cancellation.isCancelled && exchange.ending?.outcome === Outcome.CLIENT_GONE) {
    exchange.responder.destroy();
  } else if (exchange.responder.headSent) {
    exchange.responder.destroy();
    exchange.ending = {outcome: Outcome.CUT, errorCode: code};
  } else {
    const message = 'this agent cannot record requests now and lets none through; try again';
    const refusal = new Refusal(code, message, {outcome: Outcome.REFUSED});
    const body = refusalBytes(exchange, refusal);
    answerRefusal(exchange, refusal, body);
    response.status = refusal.status;
    response.add(body);
    exchange.ending = {outcome: Outcome.REFUSED, errorCode: code};
  }
  const hasStart = await exchange.started?.then(
    () => true,
    () => false,
  );
  if (hasStart === true) parts.recorder.endedLate(endedRecord(exchange, exchange.ending));
  else parts.quota.owe(code.toLowerCase());
}

function draining(): Refusal {
  return new Refusal('DRAINING', 'this agent is stopping; try again', {outcome: Outcome.REFUSED});
}

function logRefusal(exchange: Exchange, {log}: ProxyParts, refusal: Refusal): void {
  const fields = {exchange: exchange.id, code: refusal.code};
  if (refusal.code === 'GUARD_FAILED') log.error('a guard failed and the exchange was blocked', fields, refusal.cause);
  else if (refusal.outcome === Outcome.UPSTREAM_ERROR)
    log.warn('a provider call failed', {...fields, ...reason(refusal)});
}

/** Why, for the agent's own log: never text of a request or response. */
function reason(refusal: Refusal): {cause?: string} {
  const cause = refusal.cause instanceof Error ? refusal.cause.cause : undefined;
  return cause instanceof Error ? {cause: cause.message} : {};
}
