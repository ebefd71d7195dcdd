import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {Duplex} from 'node:stream';
import {WeirError} from '../../lib/errors.ts';
import {bind} from './bind.ts';
import {HttpRequest} from './http-request.ts';
import {HttpResponder} from './http-responder.ts';
import type {ExchangeHandler, Listener} from './listener.ts';

/** Limits of the wire, before anything is known of the caller. */
export interface ListenerLimits {
  /** Request line and headers together. */
  headerBytes: number;
  headersTimeoutMs: number;
  /** From the first byte of a request to its last. */
  requestTimeoutMs: number;
  /** How often the two above are checked. */
  checkIntervalMs: number;
  /** An idle connection is kept this long; above the 60 s of common load balancers. */
  keepAliveMs: number;
  connections: number;
  /** Requests that one connection may have unanswered; clients that pipeline at all keep to a few. */
  pipelined: number;
}

const DEFAULT_LIMITS: Readonly<ListenerLimits> = {
  headerBytes: 64 * 1024,
  headersTimeoutMs: 20_000,
  requestTimeoutMs: 120_000,
  checkIntervalMs: 5_000,
  keepAliveMs: 75_000,
  connections: 20_000,
  pipelined: 32,
};

/** What is open on one connection. */
interface OpenExchange {
  request: HttpRequest;
  responder: HttpResponder;
}

/**
 * Listens for HTTP/1.1 on one port and hands every request to `handler`.
 *
 * @throws WeirError PORT_IN_USE, CONFIG_INVALID or USAGE where it cannot listen there.
 */
export async function openHttpListener(options: {
  listen: string;
  handler: ExchangeHandler;
  limits?: Partial<ListenerLimits>;
}): Promise<Listener> {
  const limits = {...DEFAULT_LIMITS, ...options.limits};
  const open = new WeakMap<Duplex, OpenExchange>();
  const unanswered = new WeakMap<Duplex, number>();
  let isDraining = false;
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    keepAliveTimeout: limits.keepAliveMs,
    noDelay: true,
    // A credential given twice names nobody, where otherwise the first would win in silence.
    joinDuplicateHeaders: true,
  });
  server.maxConnections = limits.connections;

  /** Cuts a connection that asks for too much at once: node:http would run all of it side by side. */
  const isWithinBounds = ({socket}: IncomingMessage, response: ServerResponse): boolean => {
    // What was read together with the last straw is still being taken apart.
    if (socket.destroyed) return false;
    const waiting = (unanswered.get(socket) ?? 0) + 1;
    unanswered.set(socket, waiting);
    response.on('close', () => {
      unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1);
    });
    if (waiting > limits.pipelined) socket.destroy();
    return waiting <= limits.pipelined;
  };
  const take = (message: IncomingMessage, response: ServerResponse, isExpectingContinue: boolean) => {
    if (!isWithinBounds(message, response)) return;
    const request = new HttpRequest(message, isExpectingContinue ? response : undefined);
    if (request.method === 'HEAD' && request.path === '/') {
      response.writeHead(200, {'content-length': '0'}).end();
      return;
    }
    const responder = new HttpResponder(request, response, isDraining);
    open.set(message.socket, {request, responder});
    options.handler(request, responder);
  };
  server.on('request', (message, response) => {
    take(message, response, false);
  });
  server.on('checkContinue', (message: IncomingMessage, response: ServerResponse) => {
    take(message, response, true);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    refuseBrokenRequest(error, socket, open.get(socket));
  });

  const address = await bind(server, options.listen);
  return {
    address,
    stopAccepting: () => {
      isDraining = true;
      server.close();
    },
    close: async () => closeServer(server),
  };
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

/** Where the exchange waits for its body it answers itself, in the provider's shape; else a bare status is all there is. */
function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex, exchange: OpenExchange | undefined): void {
  const isSlow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const reason = isSlow
    ? new WeirError('BODY_TIMEOUT', 'the request took too long to arrive; send it faster or make it smaller')
    : new WeirError('BODY_UNREADABLE', 'the request is not well-formed HTTP/1.1');
  if (exchange?.request.fail(reason) === true) return;
  if (!socket.writable || exchange?.responder.isOpen === true) {
    socket.destroy();
    return;
  }
  const status = bareStatus(error.code, isSlow);
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function bareStatus(code: string | undefined, isSlow: boolean): string {
  if (isSlow) return '408 Request Timeout';
  return code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
}
