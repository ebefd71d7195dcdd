import {Deadlines, type Timed} from '../../lib/deadlines.ts';
import {WeirError} from '../../lib/errors.ts';
import type {UpstreamClient, UpstreamRequest} from './upstream.ts';
import {type CallTransport, UpstreamCall} from './upstream-call.ts';
import {UpstreamConnection, type UpstreamOrigin} from './upstream-connection.ts';

/** Connections to one origin; further requests wait for one of them. */
const MAX_CONNECTIONS = 1_024;

/** A request target as it may stand in a request line; anything else would be a second one. */
const REQUEST_TARGET = /^\/[!-~]*$/;

/**
 * Speaks HTTP/1.1 to providers over kept connections, one pool an origin.
 *
 * @param options.connections how many there may be to one origin.
 */
export function createHttpUpstream(options: {connections?: number} = {}): UpstreamClient {
  const maxConnections = options.connections ?? MAX_CONNECTIONS;
  const pools = new Map<string, ConnectionPool>();
  let isClosed = false;
  const poolOf = ({origin, connectTimeoutMs}: UpstreamRequest): ConnectionPool => {
    const key = `${origin} ${connectTimeoutMs}`;
    let pool = pools.get(key);
    if (pool === undefined) {
      pool = new ConnectionPool(readOrigin(origin), {connectTimeoutMs, maxConnections});
      pools.set(key, pool);
    }
    return pool;
  };
  return {
    send: async (request, cancellation) => {
      cancellation.throwIfCancelled();
      if (isClosed) throw new WeirError('DRAINING', 'this agent is stopping; try again');
      if (!REQUEST_TARGET.test(request.path)) throw new Error('a path that cannot stand in a request line');
      const pool = poolOf(request);
      const call = new UpstreamCall(request, cancellation);
      pool.take(call);
      return call.promise;
    },
    close: async () => {
      isClosed = true;
      for (const pool of pools.values()) pool.close();
      pools.clear();
      return Promise.resolve();
    },
  };
}

/** Connections to one origin. The one used last is used first, so that those not needed are let go. */
class ConnectionPool {
  readonly #origin: UpstreamOrigin;
  readonly #connectTimeoutMs: number;
  readonly #maxConnections: number;
  readonly #open = new Set<UpstreamConnection>();
  readonly #idle: UpstreamConnection[] = [];
  readonly #deadlines = new Deadlines();
  /** In the order in which they came. */
  readonly #waiting = new Set<WaitingCall>();
  /** How many of the open ones are not connected yet: one for each that waits, as far as there may be so many. */
  #connecting = 0;
  #isClosed = false;

  constructor(origin: UpstreamOrigin, limits: {connectTimeoutMs: number; maxConnections: number}) {
    this.#origin = origin;
    this.#connectTimeoutMs = limits.connectTimeoutMs;
    this.#maxConnections = limits.maxConnections;
  }

  take(call: UpstreamCall): void {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (connection.isUsable) {
        connection.run(call);
        return;
      }
      connection.cut();
    }
    const waiting = new WaitingCall(call, () => {
      this.#waiting.delete(waiting);
      this.#deadlines.remove(waiting);
    });
    this.#waiting.add(waiting);
    this.#deadlines.add(waiting);
    // Later than an attempt to connect is given up, which says better what is wrong.
    this.#deadlines.set(waiting, 2 * this.#connectTimeoutMs);
    this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of [...this.#open]) connection.cut();
    for (const waiting of [...this.#waiting]) waiting.onDeadline();
  }

  #connect(): void {
    if (this.#isClosed || this.#open.size >= this.#maxConnections || this.#connecting >= this.#waiting.size) return;
    const connection = new UpstreamConnection(this.#origin, this.#connectTimeoutMs, {
      deadlines: this.#deadlines,
      events: {
        onConnected: () => {
          this.#connecting -= 1;
        },
        onFree: (free) => {
          const call = this.#nextWaiting();
          if (call !== undefined) {
            free.run(call);
            return;
          }
          this.#idle.push(free);
          free.rest();
        },
        onClosed: (closed, failure) => {
          this.#open.delete(closed);
          const at = this.#idle.lastIndexOf(closed);
          if (at !== -1) this.#idle.splice(at, 1);
          if (failure !== undefined) {
            this.#connecting -= 1;
            this.#nextWaiting()?.fail(failure);
          }
          this.#connect();
        },
      },
    });
    this.#connecting += 1;
    this.#open.add(connection);
  }

  #nextWaiting(): UpstreamCall | undefined {
    const [waiting] = this.#waiting;
    waiting?.leave();
    return waiting?.call;
  }
}

/** A call that has no connection yet. */
class WaitingCall implements CallTransport, Timed {
  deadline = Infinity;
  readonly call: UpstreamCall;
  /** Takes it out of those that wait. */
  readonly leave: () => void;

  constructor(call: UpstreamCall, leave: () => void) {
    this.call = call;
    this.leave = () => {
      call.transport = undefined;
      leave();
    };
    call.transport = this;
  }

  onDeadline(): void {
    this.leave();
    const message = 'no connection to the provider became free in time; try again';
    this.call.fail(new WeirError('UPSTREAM_UNREACHABLE', message));
  }

  /** There is nothing to pause yet. */
  pause(): void {
    return;
  }

  resume(): void {
    return;
  }

  cut(): void {
    this.leave();
  }
}

function readOrigin(origin: string): UpstreamOrigin {
  const {protocol, hostname, port, host} = new URL(origin);
  const isTls = protocol === 'https:';
  const defaultPort = isTls ? 443 : 80;
  return {
    isTls,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? defaultPort : Number(port),
    authority: host,
  };
}
