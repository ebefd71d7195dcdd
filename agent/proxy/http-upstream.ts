import {Deadlines} from '../../lib/deadlines.ts';
import type {UpstreamClient, UpstreamRequest} from './upstream.ts';
import {UpstreamCall} from './upstream-call.ts';
import {UpstreamConnection, type UpstreamOrigin} from './upstream-connection.ts';

/** Connections to one origin; further requests wait for one of them. */
const MAX_CONNECTIONS = 1_024;

/** Speaks HTTP/1.1 to providers over kept connections, one pool an origin. */
export function createHttpUpstream(): UpstreamClient {
  const pools = new Map<string, ConnectionPool>();
  const poolOf = ({origin, connectTimeoutMs}: UpstreamRequest): ConnectionPool => {
    const key = `${origin} ${connectTimeoutMs}`;
    let pool = pools.get(key);
    if (pool === undefined) {
      pool = new ConnectionPool(readOrigin(origin), connectTimeoutMs);
      pools.set(key, pool);
    }
    return pool;
  };
  return {
    send: async (request, cancellation) => {
      cancellation.throwIfCancelled();
      const call = new UpstreamCall(request, cancellation);
      poolOf(request).take(call);
      return call.promise;
    },
    close: async () => {
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
  readonly #open = new Set<UpstreamConnection>();
  readonly #idle: UpstreamConnection[] = [];
  readonly #deadlines = new Deadlines();
  #waiting: UpstreamCall[] = [];
  #isClosed = false;

  constructor(origin: UpstreamOrigin, connectTimeoutMs: number) {
    this.#origin = origin;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  take(call: UpstreamCall): void {
    const connection = this.#idle.pop();
    if (connection !== undefined) {
      connection.run(call);
      return;
    }
    this.#waiting.push(call);
    this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of [...this.#open]) connection.cut();
  }

  #connect(): void {
    if (this.#isClosed || this.#open.size >= MAX_CONNECTIONS) return;
    const connection = new UpstreamConnection(this.#origin, this.#connectTimeoutMs, {
      deadlines: this.#deadlines,
      events: {
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
          if (failure !== undefined) this.#nextWaiting()?.fail(failure);
          else if (this.#waiting.length > 0) this.#connect();
        },
      },
    });
    this.#open.add(connection);
  }

  #nextWaiting(): UpstreamCall | undefined {
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) {
      if (!call.isOver) return call;
    }
    return undefined;
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
