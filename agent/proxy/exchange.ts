import {randomUUIDv7} from 'node:crypto';
import type {AgentGroup, Bundle, Provider} from '../../engine/bundle.ts';
import type {RequestDecision} from '../../engine/decide/decision.ts';
import type {Dialect, RequestReading, Route} from '../../engine/dialect/dialect.ts';
import type {CallerFacts, RequestFacts} from '../../engine/exchange.ts';
import {Cancellation} from '../../lib/cancellation.ts';
import {WeirError} from '../../lib/errors.ts';
import type {HoldBinding} from '../../proto/gen/weir/agent/v1/hold.ts';
import type {InboundRequest, Responder} from '../listen/listener.ts';
import type {ExchangeTrace, UpstreamTrace} from '../telemetry/tracing.ts';
import type {Ending} from './ending.ts';
import {ResponseLog} from './response-log.ts';
import type {UpstreamResponse} from './upstream.ts';

/** Where a request goes. */
export interface Destination {
  provider: Provider;
  dialect: Dialect;
  route: Route;
}

/** A request body, read. */
export interface ReadBody {
  bytes: Buffer;
  text: string;
  reading: RequestReading;
  facts: RequestFacts;
}

/** The body as it would be sent. */
export interface MaskedBody {
  bytes: Buffer;
  text: string;
}

/** What a reviewer released. */
export interface Release {
  holdId: string;
  reviewers: readonly string[];
  /** What was approved. */
  binding: HoldBinding;
}

/** A response of which all but the last bytes have been given to the caller. */
export interface GuardedResponse {
  ending: Ending;
  /** The rest: noted as given to the caller, and not given yet. */
  rest: Buffer;
  /** Gives the caller the rest; to be called once the end is recorded. */
  finish: () => void;
}

/** One request and its response on their way through the stages; each stage fills in what it establishes. */
export class Exchange {
  readonly id: string = randomUUIDv7();
  readonly startedAtMs: number;
  readonly request: InboundRequest;
  /** Takes what the caller gets. */
  responder: Responder;
  readonly response = new ResponseLog();
  readonly trace: ExchangeTrace;
  /** The dialect to refuse in; known as soon as the path says so. */
  dialect: Dialect | undefined;
  bundle: Bundle | undefined;
  destination: Destination | undefined;
  caller: CallerFacts | undefined;
  agentGroup: AgentGroup | undefined;
  sessionId = '';
  /** How much of its body is held, of the agent's budget. */
  heldBytes = 0;
  body: ReadBody | undefined;
  decision: RequestDecision | undefined;
  masked: MaskedBody | undefined;
  /** Set as soon as the start is being recorded; resolves when that is durable. */
  started: Promise<void> | undefined;
  holdId = '';
  release: Release | undefined;
  upstreamTrace: UpstreamTrace | undefined;
  upstream: UpstreamResponse | undefined;
  guarded: GuardedResponse | undefined;
  /** Set as soon as the end is being recorded, which happens once. */
  ended: Promise<void> | undefined;
  /** How the exchange ended; unset while it runs. */
  ending: Ending | undefined;
  /** Of all that is done for this exchange: the caller left, or the agent stops. */
  readonly cancellation = new Cancellation();

  constructor(options: {request: InboundRequest; responder: Responder; trace: ExchangeTrace; startedAtMs: number}) {
    this.request = options.request;
    this.responder = options.responder;
    this.trace = options.trace;
    this.startedAtMs = options.startedAtMs;
    options.responder.onGone(() => {
      this.cancellation.cancel(new WeirError('CANCELLED', 'the caller left'));
    });
  }

  /** Ends the exchange because the agent stops. */
  cut(): void {
    this.cancellation.cancel(new WeirError('DRAINING', 'this agent is stopping; try again'));
  }
}

/**
 * What an earlier stage must have established.
 *
 * @throws Error where it has not: the stages are in the wrong order, and the exchange is blocked.
 */
export function established<Fact>(fact: Fact | undefined, name: string): Fact {
  if (fact === undefined) throw new Error(`the exchange has no ${name} yet`);
  return fact;
}
